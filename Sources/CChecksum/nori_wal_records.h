#ifndef WALSCOPE_NORI_WAL_RECORDS_H
#define WALSCOPE_NORI_WAL_RECORDS_H

#include "CChecksum.h"

// Puts the lower seven bits of the second, third and fourth byte side by side.
static inline uint64_t gather_sevens(uint64_t word) {
  return (word >> 8 & 0x7f) | (word >> 9 & 0x3f80) | (word >> 10 & 0x1fc000);
}

// Whether the first seven bytes of a word are one of the two records without key and value, which have fewer
// bytes than a checksum takes here: three zeros, the last of which can have the lowest flag, and their CRC-32C.
static inline int is_empty_record(uint64_t word) {
  uint64_t record = word << 8;
  return record == 0x6064a37a000000 << 8 || record == 0x920f2079010000 << 8;
}

// A record's first eight bytes tell its length without a branch that depends on how long a value
// is: which of them it was would be anybody's guess. `checksum`, of at least four bytes, and
// `gather` are constants where this is used, and become parts of it.
__attribute__((always_inline)) static inline struct wl_passed_records pass_nori_wal_records(
    const unsigned char *bytes, size_t length, size_t longest, size_t most,
    uint32_t (*checksum)(const unsigned char *, size_t), uint64_t (*gather)(uint64_t)) {
  const unsigned char *record = bytes, *end = bytes + length;
  size_t left = most, flagged = 0;
  while (left > 0 && end - record >= 8) {
    uint64_t word;
    __builtin_memcpy(&word, record, sizeof word);
    // The highest bit of the last byte of the value's length, or bit 39 where that has too many.
    unsigned last = (unsigned)__builtin_ctzll((~word & 0x80808000) | 1ull << 39);
    uint8_t flags = (uint8_t)(word >> (last + 1));
    if ((word & 0x80) || last > 31 || flags > 1) break;
    uint64_t value = gather(word & ((1ull << last) - 1));
    size_t covered = (word & 0x7f) + value + last / 8 + 2;
    size_t whole = covered + 4;
    if (whole > longest || whole > (size_t)(end - record)) break;
    if (covered < 4) {
      if (!is_empty_record(word)) break;
    } else {
      uint32_t stored;
      __builtin_memcpy(&stored, record + covered, sizeof stored);
      if (checksum(record, covered) != stored) break;
    }
    left--;
    flagged += flags;
    record += whole;
  }
  return (struct wl_passed_records){most - left, flagged, (size_t)(record - bytes)};
}

#endif
