#ifndef WALSCOPE_CBYTESEARCH_H
#define WALSCOPE_CBYTESEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Offset of the first newline or zero byte among `length` bytes; `length` where there is none.
///
/// One pass for both: two searches for one byte each would read a whole window for a byte that is
/// rare, line after line.
size_t wl_find_newline_or_zero(const void *bytes, size_t length);

/// Lines that were passed: how many, and their bytes with all newlines.
struct wl_passed_lines {
  size_t count;
  size_t length;
};

/// Passes lines one after the other, at most `most`, up to the first one without a newline or with a
/// zero byte before it; with `only_empty` up to the first one that holds anything.
struct wl_passed_lines wl_pass_lines(
    const void *bytes, size_t length, size_t most, bool only_empty);

/// Bytes to look for.
struct wl_pattern {
  const uint8_t *bytes;
  size_t length;
  /// For each byte the length of the longest proper prefix of the pattern that ends with it.
  const uint32_t *borders;
  /// Two places of the pattern at which a text is compared first; rare bytes are best.
  size_t probes[2];
  /// Whether ASCII letters of either case fit; the pattern then has no capital letters.
  bool ignores_case;
};

/// Offset of the first place among `length` bytes where the pattern stands; `length` where there is
/// none. The time is linear in `length` whatever pattern and bytes are.
size_t wl_find_bytes(const struct wl_pattern *pattern, const void *bytes, size_t length);

/// Bytes in which something is looked for at each offset in `[from, stop)`. All offsets count from
/// `bytes`, of which `count` are there; in the file `remaining` follow from `bytes` on, not fewer
/// than are there.
struct wl_searched {
  const void *bytes;
  size_t count;
  size_t from;
  size_t stop;
  uint64_t remaining;
};

/// What is noted of an offset, beside the length of a record of which all bytes are there: that is less
/// than any of the others.
enum {
  wl_no_record = 0,
  /// Bytes that have to be looked at closer; added to the length of a record where that is known.
  wl_unknown_record = 1u << 30,
  /// Something like a record, of which not all bytes are there.
  wl_large_record = 1u << 31
};

/// Notes for each offset how long a record is that starts with two varints (of a key and a value),
/// flags and what the flags say, and that has room for a checksum behind it, at which nobody has looked
/// yet. One whose flags say that its value is compressed has to be looked at closer. Less than 2 MiB are
/// there: a length of more than four bytes is then that of a whole record only where zeros fill it up.
/// An offset before four zeros may be noted as none.
void wl_find_nori_wal_records(const struct wl_searched *searched, uint32_t *lengths);

/// Notes for each offset how long a record is that starts with two lengths, highest byte first,
/// which are not both zero nor above their limits. Those with the same bytes as `marker` have to be
/// looked at closer.
void wl_find_counted_records(
    const struct wl_searched *searched, uint32_t key_limit, uint32_t value_limit,
    const void *marker, size_t marker_length, uint32_t *lengths);

/// Whether it is kept of a place in a file that records from there on lead to nothing: of one in 32,
/// whatever distance records have.
static inline bool wl_may_be_dead_end(uint64_t place) {
  return (place * 0x9e3779b97f4a7c15u) >> 59 == 0;
}

/// Records that were passed: how many, their bytes, and whether the last one is the same as a marker.
struct wl_passed_counted_records {
  size_t count;
  size_t length;
  bool ends_with_marker;
};

/// Passes records that start with two lengths, as `wl_find_counted_records` has them, from the first of
/// `count` bytes on, which is at `offset` in the file: up to the first one with the same bytes as `marker`,
/// to a place that may be a dead end, or to what is no such record or not whole.
struct wl_passed_counted_records wl_pass_counted_records(
    const void *bytes, size_t count, uint64_t offset, uint32_t key_limit, uint32_t value_limit,
    const void *marker, size_t marker_length);

/// Notes okaywal entries that have a chunk, by its length: those whose first chunk is there have to be
/// looked at closer, and the others are large where their id is not below `least_id`.
void wl_find_okaywal_entries(
    const struct wl_searched *searched, uint64_t least_id, uint32_t *lengths);

/// Makes the notes zero of records behind which nothing is noted, among `count` offsets whose bytes
/// are at `bytes`; what leads only to them goes with them. Zeros, and what is behind the last
/// offset, can follow any record.
void wl_strike_unfollowed(const void *bytes, size_t count, uint32_t *lengths);

/// Makes all notes zero but those of what has to be looked at closer.
void wl_strike_records(size_t count, uint32_t *lengths);

/// The first of the offsets searched, from `place` on, that has to be looked at: one with a note which is
/// not that of a record behind which nothing is noted. Zeros, and what is not among the offsets, can
/// follow any record. What is large has to be looked at only where `looks_at_large`, and is nothing
/// behind a record but where `follows_large`. The end of the offsets where there is none.
size_t wl_next_followed(
    const struct wl_searched *searched, const uint32_t *lengths, size_t place, bool looks_at_large,
    bool follows_large);

/// What of the notes counts for a search, as `wl_next_followed` has it, and how many bytes of damaged
/// records it may still look at.
struct wl_looked_at {
  bool large;
  bool follows_large;
  uint64_t most_inside;
};

/// Records that are counted.
struct wl_counted_records {
  /// The offset of the record with which counting starts; where it ended.
  size_t place;
  /// Bytes of the records.
  size_t bytes;
  /// Bytes behind the first one of damaged records that end where another record starts.
  size_t inside;
  /// By the number of the kind.
  uint64_t kinds[4];
  /// Whether the record at the place was come to from the end of a damaged one, and not found by a search:
  /// who walks looks at what follows it also where not all bytes of that are there.
  bool is_walked;
};

/// Counts nori-wal records from one to the next over the damage between them, adding to `counted`: those
/// that the notes know, with no more than `longest` bytes, and with flags of which only the lowest two are
/// set or none. Those two tell the kind. The notes are those of `wl_find_nori_wal_records`, of which only
/// records are left whose checksums fit.
///
/// True where all before the place that it came to is counted and nothing is known of what stands there;
/// false where a record is there of which, or of what follows it, the notes do not tell enough.
bool wl_count_nori_wal_records(
    const struct wl_searched *searched, const uint32_t *notes, struct wl_looked_at looked_at,
    size_t longest, struct wl_counted_records *counted);

/// The same of okaywal entries: those whose length is noted, although they have to be looked at closer,
/// have passed all checks. They are of the first kind.
bool wl_count_okaywal_entries(
    const struct wl_searched *searched, const uint32_t *notes, struct wl_looked_at looked_at,
    struct wl_counted_records *counted);

/// The first offset of `lengths` in `[from, stop)` with a note; `stop` where there is none.
size_t wl_next_noted(const uint32_t *lengths, size_t from, size_t stop);

#endif
