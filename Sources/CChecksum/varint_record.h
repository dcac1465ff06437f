#ifndef WALSCOPE_VARINT_RECORD_H
#define WALSCOPE_VARINT_RECORD_H

#include "CChecksum.h"

// The usual form of a record, of which the first eight bytes tell the length without a branch that
// depends on how long a value is: which of them it was would be anybody's guess.
static inline size_t usual_record_length(const unsigned char *bytes, uint8_t *flags) {
  uint64_t word;
  __builtin_memcpy(&word, bytes, sizeof word);
  uint64_t behind_key = word >> 8;
  uint64_t last_bytes = ~behind_key & 0x808080;
  uint64_t varint = behind_key & (last_bytes ^ (last_bytes - 1));
  uint64_t size = (uint64_t)(__builtin_ctzll(last_bytes | 1ull << 32) + 1) / 8;
  uint64_t value = (varint & 0x7f) | (varint >> 1 & 0x3f80) | (varint >> 2 & 0x1fc000);
  *flags = (uint8_t)(behind_key >> 8 * size);
  // No record has this length: what is unusual makes it so long.
  uint64_t unusual = (word & 0x80) | (last_bytes == 0) | (*flags & 0xfe);
  return unusual ? SIZE_MAX : (size_t)(word & 0x7f) + value + size + 2 + 4;
}

// `checksum` is a constant where this is used, and becomes part of it.
__attribute__((always_inline)) static inline struct wl_passed_records pass_varint_records(
    const unsigned char *bytes, size_t length, size_t longest, size_t most,
    uint32_t (*checksum)(const unsigned char *, size_t)) {
  struct wl_passed_records passed = {0, 0, 0};
  while (passed.count < most && length - passed.length >= 8) {
    const unsigned char *record = bytes + passed.length;
    uint8_t flags;
    size_t whole = usual_record_length(record, &flags);
    if (whole > longest || whole > length - passed.length) break;
    uint32_t stored;
    __builtin_memcpy(&stored, record + whole - 4, sizeof stored);
    if (checksum(record, whole - 4) != stored) break;
    passed.count++;
    passed.flagged += flags;
    passed.length += whole;
  }
  return passed;
}

#endif
