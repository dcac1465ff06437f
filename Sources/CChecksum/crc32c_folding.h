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
/// How many of the first parts are of a length to be folded, and match.
size_t wl_crc32c_fold_matching(
    const unsigned char *bytes, const struct wl_checked_part *parts, size_t count);
/// `wl_pass_varint_records` where the processor can fold.
struct wl_passed_records wl_crc32c_fold_varint_records(
    const unsigned char *bytes, size_t length, size_t longest, size_t most);
#endif

#endif
