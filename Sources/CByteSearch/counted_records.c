// Counting records behind damage from the notes of what stands at each offset: where nobody wants to be
// told of each of them, a few steps for each are all that it takes.

#include "CByteSearch.h"
#include "okaywal_entry.h"

#include <string.h>

// Records one behind the other that are counted apart until it is known that they count.
enum { longest_chain = UINT16_MAX };

static inline bool is_noted(const struct wl_searched *searched, size_t place) {
  return place >= searched->from && place < searched->stop;
}

static inline uint32_t note_at(
    const struct wl_searched *searched, const uint32_t *notes, size_t place) {
  return notes[place - searched->from];
}

static inline bool is_record(uint32_t note) {
  return note != wl_no_record && note < wl_unknown_record;
}

static inline const uint8_t *bytes_at(const struct wl_searched *searched, size_t place) {
  return (const uint8_t *)searched->bytes + place;
}

// Whether it has to be looked at closer, and all its bytes are there or nothing is known of it.
static inline bool is_left_open(uint32_t note) {
  return note >= wl_unknown_record && note < wl_large_record;
}

// Where something is from `place` on that has to be looked at.
static inline size_t next_looked_at(
    const struct wl_searched *searched, const uint32_t *notes, size_t place,
    struct wl_looked_at looked_at) {
  if (!is_noted(searched, place)) return place;
  return wl_next_followed(searched, notes, place, looked_at.large, looked_at.follows_large);
}

static inline void add(struct wl_counted_records *counted, uint64_t kinds, size_t bytes) {
  counted->bytes += bytes;
  for (int kind = 0; kind < 4; kind++) counted->kinds[kind] += kinds >> (16 * kind) & UINT16_MAX;
}

// MARK: nori-wal

enum { header_room = 32, time_flag = 2, compression_flags = 0x0c, unusual_flags = 0xfc };

// Reads a varint of at most ten bytes; nothing where more follow.
static inline const uint8_t *read_varint(const uint8_t *bytes, uint64_t *value) {
  *value = 0;
  for (unsigned i = 0; i < 10; i++) {
    *value |= (uint64_t)(bytes[i] & 0x7f) << (7 * i);
    if (bytes[i] < 0x80) return bytes + i + 1;
  }
  return NULL;
}

// Bytes of the record that the header at `bytes` claims, for which its room is there; 0 where it claims
// none, or more than the bytes that are left of the file.
static inline uint64_t claimed_length(const uint8_t *bytes, uint64_t remaining) {
  uint64_t key, value, time;
  const uint8_t *next = read_varint(bytes, &key);
  if (next != NULL) next = read_varint(next, &value);
  if (next == NULL) return 0;
  uint8_t flags = *next++;
  if ((flags & compression_flags) == compression_flags) return 0;
  if (flags & time_flag) next = read_varint(next, &time);
  if (next == NULL) return 0;
  // Compared one by one, or their sum could overflow.
  uint64_t around = (uint64_t)(next - bytes) + 4;
  if (around > remaining || key > remaining - around || value > remaining - around - key) return 0;
  return around + key + value;
}

// The flags of a record that is there.
static inline uint8_t flags_of(const uint8_t *record) {
  for (int varint = 0; varint < 2; varint++)
    while (*record++ >= 0x80) continue;
  return *record;
}

// Whether something ends at `stop` among what is noted in between, or may do so.
static bool leads_to(
    const struct wl_searched *searched, const uint32_t *notes, size_t place, size_t stop) {
  size_t from = searched->from, last = stop - from;
  for (size_t i = place - from; (i = wl_next_noted(notes, i, last)) < last; i++) {
    if (notes[i] == wl_large_record) continue;
    if (notes[i] >= wl_unknown_record || i + notes[i] == last) return true;
  }
  return false;
}

// Where damage at `place` ends: with the record that it is, where that one claims to end before another
// one, else at once. 0 where the notes do not tell: what a walk comes to there it may have to read.
static size_t behind_damage(
    const struct wl_searched *searched, const uint32_t *notes, size_t place, uint64_t most,
    bool is_walked) {
  uint32_t word;
  if (!is_noted(searched, place) || searched->count - place < header_room) return 0;
  memcpy(&word, bytes_at(searched, place), sizeof word);
  if (note_at(searched, notes, place) != wl_no_record || word == 0) return 0;
  uint64_t length = claimed_length(bytes_at(searched, place), searched->remaining - place);
  if (length == 0) return place + 1;
  if (length > searched->count - place) return 0;
  size_t next = place + length;
  if (!is_noted(searched, next)) return 0;
  uint32_t note = note_at(searched, notes, next);
  if (is_record(note))
    return length - 1 <= most && !leads_to(searched, notes, place + 1, next) ? next : 0;
  if (note != wl_no_record || searched->count - next < header_room) return 0;
  memcpy(&word, bytes_at(searched, next), sizeof word);
  if (word == 0) return 0;
  if (!is_walked) return place + 1;
  uint64_t claimed = claimed_length(bytes_at(searched, next), searched->remaining - next);
  return claimed > searched->count - next ? 0 : place + 1;
}

// Whether the noted record is one that a walk passes without noticing anything.
static inline bool is_usual(
    const struct wl_searched *searched, const uint32_t *notes, size_t place, size_t longest,
    uint8_t *kind) {
  if (!is_noted(searched, place)) return false;
  uint32_t note = note_at(searched, notes, place);
  if (!is_record(note) || note > longest) return false;
  *kind = flags_of(bytes_at(searched, place));
  return (*kind & unusual_flags) == 0;
}

bool wl_count_nori_wal_records(
    const struct wl_searched *searched, const uint32_t *notes, struct wl_looked_at looked_at,
    size_t longest, struct wl_counted_records *counted) {
  while (true) {
    size_t place = counted->place;
    uint64_t kinds = 0;
    unsigned left = longest_chain;
    uint8_t kind;
    for (; left > 0 && is_usual(searched, notes, place, longest, &kind); left--) {
      kinds += 1ull << (16 * kind);
      place += note_at(searched, notes, place);
    }
    if (left == longest_chain || left == 0) return false;
    size_t start = behind_damage(
        searched, notes, place, looked_at.most_inside - counted->inside, counted->is_walked);
    if (start == 0) return false;
    if (start > place + 1) {
      add(counted, kinds, place - counted->place);
      counted->inside += start - place - 1;
      counted->place = start;
      counted->is_walked = true;
      continue;
    }
    size_t next = next_looked_at(searched, notes, start, looked_at);
    if (is_noted(searched, next) && is_left_open(note_at(searched, notes, next))) return false;
    add(counted, kinds, place - counted->place);
    counted->place = next;
    counted->is_walked = false;
    if (!is_usual(searched, notes, next, longest, &kind)) return true;
    size_t behind = next + note_at(searched, notes, next);
    if (!is_noted(searched, behind) || !is_record(note_at(searched, notes, behind))) return true;
  }
}

// MARK: okaywal

bool wl_count_okaywal_entries(
    const struct wl_searched *searched, const uint32_t *notes, struct wl_looked_at looked_at,
    struct wl_counted_records *counted) {
  while (true) {
    size_t place = counted->place, entries = 0;
    for (; entries < longest_chain && is_noted(searched, place); entries++) {
      uint32_t note = note_at(searched, notes, place);
      if (note <= wl_unknown_record || note >= wl_large_record) break;
      place += note - wl_unknown_record;
    }
    // The walk ends before what does not start like an entry, and the search goes on there.
    if (entries == 0 || place > searched->stop || place >= searched->count ||
        *bytes_at(searched, place) == wl_okaywal_entry_marker)
      return false;
    size_t next = next_looked_at(searched, notes, place, looked_at);
    uint32_t note = is_noted(searched, next) ? note_at(searched, notes, next) : wl_no_record;
    if (note == wl_unknown_record) return false;
    add(counted, entries, place - counted->place);
    counted->place = next;
    counted->is_walked = false;
    if (note < wl_unknown_record || note >= wl_large_record) return true;
  }
}
