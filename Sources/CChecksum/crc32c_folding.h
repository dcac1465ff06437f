#ifndef WALSCOPE_CRC32C_FOLDING_H
#define WALSCOPE_CRC32C_FOLDING_H

#include "CChecksum.h"

#include <stddef.h>
#include <stdint.h>

// Below, the instruction is faster for a single part; above, ISA-L keeps more of the processor busy.
enum { shortest_folded = 256, longest_folded = 8192 };

#if defined(__x86_64__)
/// Whether this processor has what `wl_crc32c_fold` needs.
int wl_crc32c_can_fold(void);
/// The state of the register after `length` bytes, at least 64, without inversions.
uint32_t wl_crc32c_fold(uint32_t state, const unsigned char *bytes, size_t length);
/// `wl_pass_nori_wal_records` where the processor can fold.
struct wl_passed_records wl_crc32c_fold_nori_wal_records(
    const unsigned char *bytes, size_t length, size_t longest, size_t most);
/// `wl_pass_okaywal_entries` where the processor can fold.
struct wl_passed_entries wl_crc32c_fold_okaywal_entries(
    const unsigned char *bytes, size_t length, uint64_t least_id, size_t most);
#endif

#endif
