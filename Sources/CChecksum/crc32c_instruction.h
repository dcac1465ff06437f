// CRC-32C with the processor's instruction for it, eight bytes at a time.

#ifndef WALSCOPE_CRC32C_INSTRUCTION_H
#define WALSCOPE_CRC32C_INSTRUCTION_H

#include <stddef.h>
#include <stdint.h>

#if defined(__x86_64__)
#include <immintrin.h>

// The state behind the first `count` bytes, one to eight, of which eight can be read. They come behind
// zeros, which change nothing as long as the state is zero: so the state is added to the bytes, and
// what of it reaches beyond them is added afterwards.
__attribute__((target("sse4.2"))) static inline uint64_t state_behind_first(
    uint32_t state, const unsigned char *bytes, size_t count) {
  uint64_t word;
  __builtin_memcpy(&word, bytes, sizeof word);
  // In two steps: a shift by all 64 bits would not be one.
  uint64_t rest = (uint64_t)state >> 8 >> (8 * count - 8);
  return _mm_crc32_u64(0, (word ^ state) << (64 - 8 * count)) ^ rest;
}

__attribute__((target("sse4.2"))) static inline uint64_t state_behind_word(
    uint64_t state, const unsigned char *bytes) {
  uint64_t word;
  __builtin_memcpy(&word, bytes, sizeof word);
  return _mm_crc32_u64(state, word);
}

__attribute__((target("sse4.2"))) static inline uint64_t state_behind_words(
    uint64_t state, const unsigned char *bytes, size_t count) {
#pragma clang loop unroll(disable)
  for (; count > 0; count--, bytes += 8) state = state_behind_word(state, bytes);
  return state;
}

// How many bytes come first where words follow them up to the last one of `length`.
static inline size_t bytes_before_words(size_t length) { return (length - 1) % 8 + 1; }
#endif

#endif
