#include "CChecksum.h"

#include "crc32c_abreast.h"
#include "crc32c_folding.h"
#include "crc32c_instruction.h"
#include "nori_wal_records.h"
#include "okaywal_entries.h"

#include <isa-l/crc.h>
#include <limits.h>

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("sse4.2"))) static uint32_t crc32c_instruction(
    uint32_t state, const unsigned char *bytes, size_t length) {
  if (length >= 8) {
    size_t first = bytes_before_words(length);
    uint64_t behind_first = state_behind_first(state, bytes, first);
    return (uint32_t)state_behind_words(behind_first, bytes + first, (length - first) / 8);
  }
  for (; length > 0; bytes++, length--) state = _mm_crc32_u8(state, *bytes);
  return state;
}

// ISA-L leaves the upper halves of the vector registers dirty, which makes every later SSE
// instruction of the caller slow. Clearing them costs one instruction.
__attribute__((target("avx"))) static void clear_upper_halves(void) { _mm256_zeroupper(); }
#endif

static uint32_t crc32c_isal(uint32_t state, const unsigned char *bytes, size_t length) {
  while (length > 0) {
    // ISA-L takes its length as an int.
    size_t piece = length < (size_t)1 << 30 ? length : (size_t)1 << 30;
    state = crc32_iscsi((unsigned char *)bytes, (int)piece, state);
    bytes += piece;
    length -= piece;
  }
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx")) clear_upper_halves();
#endif
  return state;
}

uint32_t wl_crc32c(uint32_t crc, const void *bytes, size_t length) {
  const unsigned char *next = bytes;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) {
    if (length < shortest_folded) return ~crc32c_instruction(~crc, next, length);
    if (length < longest_folded && wl_crc32c_can_fold())
      return ~wl_crc32c_fold(~crc, next, length);
    // ISA-L takes 256 bytes at a time and is slow with what is left over.
    size_t bulk = length & ~(size_t)255;
    uint32_t state = crc32c_isal(~crc, next, bulk);
    return ~crc32c_instruction(state, next + bulk, length - bulk);
  }
#endif
  return ~crc32c_isal(~crc, next, length);
}

struct wl_passed_records wl_pass_nori_wal_records(
    const void *bytes, size_t length, size_t longest, size_t most) {
#if defined(__x86_64__)
  if (wl_crc32c_can_fold()) return wl_crc32c_fold_nori_wal_records(bytes, length, longest, most);
  if (__builtin_cpu_supports("sse4.2"))
    return wl_crc32c_abreast_nori_wal_records(bytes, length, longest, most);
#endif
  return pass_nori_wal_records(bytes, length, longest, most, checksum_of, gather_sevens);
}

struct wl_passed_entries wl_pass_okaywal_entries(
    const void *bytes, size_t length, uint64_t least_id, size_t most) {
#if defined(__x86_64__)
  if (wl_crc32c_can_fold()) return wl_crc32c_fold_okaywal_entries(bytes, length, least_id, most);
  if (__builtin_cpu_supports("sse4.2"))
    return wl_crc32c_abreast_okaywal_entries(bytes, length, least_id, most);
#endif
  return pass_okaywal_entries(bytes, length, least_id, most, checksum_of);
}
