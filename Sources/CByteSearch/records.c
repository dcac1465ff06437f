#include "CByteSearch.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

static inline uint32_t big32(const uint8_t *bytes) {
  return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

// MARK: Records with two lengths

enum { counted_head = 8 };

struct counted_kind {
  uint32_t key_limit;
  uint32_t value_limit;
  const void *marker;
  size_t marker_length;
};

// What stands at an offset with at least eight bytes.
static uint32_t counted_record(
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
        lengths[place - from] = counted_record(searched, place, &kind);
      }
    }
  }
#endif
  for (; i < safe; i++) lengths[i - from] = counted_record(searched, i, &kind);
  for (; i < stop; i++) lengths[i - from] = wl_unknown_record;
}

// MARK: Pairs of bytes

void wl_find_byte_pairs(
    const struct wl_searched *searched, uint8_t first, uint8_t second, size_t distance,
    uint32_t *lengths) {
  const uint8_t *bytes = searched->bytes;
  size_t count = searched->count, from = searched->from, stop = searched->stop, i = from;
  size_t safe = count < distance + 1 ? 0 : count - distance;
  if (safe > stop) safe = stop;
  memset(lengths, 0, (stop - from) * sizeof *lengths);
#if defined(__SSE2__)
  const __m128i firsts = _mm_set1_epi8((char)first), seconds = _mm_set1_epi8((char)second);
  for (; i + 16 <= safe; i += 16) {
    __m128i here = _mm_loadu_si128((const __m128i *)(const void *)(bytes + i));
    __m128i there = _mm_loadu_si128((const __m128i *)(const void *)(bytes + i + distance));
    __m128i both =
        _mm_and_si128(_mm_cmpeq_epi8(here, firsts), _mm_cmpeq_epi8(there, seconds));
    unsigned mask = (unsigned)_mm_movemask_epi8(both);
    for (; mask != 0; mask &= mask - 1)
      lengths[i + (size_t)__builtin_ctz(mask) - from] = wl_unknown_record;
  }
#endif
  for (; i < safe; i++)
    if (bytes[i] == first && bytes[i + distance] == second)
      lengths[i - from] = wl_unknown_record;
  for (; i < stop; i++)
    if (bytes[i] == first) lengths[i - from] = wl_unknown_record;
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
  for (size_t i = 0; i < count; i++)
    lengths[i] = lengths[i] == wl_unknown_record ? lengths[i] : wl_no_record;
}

size_t wl_next_noted(const uint32_t *lengths, size_t from, size_t stop) {
  size_t i = from;
#if defined(__SSE2__)
  for (; stop - i >= 16; i += 16) {
    const __m128i *next = (const __m128i *)(const void *)(lengths + i);
    __m128i all = _mm_or_si128(
        _mm_or_si128(_mm_loadu_si128(next), _mm_loadu_si128(next + 1)),
        _mm_or_si128(_mm_loadu_si128(next + 2), _mm_loadu_si128(next + 3)));
    if (_mm_movemask_epi8(_mm_cmpeq_epi32(all, _mm_setzero_si128())) != 0xffff) break;
  }
#endif
  for (; i < stop; i++)
    if (lengths[i] != 0) return i;
  return stop;
}
