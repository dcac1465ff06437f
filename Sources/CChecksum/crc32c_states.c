// Checksums of arbitrary parts of a buffer, and of single flipped bits, by arithmetic with
// polynomials over GF(2) modulo the Castagnoli polynomial. Bit 31 of a word is the coefficient of
// x^0, as the reflected CRC has it.

#include "CChecksum.h"

#include <pthread.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { polynomial = (int)0x82F63B78 };

static uint32_t times_x(uint32_t value) {
  return (value >> 1) ^ ((value & 1) ? (uint32_t)polynomial : 0);
}

static uint32_t divided_by_x(uint32_t value) {
  return value & 0x80000000u ? ((value ^ (uint32_t)polynomial) << 1) | 1 : value << 1;
}

static uint32_t multiply_by_shifting(uint32_t a, uint32_t b) {
  uint32_t product = 0;
  for (uint32_t bit = 0x80000000u; bit != 0; bit >>= 1, b = times_x(b))
    if (a & bit) product ^= b;
  return product;
}

#if defined(__x86_64__)
// The crc32 instruction reduces the 64-bit product, and multiplies it by x^32 in doing so: the
// tables of powers are short of that factor.
__attribute__((target("sse4.2,pclmul"))) static uint32_t multiply_by_instruction(
    uint32_t a, uint32_t b) {
  __m128i product = _mm_clmulepi64_si128(_mm_cvtsi32_si128((int)a), _mm_cvtsi32_si128((int)b), 0);
  return (uint32_t)_mm_crc32_u64(0, (uint64_t)_mm_cvtsi128_si64(product) << 1);
}
#endif

enum { low_bits = 10, low_count = 1 << low_bits, high_count = 1 << 12 };

// x^(8n) for n below low_count, and for multiples of it; each short of x^32 where the
// instruction multiplies.
static uint32_t low_powers[low_count];
static uint32_t high_powers[high_count];
static int has_multiply_instruction;
static pthread_once_t tables_made = PTHREAD_ONCE_INIT;

static void make_tables(void) {
  uint32_t power = 0x80000000u;
#if defined(__x86_64__)
  has_multiply_instruction =
      __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul");
#endif
  uint32_t step = 0x80000000u;
  for (int i = 0; i < 8 * low_count; i++) step = times_x(step);
  if (has_multiply_instruction)
    for (int i = 0; i < 32; i++) power = divided_by_x(power);
  uint32_t low = power, high = power;
  for (int n = 0; n < low_count; n++) {
    low_powers[n] = low;
    for (int i = 0; i < 8; i++) low = times_x(low);
  }
  for (int n = 0; n < high_count; n++) {
    high_powers[n] = high;
    high = multiply_by_shifting(high, step);
  }
}

static uint32_t multiply(uint32_t a, uint32_t b) {
#if defined(__x86_64__)
  if (has_multiply_instruction) return multiply_by_instruction(a, b);
#endif
  return multiply_by_shifting(a, b);
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static void states_by_instruction(
    const unsigned char *bytes, size_t length, uint32_t *states) {
  uint32_t state = 0;
  states[0] = 0;
  for (size_t i = 0; i < length; i++) states[i + 1] = state = _mm_crc32_u8(state, bytes[i]);
}
#endif

void wl_crc32c_states(const void *bytes, size_t length, uint32_t *states) {
  const unsigned char *next = bytes;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) {
    states_by_instruction(next, length, states);
    return;
  }
#endif
  uint32_t state = 0;
  states[0] = 0;
  for (size_t i = 0; i < length; i++) {
    state ^= next[i];
    for (int bit = 0; bit < 8; bit++) state = times_x(state);
    states[i + 1] = state;
  }
}

uint32_t wl_crc32c_between(uint32_t state_before, uint32_t state_after, size_t distance) {
  pthread_once(&tables_made, make_tables);
  // A checksum starts from all ones, the states start from zero.
  uint32_t moved = multiply(~state_before, low_powers[distance % low_count]);
  for (size_t far = distance >> low_bits; far > 0;) {
    size_t step = far < high_count ? far : high_count - 1;
    moved = multiply(moved, high_powers[step]);
    far -= step;
  }
  return ~(state_after ^ moved);
}

int64_t wl_crc32c_flipped_bit(uint32_t difference, size_t length) {
  // The last bit of the message contributes x^32, each one before it a factor x more.
  uint32_t contribution = (uint32_t)polynomial;
  for (size_t distance = 0; distance < 8 * length; distance++) {
    if (contribution == difference) {
      size_t byte = length - 1 - distance / 8;
      return (int64_t)(8 * byte + (7 - distance % 8));
    }
    contribution = times_x(contribution);
  }
  return -1;
}
