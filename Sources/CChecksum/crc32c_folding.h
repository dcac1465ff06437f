#ifndef WALSCOPE_CRC32C_FOLDING_H
#define WALSCOPE_CRC32C_FOLDING_H

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
/// Whether this processor has what `wl_crc32c_fold` needs.
int wl_crc32c_can_fold(void);
/// The state of the register after `length` bytes, at least 64, without inversions.
uint32_t wl_crc32c_fold(uint32_t state, const unsigned char *bytes, size_t length);
#endif

#endif
