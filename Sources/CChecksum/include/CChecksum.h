#ifndef WALSCOPE_CCHECKSUM_H
#define WALSCOPE_CCHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli) of `length` bytes, continuing from `crc` (0 to start).
uint32_t wl_crc32c(uint32_t crc, const void *bytes, size_t length);

/// Writes `length` register states behind the first of `states`, which is that before `bytes`:
/// state i is that behind i bytes, without final inversion.
void wl_crc32c_states(const void *bytes, size_t length, uint32_t *states);

/// CRC-32C of the bytes between two states `distance` bytes apart, in constant time.
uint32_t wl_crc32c_between(uint32_t state_before, uint32_t state_after, size_t distance);

/// Keeps of `count` lengths those of records that end with the CRC-32C of their other bytes, lowest
/// byte first, and makes the others zero. Record i starts at byte i of `bytes`, where state i is;
/// all of its bytes and states must be there. Numbers that are no length of a record (below 4,
/// or 64 MiB and more) are kept.
void wl_crc32c_keep_matching(
    const void *bytes, const uint32_t *states, size_t count, uint32_t *lengths);

/// The bit whose flipping changes the CRC-32C of a message of `length` bytes by `difference`
/// (an exclusive or), counted from the message's first byte, lowest bit first; -1 if there is none.
int64_t wl_crc32c_flipped_bit(uint32_t difference, size_t length);

#endif
