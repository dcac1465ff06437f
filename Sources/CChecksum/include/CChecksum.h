#ifndef WALSCOPE_CCHECKSUM_H
#define WALSCOPE_CCHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/// CRC-32C (Castagnoli) of `length` bytes, continuing from `crc` (0 to start).
uint32_t wl_crc32c(uint32_t crc, const void *bytes, size_t length);

#endif
