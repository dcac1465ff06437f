#include "records.h"

#include "okaywal_entry.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static inline uint32_t big32(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

// MARK: Records with two lengths

uint32_t wl_counted_record(
    const struct wl_searched *searched, size_t place, const struct counted_kind *kind) {
  const uint8_t *bytes = (const uint8_t *)searched->bytes + place;
  uint32_t key = big32(bytes), value = big32(bytes + 4);
  if ((key | value) == 0 || key > kind->key_limit || value > kind->value_limit)
    return wl_no_record;
  uint64_t length = counted_head + (uint64_t)key + value;
  if (length > searched->remaining - place) return wl_no_record;
  if (length > searched->count - place) return wl_large_record;
  if (length == kind->marker_length && memcmp(bytes, kind->marker, kind->marker_length) == 0)
    return wl_unknown_record;
  return (uint32_t)length;
}

void wl_find_counted_records(
    const struct wl_searched *searched, uint32_t key_limit, uint32_t value_limit,
    const void *marker, size_t marker_length, uint32_t *lengths) {
  const struct counted_kind kind = {key_limit, value_limit, marker, marker_length};
  size_t count = searched->count, from = searched->from, stop = searched->stop, i = from;
  // What the window cuts, where the file goes on.
  size_t room = searched->remaining > count ? 2 * counted_head + 8 : counted_head;
  size_t safe = count < room ? 0 : count - room + 1;
  if (safe > stop) safe = stop;
#if defined(__x86_64__)
  if (wl_can_find_counted_records_by_eight(&kind))
    i = wl_find_counted_records_by_eight(searched, &kind, safe, lengths);
#endif
#if defined(__SSE2__)
  // Within usual limits the highest byte of both lengths is zero, which few bytes are.
  if (key_limit >> 16 == 0 && value_limit >> 24 == 0) {
    const uint8_t *bytes = searched->bytes;
    const __m128i zero = _mm_setzero_si128();
    for (; i + 16 <= safe; i += 16) {
      __m128i key_first = _mm_loadu_si128((const __m128i *)(const void *)(bytes + i));
      __m128i key_second = _mm_loadu_si128((const __m128i *)(const void *)(bytes + i + 1));
      __m128i value_first = _mm_loadu_si128((const __m128i *)(const void *)(bytes + i + 4));
      __m128i all = _mm_or_si128(_mm_or_si128(key_first, key_second), value_first);
      unsigned mask = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(all, zero));
      memset(lengths + (i - from), 0, 16 * sizeof *lengths);
      for (; mask != 0; mask &= mask - 1) {
        size_t place = i + (size_t)__builtin_ctz(mask);
        lengths[place - from] = wl_counted_record(searched, place, &kind);
      }
    }
  }
#endif
  for (; i < safe; i++) lengths[i - from] = wl_counted_record(searched, i, &kind);
  for (; i < stop; i++) lengths[i - from] = wl_unknown_record;
}

struct wl_passed_counted_records wl_pass_counted_records(
    const void *bytes, size_t count, uint64_t offset, uint32_t key_limit, uint32_t value_limit,
    const void *marker, size_t marker_length) {
  const uint8_t *byte = bytes;
  struct wl_passed_counted_records passed = {0, 0, false};
  while (count - passed.length >= counted_head) {
    const uint8_t *record = byte + passed.length;
    uint32_t key = big32(record), value = big32(record + 4);
    uint64_t length = counted_head + (uint64_t)key + value;
    if ((key | value) == 0 || key > key_limit || value > value_limit ||
        length > count - passed.length)
      break;
    passed.count++;
    passed.length += length;
    passed.ends_with_marker =
        length == marker_length && memcmp(record, marker, marker_length) == 0;
    if (passed.ends_with_marker || wl_may_be_dead_end(offset + passed.length)) break;
  }
  return passed;
}

// MARK: okaywal entries

enum {
  entry_head = wl_okaywal_entry_head,
  first_payload = wl_okaywal_entry_head + wl_okaywal_chunk_head
};

// What stands at an offset with both markers.
static uint32_t okaywal_entry(
    const struct wl_searched *searched, size_t place, uint64_t least_id) {
  const uint8_t *bytes = (const uint8_t *)searched->bytes + place;
  size_t count = searched->count - place;
  if (count < first_payload) return wl_unknown_record;
  uint32_t payload;
  memcpy(&payload, bytes + entry_head + 1, sizeof payload);
  uint64_t length = first_payload + (uint64_t)payload + wl_okaywal_checksum;
  if (length > searched->remaining - place) return wl_no_record;
  if (length <= count) return wl_unknown_record;
  uint64_t id;
  memcpy(&id, bytes + 1, sizeof id);
  return id < least_id ? wl_no_record : wl_large_record;
}

void wl_find_okaywal_entries(
    const struct wl_searched *searched, uint64_t least_id, uint32_t *lengths) {
  const uint8_t *bytes = searched->bytes;
  size_t count = searched->count, from = searched->from, stop = searched->stop, i = from;
  size_t safe = count < entry_head + 1 ? 0 : count - entry_head;
  if (safe > stop) safe = stop;
  memset(lengths, 0, (stop - from) * sizeof *lengths);
#if defined(__SSE2__)
  const __m128i first = _mm_set1_epi8(wl_okaywal_entry_marker);
  const __m128i second = _mm_set1_epi8(wl_okaywal_chunk_marker);
  for (; i + 16 <= safe; i += 16) {
    __m128i here = _mm_loadu_si128((const __m128i *)(const void *)(bytes + i));
    __m128i there = _mm_loadu_si128((const __m128i *)(const void *)(bytes + i + entry_head));
    __m128i both = _mm_and_si128(_mm_cmpeq_epi8(here, first), _mm_cmpeq_epi8(there, second));
    unsigned mask = (unsigned)_mm_movemask_epi8(both);
    for (; mask != 0; mask &= mask - 1) {
      size_t place = i + (size_t)__builtin_ctz(mask);
      lengths[place - from] = okaywal_entry(searched, place, least_id);
    }
  }
#endif
  for (; i < safe; i++)
    if (bytes[i] == wl_okaywal_entry_marker && bytes[i + entry_head] == wl_okaywal_chunk_marker)
      lengths[i - from] = okaywal_entry(searched, i, least_id);
  for (; i < stop; i++)
    if (bytes[i] == wl_okaywal_entry_marker) lengths[i - from] = wl_unknown_record;
}

// MARK: Notes

void wl_strike_unfollowed(const void *bytes, size_t count, uint32_t *lengths) {
  const uint8_t *byte = bytes;
  for (size_t i = count; i-- > 0;) {
    if (lengths[i] == wl_no_record || lengths[i] >= wl_unknown_record) continue;
    size_t next = i + lengths[i];
    if (next + 4 > count || lengths[next] != wl_no_record) continue;
    if (big32(byte + next) != 0) lengths[i] = wl_no_record;
  }
}

void wl_strike_records(size_t count, uint32_t *lengths) {
  for (size_t i = 0; i < count; i++) lengths[i] &= wl_unknown_record;
}

// Whether something can be at `next`, where a record ends.
static inline bool is_followed(
    const struct wl_searched *searched, const uint32_t *lengths, size_t next, bool follows_large) {
  if (next >= searched->stop || next + 4 > searched->count) return true;
  uint32_t note = lengths[next - searched->from];
  if (note == wl_large_record) return follows_large;
  return note != wl_no_record || big32((const uint8_t *)searched->bytes + next) == 0;
}

// So many notes are looked at at once.
enum { noted_at_once = 16 };

// A bit for each of the notes that has one of `bits`.
static inline unsigned notes_with(uint32_t bits, const uint32_t *lengths) {
#if defined(__SSE2__)
  const __m128i *notes = (const __m128i *)(const void *)lengths;
  const __m128i wanted = _mm_set1_epi32((int)bits), zero = _mm_setzero_si128();
  __m128i is_without[4];
  for (int i = 0; i < 4; i++)
    is_without[i] = _mm_cmpeq_epi32(_mm_and_si128(_mm_loadu_si128(notes + i), wanted), zero);
  __m128i bytes = _mm_packs_epi16(
      _mm_packs_epi32(is_without[0], is_without[1]), _mm_packs_epi32(is_without[2], is_without[3]));
  return (unsigned)_mm_movemask_epi8(bytes) ^ 0xffff;
#else
  unsigned found = 0;
  for (int i = 0; i < noted_at_once; i++) found |= (unsigned)((lengths[i] & bits) != 0) << i;
  return found;
#endif
}

size_t wl_next_noted(const uint32_t *lengths, size_t from, size_t stop) {
  size_t i = from;
  for (; i + noted_at_once <= stop; i += noted_at_once) {
    unsigned found = notes_with(~0u, lengths + i);
    if (found != 0) return i + (size_t)__builtin_ctz(found);
  }
  while (i < stop && lengths[i] == wl_no_record) i++;
  return i;
}

size_t wl_next_followed(
    const struct wl_searched *searched, const uint32_t *lengths, size_t place, bool looks_at_large,
    bool follows_large) {
  size_t from = searched->from, count = searched->stop - from, i = place - from;
  const uint32_t bits = looks_at_large ? ~0u : ~wl_large_record;
  while (i < count) {
    size_t left = count - i;
    unsigned found = left >= noted_at_once ? notes_with(bits, lengths + i)
                                           : (lengths[i] & bits) != 0;
    for (; found != 0; found &= found - 1) {
      size_t next = i + (size_t)__builtin_ctz(found);
      uint32_t note = lengths[next];
      if (note >= wl_unknown_record ||
          is_followed(searched, lengths, from + next + note, follows_large))
        return from + next;
    }
    i += left >= noted_at_once ? noted_at_once : 1;
  }
  return searched->stop;
}
