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

// Goes on behind what was passed, line by line.
static struct wl_passed_lines pass_each_line(
    const uint8_t *bytes, size_t length, size_t most, bool only_empty,
    struct wl_passed_lines passed) {
  while (passed.count < most) {
    size_t left = length - passed.length;
    size_t line = wl_find_newline_or_zero(bytes + passed.length, left);
    if (line == left || bytes[passed.length + line] == 0 || (only_empty && line > 0)) break;
    passed.count++;
    passed.length += line + 1;
  }
  return passed;
}

struct wl_passed_lines wl_pass_lines(
    const void *bytes, size_t length, size_t most, bool only_empty) {
  const uint8_t *byte = bytes;
  struct wl_passed_lines passed = {0, 0};
#ifdef __SSE2__
  const __m128i newline = _mm_set1_epi8('\n');
  const __m128i zero = _mm_setzero_si128();
  for (size_t offset = 0; length - offset >= 64; offset += 64) {
    uint64_t newlines = 0, zeros = 0;
    for (size_t part = 0; part < 64; part += 16) {
      const __m128i block = _mm_loadu_si128((const __m128i *)(const void *)(byte + offset + part));
      newlines |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(block, newline)) << part;
      zeros |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(block, zero)) << part;
    }
    const size_t lines = (size_t)__builtin_popcountll(newlines);
    if (zeros != 0 || lines > most - passed.count || (only_empty && lines < 64)) break;
    if (newlines == 0) continue;
    passed.count += lines;
    passed.length = offset + 64 - (size_t)__builtin_clzll(newlines);
  }
#endif
  return pass_each_line(byte, length, most, only_empty, passed);
}
