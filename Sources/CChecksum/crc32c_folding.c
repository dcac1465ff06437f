// CRC-32C of records that are too short for ISA-L to be at its best: it works in steps of 256 bytes
// and is slow with what is left over. Here 64 bytes are folded at a time, and what does not fill a
// vector comes first, behind zeros, which change nothing.
//
// A message is a polynomial over GF(2). Folding multiplies 128 bits of it by x^D modulo the
// polynomial of the checksum, and adds them to the 128 bits that stand D bits behind. Both halves
// are multiplied apart, the low one by x^(D+32) and the high one by x^(D-32): the product of two
// reflected words is one bit too low, so the factors are shifted up by one.

#include "crc32c_folding.h"
#include "nori_wal_records.h"
#include "okaywal_entries.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define WIDE            \
  __attribute__((target( \
      "avx512f,avx512bw,avx512vl,avx512vbmi2,vpclmulqdq,pclmul,sse4.2,bmi,bmi2")))

int wl_crc32c_can_fold(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vbmi2") &&
         __builtin_cpu_supports("vpclmulqdq") && __builtin_cpu_supports("sse4.2") &&
         __builtin_cpu_supports("bmi") && __builtin_cpu_supports("bmi2");
}

WIDE static inline __m512i both_halves(__m512i sum, __m512i factors, __m512i addend) {
  __m512i low = _mm512_clmulepi64_epi128(sum, factors, 0x00);
  __m512i high = _mm512_clmulepi64_epi128(sum, factors, 0x11);
  return _mm512_ternarylogic_epi64(low, high, addend, 0x96);
}

// Folds the four parts of a vector onto the last one.
WIDE static inline uint32_t reduce(__m512i sum) {
  const __m512i to_last = _mm512_set_epi64(0, 0, 0x14cd00bd6, 0xf20c0dfe, 0xba4fc28e,
                                           0x1384aa63a, 0x1d82c63da, 0x1c291d04);
  __m512i parts = both_halves(sum, to_last, _mm512_maskz_mov_epi64(0xc0, sum));
  __m256i two =
      _mm256_xor_si256(_mm512_castsi512_si256(parts), _mm512_extracti64x4_epi64(parts, 1));
  __m128i one = _mm_xor_si128(_mm256_castsi256_si128(two), _mm256_extracti128_si256(two, 1));
  uint64_t state = _mm_crc32_u64(0, (uint64_t)_mm_cvtsi128_si64(one));
  return (uint32_t)_mm_crc32_u64(state, (uint64_t)_mm_extract_epi64(one, 1));
}

// The sum that `reduce` takes of at least 4 bytes.
WIDE static inline __m512i fold(uint32_t state, const unsigned char *bytes, size_t length) {
  const __m512i by_64 = _mm512_set_epi64(0x9e4addf8, 0x740eef02, 0x9e4addf8, 0x740eef02,
                                         0x9e4addf8, 0x740eef02, 0x9e4addf8, 0x740eef02);
  const __m512i by_128 = _mm512_set_epi64(0xd3b6092, 0x6992cea2, 0xd3b6092, 0x6992cea2,
                                          0xd3b6092, 0x6992cea2, 0xd3b6092, 0x6992cea2);
  size_t first = (length - 1) % 64 + 1;
  if (__builtin_expect(first < 4, 0)) {
    // The state is added to the first four bytes: they have to be in one vector.
    for (length -= first; first > 0; first--) state = _mm_crc32_u8(state, *bytes++);
    first = 64;
  }
  bytes += first;
  length -= first;
  // What the mask leaves out is neither read nor able to fault.
  __mmask64 present = ~0ull << (-first & 63);
  __m512i sum = _mm512_maskz_loadu_epi8(present, (const void *)((uintptr_t)bytes - 64));
  __m512i start = _mm512_zextsi128_si512(_mm_cvtsi32_si128((int)state));
  sum = _mm512_xor_si512(sum, _mm512_maskz_expand_epi8(present, start));
  if (length >= 192) {
    // Two sums at once: each step waits for the one before it.
    __m512i other = _mm512_loadu_si512(bytes);
    for (bytes += 64, length -= 64; length >= 128; bytes += 128, length -= 128) {
      sum = both_halves(sum, by_128, _mm512_loadu_si512(bytes));
      other = both_halves(other, by_128, _mm512_loadu_si512(bytes + 64));
    }
    sum = both_halves(sum, by_64, other);
  }
#pragma clang loop unroll(disable)
  for (; length >= 64; bytes += 64, length -= 64)
    sum = both_halves(sum, by_64, _mm512_loadu_si512(bytes));
  return sum;
}

WIDE uint32_t wl_crc32c_fold(uint32_t state, const unsigned char *bytes, size_t length) {
  state = reduce(fold(state, bytes, length));
  // Dirty upper halves of the vector registers make every later SSE instruction slow.
  _mm256_zeroupper();
  return state;
}

// What one record waits for another one does not, so the processor works at several of them at once.
WIDE static inline uint32_t checksum_between_folds(const unsigned char *bytes, size_t length) {
  if (__builtin_expect(length < longest_folded, 1)) return ~reduce(fold(~0u, bytes, length));
  _mm256_zeroupper();
  return wl_crc32c(0, bytes, length);
}

WIDE static inline uint64_t gather_sevens_at_once(uint64_t word) {
  return _pext_u64(word, 0x7f7f7f00);
}

WIDE struct wl_passed_records wl_crc32c_fold_nori_wal_records(
    const unsigned char *bytes, size_t length, size_t longest, size_t most) {
  struct wl_passed_records passed = pass_nori_wal_records(
      bytes, length, longest, most, checksum_between_folds, gather_sevens_at_once);
  _mm256_zeroupper();
  return passed;
}

WIDE struct wl_passed_entries wl_crc32c_fold_okaywal_entries(
    const unsigned char *bytes, size_t length, uint64_t least_id, size_t most) {
  struct wl_passed_entries passed =
      pass_okaywal_entries(bytes, length, least_id, most, checksum_between_folds);
  _mm256_zeroupper();
  return passed;
}
#endif
