// Records whose checksums are made three at a time. The crc32 instruction takes eight bytes in a cycle,
// but gives its result three cycles later, so that one checksum leaves it idle for two cycles of three.
// The processor would begin with the next record meanwhile, were it not that it has to guess how often
// the loop of each one runs. Where the next records are their lengths tell, before any is checked.

#include "crc32c_abreast.h"

#include "crc32c_instruction.h"
#include "nori_wal_records.h"
#include "okaywal_entries.h"

#if defined(__x86_64__)
#define STEPPING __attribute__((target("sse4.2")))

enum { abreast = 3 };

// At least four bytes that their checksum follows.
struct part {
  const unsigned char *bytes;
  size_t length;
};

static inline uint32_t checksum_behind(struct part part) {
  uint32_t stored;
  __builtin_memcpy(&stored, part.bytes + part.length, sizeof stored);
  return stored;
}

// Apart from what follows, which a call in its midst would make slower.
__attribute__((noinline)) static int match_one_by_one(const struct part *parts) {
  for (int i = 0; i < abreast; i++)
    if (checksum_of(parts[i].bytes, parts[i].length) != checksum_behind(parts[i])) return 0;
  return 1;
}

__attribute__((always_inline)) STEPPING static inline int all_match(const struct part *parts) {
  // What one part has more than the others goes on alone: it should not be much.
  enum { most_alone = 64 };
  size_t words[abreast], fewest = SIZE_MAX, most = 0;
  for (int i = 0; i < abreast; i++) {
    words[i] = (parts[i].length - 1) / 8;
    if (words[i] < fewest) fewest = words[i];
    if (words[i] > most) most = words[i];
  }
  if (most - fewest > most_alone) return match_one_by_one(parts);
  const unsigned char *next[abreast];
  uint64_t states[abreast];
  for (int i = 0; i < abreast; i++) {
    size_t first = bytes_before_words(parts[i].length);
    states[i] = state_behind_first(~0u, parts[i].bytes, first);
    next[i] = parts[i].bytes + first;
  }
#pragma clang loop unroll(disable)
  for (size_t word = 0; word < fewest; word++)
    for (int i = 0; i < abreast; i++) states[i] = state_behind_word(states[i], next[i] + 8 * word);
  uint32_t differences = 0;
  for (int i = 0; i < abreast; i++) {
    uint64_t state = state_behind_words(states[i], next[i] + 8 * fewest, words[i] - fewest);
    differences |= ~(uint32_t)state ^ checksum_behind(parts[i]);
  }
  return differences == 0;
}

// Each length has to be there before the next one can be looked for, so it is asked for in time.
static inline void fetch_ahead(const unsigned char *bytes) {
  enum { distance = 1024, line = 64 };
  // What cannot be read is not fetched, and nothing else happens.
  __builtin_prefetch((const void *)((uintptr_t)bytes + distance));
  __builtin_prefetch((const void *)((uintptr_t)bytes + distance + line));
}

// MARK: nori-wal

// What is covered of a usual record that starts with `word`, or zero. How many bytes the value's length
// has is for the processor to guess, unlike where records are passed one by one: three checksums wait
// for the places of three records, which a guess tells much earlier. Where it is often wrong, it takes
// about as long as without.
static inline size_t covered_bytes(uint64_t word, size_t *flagged) {
  size_t key = word & 0x7f;
  if ((word & 0xfe8080) == 0) {
    *flagged += word >> 16 & 1;
    return 3 + key + gather_sevens(word & 0x7f00);
  }
  if ((word & 0xfe808080) == 0x8000) {
    *flagged += word >> 24 & 1;
    return 4 + key + gather_sevens(word & 0x7f7f00);
  }
  if ((word & 0xfe80808080) == 0x808000) {
    *flagged += word >> 32 & 1;
    return 5 + key + gather_sevens(word);
  }
  return 0;
}

// Passes as many records as stand abreast, or none.
STEPPING static inline struct wl_passed_records pass_records_abreast(
    const unsigned char *bytes, size_t length, size_t longest) {
  const struct wl_passed_records none = {0, 0, 0};
  struct wl_passed_records passed = {abreast, 0, 0};
  struct part parts[abreast];
  for (int i = 0; i < abreast; i++) {
    const unsigned char *record = bytes + passed.length;
    size_t left = length - passed.length;
    if (left < 8) return none;
    fetch_ahead(record);
    uint64_t word;
    __builtin_memcpy(&word, record, sizeof word);
    size_t covered = covered_bytes(word, &passed.flagged), whole = covered + 4;
    if (covered < 4 || whole > longest || whole > left) return none;
    parts[i] = (struct part){record, covered};
    passed.length += whole;
  }
  return all_match(parts) ? passed : none;
}

STEPPING struct wl_passed_records wl_crc32c_abreast_nori_wal_records(
    const unsigned char *bytes, size_t length, size_t longest, size_t most) {
  struct wl_passed_records passed = {0, 0, 0};
  for (;;) {
    const unsigned char *next = bytes + passed.length;
    size_t left = length - passed.length, wanted = most - passed.count;
    struct wl_passed_records more = {0, 0, 0};
    if (wanted >= abreast) more = pass_records_abreast(next, left, longest);
    // Those before the first that is wrong, or before the end, or among which one is empty.
    if (more.count == 0)
      more = pass_nori_wal_records(
          next, left, longest, wanted < abreast ? wanted : abreast, checksum_of, gather_sevens);
    if (more.count == 0) return passed;
    passed.count += more.count;
    passed.flagged += more.flagged;
    passed.length += more.length;
  }
}

// MARK: okaywal

// How far entries are passed: behind the last whole one, and behind some chunks of the next one. Three
// chunks may belong to three entries as well as to one.
struct progress {
  struct wl_passed_entries whole;
  size_t length;
  uint64_t id;
  int in_entry;
};

// Goes on behind one more chunk, which is still to be checked; or does not.
static inline int pass_chunk(
    const unsigned char *bytes, size_t length, uint64_t least_id, struct progress *progress,
    struct part *part) {
  enum { chunk_head = wl_okaywal_chunk_head, chunk_frame = chunk_head + wl_okaywal_checksum };
  if (!progress->in_entry) {
    const unsigned char *entry = bytes + progress->length;
    if (length - progress->length < wl_okaywal_entry_head || entry[0] != wl_okaywal_entry_marker)
      return 0;
    fetch_ahead(entry);
    __builtin_memcpy(&progress->id, entry + 1, sizeof progress->id);
    if (progress->whole.count > 0) least_id = progress->whole.last_id + 1;
    if (progress->id < least_id || progress->id == UINT64_MAX) return 0;
    progress->length += wl_okaywal_entry_head;
  }
  const unsigned char *chunk = bytes + progress->length;
  size_t left = length - progress->length;
  if (left <= chunk_frame || chunk[0] != wl_okaywal_chunk_marker) return 0;
  uint32_t payload;
  __builtin_memcpy(&payload, chunk + 1, sizeof payload);
  if (payload < 4 || payload >= left - chunk_frame) return 0;
  *part = (struct part){chunk + chunk_head, payload};
  progress->length += chunk_frame + payload;
  progress->in_entry = bytes[progress->length] != wl_okaywal_end_marker;
  if (!progress->in_entry)
    progress->whole = (struct wl_passed_entries){
        progress->whole.count + 1, ++progress->length, progress->id};
  return 1;
}

STEPPING struct wl_passed_entries wl_crc32c_abreast_okaywal_entries(
    const unsigned char *bytes, size_t length, uint64_t least_id, size_t most) {
  struct progress progress = {{0, 0, 0}, 0, 0, 0};
  struct wl_passed_entries passed = progress.whole;
  while (most - passed.count >= abreast) {
    struct part parts[abreast];
    int found = 0;
    while (found < abreast && pass_chunk(bytes, length, least_id, &progress, parts + found)) found++;
    if (found < abreast || !all_match(parts)) break;
    passed = progress.whole;
  }
  // Those before the first that is wrong, or before the end.
  struct wl_passed_entries last = pass_okaywal_entries(
      bytes + passed.length, length - passed.length,
      passed.count > 0 ? passed.last_id + 1 : least_id, most - passed.count, checksum_of);
  passed.count += last.count;
  passed.length += last.length;
  if (last.count > 0) passed.last_id = last.last_id;
  return passed;
}
#endif
