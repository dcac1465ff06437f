#include "CByteSearch.h"

#include <stdint.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

size_t wl_find_newline_or_zero(const void *bytes, size_t length) {
  const uint8_t *byte = bytes;
  size_t offset = 0;
#ifdef __SSE2__
  const __m128i newline = _mm_set1_epi8('\n');
  const __m128i zero = _mm_setzero_si128();
  for (; length - offset >= 16; offset += 16) {
    const __m128i block = _mm_loadu_si128((const __m128i *)(const void *)(byte + offset));
    const __m128i found = _mm_or_si128(_mm_cmpeq_epi8(block, newline), _mm_cmpeq_epi8(block, zero));
    const int mask = _mm_movemask_epi8(found);
    if (mask != 0) return offset + (size_t)__builtin_ctz((unsigned)mask);
  }
#endif
  for (; offset < length; offset++) {
    if (byte[offset] == '\n' || byte[offset] == 0) return offset;
  }
  return length;
}
