// Checksums of arbitrary parts of a buffer, from the states of the register behind each of its bytes.

#include "CChecksum.h"
#include "crc32c_polynomials.h"

#include <pthread.h>

enum { low_count = wl_marked_bytes, high_count = 1 << 8 };

// x^(8n) for n up to low_count, and for multiples of it; as second factors.
static uint32_t low_powers[low_count + 1];
static uint32_t high_powers[high_count];
// Behind a message that starts from all ones and its checksum, the state is always this one.
static uint32_t state_behind;
// In what the marks of a start and of an end differ, n bytes before the end of the marked bytes.
static uint32_t turns[low_count + 1];
static pthread_once_t powers_made = PTHREAD_ONCE_INIT;

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static void multiples_by_instruction(
    uint32_t value, uint32_t *values, size_t count) {
  for (size_t n = 0; n < count; n++, value = _mm_crc32_u8(value, 0)) values[n] = value;
}
#endif

// `value` and what a step of x^8 after the other makes of it.
static void multiples(uint32_t value, uint32_t *values, size_t count) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) {
    multiples_by_instruction(value, values, count);
    return;
  }
#endif
  for (size_t n = 0; n < count; n++, value = times_x8(value)) values[n] = value;
}

static void make_powers(void) {
  multiples(factor(WL_CRC32C_ONE), low_powers, low_count + 1);
  uint32_t power = WL_CRC32C_ONE;
  for (int n = 0; n < high_count; n++) {
    high_powers[n] = factor(power);
    power = multiply(power, low_powers[low_count]);
  }
  state_behind = ~0u;
  for (int i = 0; i < 4; i++) state_behind = times_x8(state_behind);
  multiples(~state_behind, turns, low_count + 1);
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
    state = times_x8(state ^ next[i]);
    states[i + 1] = state;
  }
}

uint32_t wl_crc32c_between(uint32_t state_before, uint32_t state_after, size_t distance) {
  pthread_once(&powers_made, make_powers);
  // A checksum starts from all ones, the states start from zero.
  uint32_t moved = multiply(~state_before, low_powers[distance % low_count]);
  for (size_t far = distance / low_count; far > 0;) {
    size_t step = far < high_count ? far : high_count - 1;
    moved = multiply(moved, high_powers[step]);
    far -= step;
  }
  return ~(state_after ^ moved);
}

// MARK: Marks

// What a state contributes to those behind it moves on by x^8 with each byte. With all states moved to
// where the marked bytes end, one mark at each offset tells which two of them enclose a message and its
// checksum: the end's mark is its state without `state_behind`, the start's the state without all ones.

enum { marked_at_once = 1 << 12 };

#if defined(__x86_64__)
__attribute__((target("sse4.2,pclmul"))) static void mark_by_instruction(
    const uint32_t *states, size_t count, const uint32_t *power, uint32_t *marks) {
  uint32_t behind = state_behind;
  for (size_t i = 0; i < count; i++)
    marks[i] = multiply_by_instruction(states[i] ^ behind, *(power - i));
}

// Sixteen products at once. Each is reduced as Montgomery does it: the multiple of the polynomial that
// makes the lower half zero is found by multiplying with its inverse, and the upper half remains.
__attribute__((target("avx512f,vpclmulqdq"))) static inline __m512i reduced_product(
    __m512i a, __m512i b, const int halves) {
  const __m512i inverse = _mm512_set1_epi64((long long)0x90d3d871bd4e27e2);
  const __m512i polynomial = _mm512_set1_epi64(0x105ec76f1);
  __m512i product = halves == 0 ? _mm512_clmulepi64_epi128(a, b, 0x00)
                                : _mm512_clmulepi64_epi128(a, b, 0x11);
  __m512i quotient = _mm512_clmulepi64_epi128(product, inverse, 0x00);
  return _mm512_clmulepi64_epi128(quotient, polynomial, 0x00);
}

__attribute__((target("avx512f,vpclmulqdq,sse4.2,pclmul"))) static void mark_widely(
    const uint32_t *states, size_t count, const uint32_t *power, uint32_t *marks) {
  const __m512i behind = _mm512_set1_epi32((int)state_behind);
  const __m512i reversed = _mm512_set_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const __m512i low = _mm512_set1_epi64(0xffffffff);
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    __m512i a = _mm512_xor_si512(_mm512_loadu_si512(states + i), behind);
    __m512i b = _mm512_permutexvar_epi32(reversed, _mm512_loadu_si512(power - i - 15));
    __m512i even_a = _mm512_and_si512(a, low), even_b = _mm512_and_si512(b, low);
    __m512i odd_a = _mm512_srli_epi64(a, 32), odd_b = _mm512_srli_epi64(b, 32);
    __m512i even = _mm512_unpackhi_epi64(
        reduced_product(even_a, even_b, 0), reduced_product(even_a, even_b, 1));
    __m512i odd = _mm512_unpackhi_epi64(
        reduced_product(odd_a, odd_b, 0), reduced_product(odd_a, odd_b, 1));
    _mm512_storeu_si512(marks + i, _mm512_or_si512(even, _mm512_slli_epi64(odd, 32)));
  }
  // Dirty upper halves of the vector registers make every later SSE instruction slow.
  _mm256_zeroupper();
  mark_by_instruction(states + i, count - i, power - i, marks + i);
}
#endif

static void mark(
    const uint32_t *states, size_t count, const uint32_t *power, uint32_t *marks) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("vpclmulqdq") &&
      has_multiply_instruction()) {
    mark_widely(states, count, power, marks);
    return;
  }
  if (has_multiply_instruction()) {
    mark_by_instruction(states, count, power, marks);
    return;
  }
#endif
  for (size_t i = 0; i < count; i++)
    marks[i] = multiply_by_shifting(states[i] ^ state_behind, *(power - i));
}

void wl_crc32c_end_marks(const void *bytes, size_t length, uint32_t *marks) {
  pthread_once(&powers_made, make_powers);
  const unsigned char *next = bytes;
  const uint32_t *power = low_powers + low_count;
  uint32_t states[marked_at_once + 1];
  states[0] = 0;
  for (;;) {
    size_t count = length < marked_at_once ? length : marked_at_once;
    wl_crc32c_states(next, count, states);
    // The last mark is made again by the next step, of the same state.
    mark(states, count + 1, power, marks);
    if (count == length) return;
    states[0] = states[count];
    next += count;
    marks += count;
    power -= count;
    length -= count;
  }
}

void wl_crc32c_start_marks(
    const uint32_t *end_marks, size_t from, size_t stop, uint32_t *marks) {
  const uint32_t *turn = turns + low_count - from;
  for (size_t i = 0; i < stop - from; i++) marks[i] = end_marks[from + i] ^ *(turn - i);
}
