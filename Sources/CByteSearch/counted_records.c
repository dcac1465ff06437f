// Counting records behind damage from the notes of what stands at each offset: where nobody wants to be
// told of each of them, a few steps for each are all that it takes.

#include "CByteSearch.h"
#include "nori_wal_records.h"
#include "okaywal_entry.h"

#include <string.h>

// So few offsets are looked at in one call that sixteen bits count the records of each kind: none has
// less than seven bytes.
enum { most_offsets = 1 << 18 };
_Static_assert(most_offsets / 7 <= UINT16_MAX, "the kinds of records are counted in one word");

// What is noted of some offsets, and the bytes from the first of them on. Places count from there.
struct noted {
  const struct wl_searched *searched;
  const uint8_t *bytes;
  const uint32_t *notes;
  size_t count;
  // Below this a header's room is there, too.
  size_t headers;
  size_t available;
  uint64_t remaining;
};

static inline struct noted noted_of(const struct wl_searched *searched, const uint32_t *notes) {
  size_t count = searched->stop - searched->from, available = searched->count - searched->from;
  if (count > most_offsets) count = most_offsets;
  size_t headers = available < wl_header_room ? 0 : available - wl_header_room + 1;
  return (struct noted){
      .searched = searched,
      .bytes = (const uint8_t *)searched->bytes + searched->from,
      .notes = notes,
      .count = count,
      .headers = headers < count ? headers : count,
      .available = available,
      .remaining = searched->remaining - searched->from};
}

static inline bool is_record(uint32_t note) {
  return note != wl_no_record && note < wl_unknown_record;
}

static inline bool is_record_at(const struct noted *noted, size_t place) {
  return place < noted->count && is_record(noted->notes[place]);
}

// Whether it has to be looked at closer, and all its bytes are there or nothing is known of it.
static inline bool is_left_open(const struct noted *noted, size_t place) {
  return place < noted->count && noted->notes[place] >= wl_unknown_record &&
         noted->notes[place] < wl_large_record;
}

// Where something is from `place` on that has to be looked at.
static inline size_t next_looked_at(
    const struct noted *noted, size_t place, struct wl_looked_at looked_at) {
  if (place >= noted->count) return place;
  size_t from = noted->searched->from;
  return wl_next_followed(
             noted->searched, noted->notes, from + place, looked_at.large,
             looked_at.follows_large) - from;
}

// So many of each kind, sixteen bits for each.
static inline void add_kinds(struct wl_counted_records *counted, uint64_t kinds) {
  for (int kind = 0; kind < 4; kind++) counted->kinds[kind] += kinds >> (16 * kind) & UINT16_MAX;
}

// MARK: nori-wal

// A record with one of them is left to a walk.
enum { unusual_flags = 0xfc };

// Bytes of the record that the header at `bytes` claims, for which its room is there; 0 where it claims
// none, or more than the bytes that are left of the file. Mostly lengths are short, and no time follows.
static inline uint64_t claimed_length(const uint8_t *bytes, uint64_t remaining) {
  uint32_t lengths = 0;
  size_t size = 0;
  for (int length = 0; length < 2; length++) {
    uint8_t first = bytes[size++];
    if (first < 0x80) {
      lengths += first;
      continue;
    }
    uint8_t second = bytes[size++];
    if (second >= 0x80) return wl_nori_wal_claim(bytes, remaining).length;
    lengths += (first & 0x7fu) | (uint32_t)second << 7;
  }
  uint8_t flags = bytes[size++];
  if ((flags & wl_time_flag) != 0) return wl_nori_wal_claim(bytes, remaining).length;
  uint64_t all = size + 4 + lengths;
  return (flags & wl_compression_flags) != wl_compression_flags && all <= remaining ? all : 0;
}

// The flags of a record that is there. Mostly both lengths have one byte.
static inline uint8_t flags_of(const uint8_t *record) {
  if (((record[0] | record[1]) & 0x80) == 0) return record[2];
  for (int varint = 0; varint < 2; varint++)
    while (*record++ >= 0x80) continue;
  return *record;
}

// Whether something ends at `stop` among what is noted in between, or may do so.
static bool leads_to(const uint32_t *notes, size_t place, size_t stop) {
  for (; (place = wl_next_noted(notes, place, stop)) < stop; place++) {
    if (notes[place] == wl_large_record) continue;
    if (notes[place] >= wl_unknown_record || place + notes[place] == stop) return true;
  }
  return false;
}

// Whether nothing is noted at `place`, and a header could be read there that is not one of zeros, which
// can follow any record.
static inline bool is_foreign(const struct noted *noted, size_t place) {
  uint32_t word;
  if (place >= noted->headers) return false;
  memcpy(&word, noted->bytes + place, sizeof word);
  return noted->notes[place] == wl_no_record && word != 0;
}

// Where damage at `place` ends: with the record that it is, where that one claims to end before another
// one, else at once. 0 where the notes do not tell: what a walk comes to there it may have to read.
static inline size_t behind_damage(
    const struct noted *noted, size_t place, uint64_t most, bool is_walked) {
  if (!is_foreign(noted, place)) return 0;
  uint64_t length = claimed_length(noted->bytes + place, noted->remaining - place);
  if (length == 0) return place + 1;
  if (length > noted->available - place) return 0;
  size_t next = place + length;
  if (is_record_at(noted, next))
    return length - 1 <= most && !leads_to(noted->notes, place + 1, next) ? next : 0;
  if (!is_foreign(noted, next)) return 0;
  if (!is_walked) return place + 1;
  uint64_t claimed = claimed_length(noted->bytes + next, noted->remaining - next);
  return claimed > noted->available - next ? 0 : place + 1;
}

// Where something is from `start` on that has to be looked at. Most damage is short and has records
// behind it.
static inline size_t next_behind_damage(
    const struct noted *noted, size_t start, struct wl_looked_at looked_at) {
  if (is_record_at(noted, start) && is_record_at(noted, start + noted->notes[start])) return start;
  return next_looked_at(noted, start, looked_at);
}

bool wl_count_nori_wal_records(
    const struct wl_searched *searched, const uint32_t *notes, struct wl_looked_at looked_at,
    size_t longest, struct wl_counted_records *counted) {
  static const uint64_t one_of_kind[4] = {1, 1ull << 16, 1ull << 32, 1ull << 48};
  const struct noted here = noted_of(searched, notes), *noted = &here;
  const size_t most = longest < wl_unknown_record ? longest : wl_unknown_record - 1;
  const size_t before = counted->place - searched->from;
  size_t first = before, inside = 0, gaps = 0;
  uint64_t kinds = 0, known_kinds = 0;
  bool is_found = false, is_walked = counted->is_walked, goes_on_by_search = false;
  while (true) {
    size_t place = first;
    // Records that a walk passes without noticing anything.
    while (place < here.count && here.notes[place] - (size_t)1 < most) {
      uint8_t flags = flags_of(here.bytes + place);
      if ((flags & unusual_flags) != 0) break;
      kinds += one_of_kind[flags];
      place += here.notes[place];
    }
    // What a search comes to counts where another record follows.
    goes_on_by_search =
        is_found && (place == first || (place == first + here.notes[first] &&
                                        !is_record_at(noted, place)));
    if (goes_on_by_search || place == first) break;
    size_t start = behind_damage(noted, place, looked_at.most_inside - inside, is_walked);
    if (start == 0) break;
    is_found = start == place + 1;
    size_t next = start;
    if (is_found) {
      next = next_behind_damage(noted, start, looked_at);
      if (is_left_open(noted, next)) break;
    } else {
      inside += start - place - 1;
    }
    is_walked = !is_found;
    known_kinds = kinds;
    gaps += next - place;
    first = next;
  }
  add_kinds(counted, known_kinds);
  counted->bytes += first - before - gaps;
  counted->inside += inside;
  counted->is_walked = is_walked;
  counted->place = searched->from + first;
  return goes_on_by_search;
}

// MARK: okaywal

bool wl_count_okaywal_entries(
    const struct wl_searched *searched, const uint32_t *notes, struct wl_looked_at looked_at,
    struct wl_counted_records *counted) {
  const struct noted here = noted_of(searched, notes), *noted = &here;
  size_t place = counted->place - searched->from;
  while (true) {
    const size_t first = place;
    size_t entries = 0;
    for (; place < here.count; entries++) {
      uint32_t note = notes[place];
      if (note <= wl_unknown_record || note >= wl_large_record) break;
      place += note - wl_unknown_record;
    }
    // The walk ends before what does not start like an entry, and the search goes on there.
    if (entries == 0 || place > here.count || place >= here.available ||
        here.bytes[place] == wl_okaywal_entry_marker)
      return false;
    size_t next = next_looked_at(noted, place, looked_at);
    uint32_t note = next < here.count ? notes[next] : wl_no_record;
    if (note == wl_unknown_record) return false;
    add_kinds(counted, entries);
    counted->bytes += place - first;
    counted->is_walked = false;
    counted->place = searched->from + next;
    place = next;
    if (note < wl_unknown_record || note >= wl_large_record) return true;
  }
}
