#include "CChecksum.h"

#include <isa-l/crc.h>
#include <limits.h>

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("sse4.2"))) static uint32_t crc32c_instruction(
    uint32_t crc, const unsigned char *bytes, size_t length) {
  uint64_t state = crc;
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

uint32_t wl_crc32c(uint32_t crc, const void *bytes, size_t length) {
  uint32_t state = ~crc;
  const unsigned char *next = bytes;
#if defined(__x86_64__)
  // For short records the instruction beats ISA-L's set-up.
  if (length < 256 && __builtin_cpu_supports("sse4.2"))
    return ~crc32c_instruction(state, next, length);
#endif
  while (length > 0) {
    // ISA-L takes its length as an int.
    size_t piece = length < (size_t)1 << 30 ? length : (size_t)1 << 30;
    state = crc32_iscsi((unsigned char *)next, (int)piece, state);
    next += piece;
    length -= piece;
  }
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx")) clear_upper_halves();
#endif
  return ~state;
}
