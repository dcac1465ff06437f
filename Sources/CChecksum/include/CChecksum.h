#ifndef WALSCOPE_CCHECKSUM_H
#define WALSCOPE_CCHECKSUM_H

#include <stddef.h>
#include <stdint.h>

#include "okaywal_entry.h"

/// CRC-32C (Castagnoli) of `length` bytes, continuing from `crc` (0 to start).
uint32_t wl_crc32c(uint32_t crc, const void *bytes, size_t length);

/// Records that were passed: how many, how many of them have the lowest flag set, and their bytes.
struct wl_passed_records {
  size_t count;
  size_t flagged;
  size_t length;
};

/// Passes nori-wal records one after the other, at most `most`: those that start with the length of
/// a key below 128, the length of a value as a varint of up to three bytes, and flags of which only
/// the lowest is set or none, and end with the CRC-32C of all before it. Stops at the first one of
/// another form, with more than `longest` bytes, or that does not match or does not lie in the
/// `length` bytes, of which eight must be left.
struct wl_passed_records wl_pass_nori_wal_records(
    const void *bytes, size_t length, size_t longest, size_t most);

/// Entries that were passed: how many, their bytes, and the id of the last one.
struct wl_passed_entries {
  size_t count;
  size_t length;
  uint64_t last_id;
};

/// Passes okaywal entries one after the other, at most `most`: those whose ids rise, from `least_id`
/// on, and that have chunks, all with the right CRC-32C, and the marker of an end. Stops at the first
/// one of another form, with a chunk of less than four bytes, or that does not lie in the `length`
/// bytes.
struct wl_passed_entries wl_pass_okaywal_entries(
    const void *bytes, size_t length, uint64_t least_id, size_t most);

/// The most bytes of a window whose prefixes can be made, and the bits of a note that are a length.
enum { wl_most_prefixed = 1 << 18, wl_noted_lengths = (1 << 30) - 1 };

/// Writes behind `prefixes[from]` those of the offsets up to `to`: what all bytes of the window before
/// an offset contribute, from its first one on, of which the prefix is any word.
void wl_crc32c_prefixes(const void *bytes, size_t from, size_t to, uint32_t *prefixes);

/// CRC-32C of the bytes from `from` to `to`, in constant time.
uint32_t wl_crc32c_between(const uint32_t *prefixes, size_t from, size_t to);

/// Makes those notes zero, one for each offset in `[from, stop)`, whose bytes do not end with the CRC-32C of
/// the others, lowest byte first. A note has the length of the bytes, up to whose end there are prefixes.
/// Without a length it is left as it is.
void wl_crc32c_keep_enclosed(const uint32_t *prefixes, size_t from, size_t stop, uint32_t *notes);

/// The bit whose flipping changes the CRC-32C of a message of `length` bytes by `difference`
/// (an exclusive or), counted from the message's first byte, lowest bit first; -1 if there is none.
int64_t wl_crc32c_flipped_bit(uint32_t difference, size_t length);

#endif
