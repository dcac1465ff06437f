#include "CByteSearch.h"

#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
#include <immintrin.h>
#endif

static uint8_t folded(uint8_t byte) {
  return (uint8_t)(byte - 'A') < 26 ? (uint8_t)(byte | 0x20) : byte;
}

/// How many bytes of the pattern fit the text, from the first one on.
static size_t fitting(const struct wl_pattern *pattern, const uint8_t *text) {
  size_t count = 0;
  if (pattern->ignores_case) {
    while (count < pattern->length && folded(text[count]) == pattern->bytes[count]) count++;
    return count;
  }
  for (; pattern->length - count >= 8; count += 8) {
    uint64_t found, wanted;
    memcpy(&found, text + count, 8);
    memcpy(&wanted, pattern->bytes + count, 8);
    if (found != wanted) return count + (size_t)__builtin_ctzll(found ^ wanted) / 8;
  }
  while (count < pattern->length && text[count] == pattern->bytes[count]) count++;
  return count;
}

/// The search of Knuth, Morris and Pratt from `start` on: linear whatever the text.
static size_t find_steadily(const struct wl_pattern *pattern, const uint8_t *text, size_t length,
                            size_t start) {
  size_t matched = 0;
  for (size_t offset = start; offset < length; offset++) {
    const uint8_t byte = pattern->ignores_case ? folded(text[offset]) : text[offset];
    while (matched > 0 && pattern->bytes[matched] != byte) matched = pattern->borders[matched - 1];
    if (pattern->bytes[matched] == byte) matched++;
    if (matched == pattern->length) return offset + 1 - matched;
  }
  return length;
}

/// What a search has compared at places that turned out to be none.
struct effort {
  size_t compared;
};

/// Whether the pattern stands at `offset`, in which case, or when too much has been compared in
/// vain, `*result` is the answer of the search.
static int settles(const struct wl_pattern *pattern, const uint8_t *text, size_t length,
                   size_t offset, struct effort *effort, size_t *result) {
  const size_t count = fitting(pattern, text + offset);
  if (count == pattern->length) {
    *result = offset;
    return 1;
  }
  effort->compared += count + 8;
  if (effort->compared < 4096 || effort->compared / 4 < offset) return 0;
  *result = find_steadily(pattern, text, length, offset + 1);
  return 1;
}

static uint8_t fold_of(const struct wl_pattern *pattern, size_t place) {
  const uint8_t byte = pattern->bytes[place];
  return pattern->ignores_case && (uint8_t)(byte - 'a') < 26 ? 0x20 : 0;
}

/// Goes on place by place: for the end of a text that has no whole block any more.
static size_t find_slowly(const struct wl_pattern *pattern, const uint8_t *text, size_t length,
                          size_t start, struct effort *effort) {
  const uint8_t first = pattern->bytes[pattern->probes[0]];
  const uint8_t fold = fold_of(pattern, pattern->probes[0]);
  size_t result;
  for (size_t offset = start; length - offset >= pattern->length; offset++) {
    if ((text[offset + pattern->probes[0]] | fold) != first) continue;
    if (settles(pattern, text, length, offset, effort, &result)) return result;
  }
  return length;
}

#ifdef __SSE2__

/// Looks at 64 places at a time: those where both probes fit are compared.
__attribute__((target("avx2"))) static size_t find_avx2(const struct wl_pattern *pattern,
                                                        const uint8_t *text, size_t length) {
  const uint8_t *one = text + pattern->probes[0];
  const uint8_t *two = text + pattern->probes[1];
  const __m256i first = _mm256_set1_epi8((char)pattern->bytes[pattern->probes[0]]);
  const __m256i second = _mm256_set1_epi8((char)pattern->bytes[pattern->probes[1]]);
  const __m256i fold_first = _mm256_set1_epi8((char)fold_of(pattern, pattern->probes[0]));
  const __m256i fold_second = _mm256_set1_epi8((char)fold_of(pattern, pattern->probes[1]));
  struct effort effort = {0};
  size_t offset = 0;
  // Places at which a whole pattern fits; a block reads no byte behind the last of them.
  const size_t places = length - pattern->length + 1;
  for (; places - offset >= 64; offset += 64) {
    uint64_t mask = 0;
    for (size_t half = 0; half < 64; half += 32) {
      const __m256i a = _mm256_loadu_si256((const __m256i *)(const void *)(one + offset + half));
      const __m256i b = _mm256_loadu_si256((const __m256i *)(const void *)(two + offset + half));
      const __m256i fits =
          _mm256_and_si256(_mm256_cmpeq_epi8(_mm256_or_si256(a, fold_first), first),
                           _mm256_cmpeq_epi8(_mm256_or_si256(b, fold_second), second));
      mask |= (uint64_t)(uint32_t)_mm256_movemask_epi8(fits) << half;
    }
    for (; mask != 0; mask &= mask - 1) {
      size_t result;
      const size_t place = offset + (size_t)__builtin_ctzll(mask);
      if (settles(pattern, text, length, place, &effort, &result)) return result;
    }
  }
  return find_slowly(pattern, text, length, offset, &effort);
}

static size_t find_sse2(const struct wl_pattern *pattern, const uint8_t *text, size_t length) {
  const uint8_t *one = text + pattern->probes[0];
  const uint8_t *two = text + pattern->probes[1];
  const __m128i first = _mm_set1_epi8((char)pattern->bytes[pattern->probes[0]]);
  const __m128i second = _mm_set1_epi8((char)pattern->bytes[pattern->probes[1]]);
  const __m128i fold_first = _mm_set1_epi8((char)fold_of(pattern, pattern->probes[0]));
  const __m128i fold_second = _mm_set1_epi8((char)fold_of(pattern, pattern->probes[1]));
  struct effort effort = {0};
  size_t offset = 0;
  const size_t places = length - pattern->length + 1;
  for (; places - offset >= 16; offset += 16) {
    const __m128i a = _mm_loadu_si128((const __m128i *)(const void *)(one + offset));
    const __m128i b = _mm_loadu_si128((const __m128i *)(const void *)(two + offset));
    const __m128i fits = _mm_and_si128(_mm_cmpeq_epi8(_mm_or_si128(a, fold_first), first),
                                       _mm_cmpeq_epi8(_mm_or_si128(b, fold_second), second));
    for (unsigned mask = (unsigned)_mm_movemask_epi8(fits); mask != 0; mask &= mask - 1) {
      size_t result;
      const size_t place = offset + (size_t)__builtin_ctz(mask);
      if (settles(pattern, text, length, place, &effort, &result)) return result;
    }
  }
  return find_slowly(pattern, text, length, offset, &effort);
}

#endif

size_t wl_find_bytes(const struct wl_pattern *pattern, const void *bytes, size_t length) {
  if (pattern->length == 0 || pattern->length > length) return length;
#ifdef __SSE2__
  if (__builtin_cpu_supports("avx2")) return find_avx2(pattern, bytes, length);
  return find_sse2(pattern, bytes, length);
#else
  struct effort effort = {0};
  return find_slowly(pattern, bytes, length, 0, &effort);
#endif
}
