// Checksums of arbitrary parts of a buffer, from the states of the register behind each of its bytes.

#include "CChecksum.h"
#include "crc32c_polynomials.h"

#include <pthread.h>
#include <stdbool.h>

enum { low_count = wl_most_states, high_count = 1 << 8 };

// x^(8n) for n up to low_count, and for multiples of it; as second factors.
static uint32_t low_powers[low_count + 1];
static uint32_t high_powers[high_count];
// Behind a message that starts from all ones and its checksum, the state is always this one.
static uint32_t state_behind;
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

// MARK: Enclosed checksums

// So many lengths at once that what is made of them is in the nearest cache when it is looked at.
enum { kept_at_once = 1 << 10 };

static inline size_t length_of(uint32_t note) { return note & wl_noted_lengths; }

#if defined(__x86_64__)
__attribute__((target("sse4.2,pclmul"))) static void states_behind_by_instruction(
    const uint32_t *states, size_t count, const uint32_t *lengths, uint32_t *behind) {
  const __m128i ones = _mm_cvtsi32_si128(-1);
#pragma clang loop unroll_count(4)
  for (size_t i = 0; i < count; i++) {
    size_t length = length_of(lengths[i]);
    // Loaded where they are multiplied: the way through other registers takes longer.
    __m128i before = _mm_xor_si128(_mm_loadu_si32(states + i), ones);
    __m128i product = _mm_clmulepi64_si128(before, _mm_loadu_si32(low_powers + length), 0);
    behind[i] = reduced(product) ^ states[i + length];
  }
}
#endif

// The states behind the noted bytes, where those before them were all ones.
static void states_behind(
    const uint32_t *states, size_t count, const uint32_t *lengths, uint32_t *behind) {
#if defined(__x86_64__)
  if (has_multiply_instruction()) {
    states_behind_by_instruction(states, count, lengths, behind);
    return;
  }
#endif
  for (size_t i = 0; i < count; i++) {
    size_t length = length_of(lengths[i]);
    behind[i] = length == 0 ? 0
                            : multiply_by_shifting(~states[i], low_powers[length]) ^
                                  states[i + length];
  }
}

void wl_crc32c_keep_enclosed(const uint32_t *states, size_t count, uint32_t *notes) {
  pthread_once(&powers_made, make_powers);
  uint32_t behind[kept_at_once], wanted = state_behind;
  for (size_t from = 0; from < count; from += kept_at_once) {
    size_t part = count - from < kept_at_once ? count - from : kept_at_once;
    // Without a branch: of foreign bytes nobody can guess what they claim.
    states_behind(states + from, part, notes + from, behind);
    for (size_t i = 0; i < part; i++) {
      uint32_t note = notes[from + i];
      bool is_kept = (behind[i] == wanted) | (length_of(note) == 0);
      notes[from + i] = is_kept ? note : 0;
    }
  }
}
