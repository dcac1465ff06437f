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

enum { low_bits = 14, low_count = 1 << low_bits, high_count = 1 << 12 };
enum { longest_picked = low_count * high_count };

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
// The states of four parts of the same length, whose first states are known: each step waits three
// cycles for the one before it, in which the other parts make theirs.
__attribute__((target("sse4.2"))) static void states_of_parts(
    const unsigned char *bytes, size_t length, uint32_t *states) {
  uint32_t a = states[0], b = states[length], c = states[2 * length], d = states[3 * length];
  for (size_t i = 0; i < length; i++) {
    states[i + 1] = a = _mm_crc32_u8(a, bytes[i]);
    states[length + i + 1] = b = _mm_crc32_u8(b, bytes[length + i]);
    states[2 * length + i + 1] = c = _mm_crc32_u8(c, bytes[2 * length + i]);
    states[3 * length + i + 1] = d = _mm_crc32_u8(d, bytes[3 * length + i]);
  }
}

__attribute__((target("sse4.2"))) static void states_by_instruction(
    const unsigned char *bytes, size_t length, uint32_t *states) {
  enum { part = 1 << 10 };
  for (; length >= 4 * part; bytes += 4 * part, states += 4 * part, length -= 4 * part) {
    for (int i = 0; i < 3; i++)
      states[(i + 1) * part] = ~wl_crc32c(~states[i * part], bytes + i * part, part);
    states_of_parts(bytes, part, states);
  }
  uint32_t state = states[0];
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
  uint32_t state = states[0];
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

// MARK: Records in a window

// What the checksum of a record is compared with follows its bytes. No branch depends on what is
// compared: foreign bytes lead here, and wrong guesses of the processor's cost more than the rest.
// The offsets with a length are picked out first, which costs less than a checksum.
enum { picked_at_once = 256, shortest_picked = 4 };

#define KEEP_MATCHING(MULTIPLY)                                                              \
  for (size_t from = 0; from < count; from += picked_at_once) {                              \
    uint16_t picked[picked_at_once];                                                         \
    size_t stop = count - from < picked_at_once ? count - from : picked_at_once;             \
    size_t picks = 0;                                                                        \
    for (size_t i = 0; i < stop; i++) {                                                      \
      picked[picks] = (uint16_t)i;                                                           \
      picks += lengths[from + i] - shortest_picked < longest_picked - shortest_picked;       \
    }                                                                                        \
    for (size_t pick = 0; pick < picks; pick++) {                                            \
      size_t place = from + picked[pick];                                                    \
      uint32_t length = lengths[place];                                                      \
      size_t distance = length - 4;                                                          \
      uint32_t stored;                                                                       \
      __builtin_memcpy(&stored, bytes + place + distance, sizeof stored);                    \
      uint32_t moved = MULTIPLY(~states[place], low_powers[distance % low_count]);           \
      if (distance >= low_count)                                                             \
        moved = MULTIPLY(moved, high_powers[distance >> low_bits]);                          \
      lengths[place] = ~(states[place + distance] ^ moved) == stored ? length : 0;           \
    }                                                                                        \
  }

#if defined(__x86_64__)
__attribute__((target("sse4.2,pclmul"))) static void keep_matching_by_instruction(
    const unsigned char *bytes, const uint32_t *states, size_t count, uint32_t *lengths) {
  KEEP_MATCHING(multiply_by_instruction)
}
#endif

static void keep_matching_by_shifting(
    const unsigned char *bytes, const uint32_t *states, size_t count, uint32_t *lengths) {
  KEEP_MATCHING(multiply_by_shifting)
}

void wl_crc32c_keep_matching(
    const void *bytes, const uint32_t *states, size_t count, uint32_t *lengths) {
  pthread_once(&tables_made, make_tables);
#if defined(__x86_64__)
  if (has_multiply_instruction) {
    keep_matching_by_instruction(bytes, states, count, lengths);
    return;
  }
#endif
  keep_matching_by_shifting(bytes, states, count, lengths);
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
