// Arithmetic with polynomials over GF(2) modulo the Castagnoli polynomial. Bit 31 of a word is the
// coefficient of x^0, as the reflected CRC has it.

#ifndef WALSCOPE_CRC32C_POLYNOMIALS_H
#define WALSCOPE_CRC32C_POLYNOMIALS_H

#include <stdint.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define WL_CRC32C_POLYNOMIAL 0x82F63B78u
#define WL_CRC32C_ONE 0x80000000u

static inline uint32_t times_x(uint32_t value) {
  return (value >> 1) ^ ((value & 1) ? WL_CRC32C_POLYNOMIAL : 0);
}

static inline uint32_t times_x8(uint32_t value) {
  for (int bit = 0; bit < 8; bit++) value = times_x(value);
  return value;
}

static inline uint32_t divided_by_x(uint32_t value) {
  return value & WL_CRC32C_ONE ? ((value ^ WL_CRC32C_POLYNOMIAL) << 1) | 1 : value << 1;
}

static inline uint32_t multiply_by_shifting(uint32_t a, uint32_t b) {
  uint32_t product = 0;
  for (uint32_t bit = WL_CRC32C_ONE; bit != 0; bit >>= 1, b = times_x(b))
    if (a & bit) product ^= b;
  return product;
}

#if defined(__x86_64__)
// The crc32 instruction reduces the 64-bit product, and multiplies it by x^32 in doing so; the product
// of two reflected words is one bit too low, which is one more x. One of the factors has to be short
// of both.
__attribute__((target("sse4.2"))) static inline uint32_t reduced(__m128i product) {
  return (uint32_t)_mm_crc32_u64(0, (uint64_t)_mm_cvtsi128_si64(product));
}

__attribute__((target("sse4.2,pclmul"))) static inline uint32_t multiply_by_instruction(
    uint32_t a, uint32_t b) {
  return reduced(
      _mm_clmulepi64_si128(_mm_cvtsi32_si128((int)a), _mm_cvtsi32_si128((int)b), 0));
}
#endif

static inline int has_multiply_instruction(void) {
#if defined(__x86_64__)
  return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul");
#else
  return 0;
#endif
}

// The product of `a` and `b`, which was made by `factor`.
static inline uint32_t multiply(uint32_t a, uint32_t b) {
#if defined(__x86_64__)
  if (has_multiply_instruction()) return multiply_by_instruction(a, b);
#endif
  return multiply_by_shifting(a, b);
}

// A power of x as `multiply` takes it for its second factor.
static inline uint32_t factor(uint32_t power) {
  if (has_multiply_instruction())
    for (int i = 0; i < 33; i++) power = divided_by_x(power);
  return power;
}

#endif
