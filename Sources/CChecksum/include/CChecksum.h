#ifndef WALSCOPE_CCHECKSUM_H
#define WALSCOPE_CCHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli) of `length` bytes, continuing from `crc` (0 to start).
uint32_t wl_crc32c(uint32_t crc, const void *bytes, size_t length);

/// Writes `length + 1` register states to `states`: state i is that of the first i bytes,
/// started from zero and without final inversion.
void wl_crc32c_states(const void *bytes, size_t length, uint32_t *states);

/// CRC-32C of the bytes between two states `distance` bytes apart, in constant time.
uint32_t wl_crc32c_between(uint32_t state_before, uint32_t state_after, size_t distance);

/// The bit whose flipping changes the CRC-32C of a message of `length` bytes by `difference`
/// (an exclusive or), counted from the message's first byte, lowest bit first; -1 if there is none.
int64_t wl_crc32c_flipped_bit(uint32_t difference, size_t length);

#endif
