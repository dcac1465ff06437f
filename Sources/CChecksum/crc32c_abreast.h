#ifndef WALSCOPE_CRC32C_ABREAST_H
#define WALSCOPE_CRC32C_ABREAST_H

#include "CChecksum.h"

#include <stddef.h>
#include <stdint.h>

/// What makes the checksum of a record that is passed alone.
static inline uint32_t checksum_of(const unsigned char *bytes, size_t length) {
  return wl_crc32c(0, bytes, length);
}

#if defined(__x86_64__)
/// `wl_pass_nori_wal_records` where the processor has SSE 4.2.
struct wl_passed_records wl_crc32c_abreast_nori_wal_records(
    const unsigned char *bytes, size_t length, size_t longest, size_t most);
/// `wl_pass_okaywal_entries` where the processor has SSE 4.2.
struct wl_passed_entries wl_crc32c_abreast_okaywal_entries(
    const unsigned char *bytes, size_t length, uint64_t least_id, size_t most);
#endif

#endif
