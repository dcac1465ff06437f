#include "CChecksum.h"

#include "crc32c_folding.h"
#include "nori_wal_records.h"
#include "okaywal_entries.h"

#include <isa-l/crc.h>
#include <limits.h>

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("sse4.2"))) static uint32_t crc32c_instruction(
    uint32_t crc, const unsigned char *bytes, size_t length) {
  uint64_t state = crc;
  size_t first = length % 8;
  if (length >= 8 && first > 0) {
    // What does not fill a word comes first, behind zeros, which change nothing as long as the
    // state is zero: so the state is added to the bytes, and what of it reaches beyond them is
    // added afterwards.
    uint64_t word;
    __builtin_memcpy(&word, bytes, 8);
    uint64_t rest = first < 4 ? state >> (8 * first) : 0;
    state = _mm_crc32_u64(0, (word ^ state) << (64 - 8 * first)) ^ rest;
    bytes += first;
    length -= first;
  }
  for (; length >= 8; bytes += 8, length -= 8) {
    uint64_t word;
    __builtin_memcpy(&word, bytes, 8);
    state = _mm_crc32_u64(state, word);
  }
  uint32_t tail = (uint32_t)state;
  for (; length > 0; bytes++, length--) tail = _mm_crc32_u8(tail, *bytes);
  return tail;
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

static uint32_t checksum_of(const unsigned char *bytes, size_t length) {
  return wl_crc32c(0, bytes, length);
}

struct wl_passed_records wl_pass_nori_wal_records(
    const void *bytes, size_t length, size_t longest, size_t most) {
#if defined(__x86_64__)
  if (wl_crc32c_can_fold()) return wl_crc32c_fold_nori_wal_records(bytes, length, longest, most);
#endif
  return pass_nori_wal_records(bytes, length, longest, most, checksum_of, gather_sevens);
}

struct wl_passed_entries wl_pass_okaywal_entries(
    const void *bytes, size_t length, uint64_t least_id, size_t most) {
#if defined(__x86_64__)
  if (wl_crc32c_can_fold()) return wl_crc32c_fold_okaywal_entries(bytes, length, least_id, most);
#endif
  return pass_okaywal_entries(bytes, length, least_id, most, checksum_of);
}
