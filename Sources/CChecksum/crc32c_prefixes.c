// Checksums of arbitrary parts of a window, from what the bytes before each offset contribute to it.
//
// As a polynomial a byte contributes its own product with a power of x, which is the higher the further
// the byte is from the window's end. The sums of these products up to two offsets differ by what stands
// between them, wherever that is: whether it ends with its checksum shows in a comparison of two words.

#include "CChecksum.h"
#include "crc32c_polynomials.h"

#include <pthread.h>
#include <string.h>

enum { window = wl_most_prefixed };

// By offset, x^(8n) where n bytes follow it in a window; as second factors.
static uint32_t powers[window + 1];
// x^(-8n) where n bytes are in a window, as a second factor.
static uint32_t back_to_start;
// By offset, what a checksum that starts there adds: the all ones it starts from, and what is always left
// behind a message and its checksum.
static uint32_t starts[window + 1];
// Behind a message that starts from all ones and its checksum, the state is always this one.
static uint32_t state_behind;
// Added to all bytes, so that what is left behind each checksum need not be added at its end.
static uint32_t evened;
static pthread_once_t powers_made = PTHREAD_ONCE_INIT;

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static void multiples_by_instruction(
    uint32_t value, uint32_t *values) {
  for (size_t i = window + 1; i-- > 0; value = _mm_crc32_u8(value, 0)) values[i] = value;
}
#endif

// `value` at the window's end, and what each step of x^8 before it makes of it.
static void multiples(uint32_t value, uint32_t *values) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) {
    multiples_by_instruction(value, values);
    return;
  }
#endif
  for (size_t i = window + 1; i-- > 0; value = times_x8(value)) values[i] = value;
}

static void make_powers(void) {
  state_behind = ~0u;
  for (int i = 0; i < 4; i++) state_behind = times_x8(state_behind);
  uint32_t one_before = state_behind, back = WL_CRC32C_ONE;
  for (int bit = 0; bit < 8; bit++) one_before = divided_by_x(one_before);
  evened = state_behind ^ one_before;
  for (int bit = 0; bit < 8 * window; bit++) back = divided_by_x(back);
  back_to_start = factor(back);
  multiples(factor(WL_CRC32C_ONE), powers);
  multiples(~state_behind, starts);
}

#if defined(__x86_64__)
__attribute__((target("sse4.2,pclmul"))) static void prefixes_by_instruction(
    const unsigned char *bytes, size_t from, size_t to, uint32_t *prefixes) {
  const __m128i evening = _mm_set1_epi64x(evened);
  uint32_t prefix = prefixes[from];
  size_t i = from;
#pragma clang loop unroll_count(4)
  for (; i + 2 <= to; i += 2) {
    __m128i two = _mm_xor_si128(_mm_cvtepu8_epi64(_mm_loadu_si16(bytes + i)), evening);
    // Loaded where they are multiplied: the way through other registers takes longer.
    __m128i first = _mm_clmulepi64_si128(two, _mm_loadu_si32(powers + i), 0x00);
    __m128i second = _mm_clmulepi64_si128(two, _mm_loadu_si32(powers + i + 1), 0x01);
    prefixes[i + 1] = prefix ^= reduced(first);
    prefixes[i + 2] = prefix ^= reduced(second);
  }
  if (i < to) prefixes[to] = prefix ^ multiply_by_instruction(bytes[i] ^ evened, powers[i]);
}
#endif

void wl_crc32c_prefixes(const void *bytes, size_t from, size_t to, uint32_t *prefixes) {
  pthread_once(&powers_made, make_powers);
  const unsigned char *byte = bytes;
#if defined(__x86_64__)
  if (has_multiply_instruction()) {
    prefixes_by_instruction(byte, from, to, prefixes);
    return;
  }
#endif
  for (size_t i = from; i < to; i++)
    prefixes[i + 1] = prefixes[i] ^ multiply_by_shifting(byte[i] ^ evened, powers[i]);
}

uint32_t wl_crc32c_prefix_behind(uint32_t prefix, size_t from, size_t to, uint32_t crc) {
  pthread_once(&powers_made, make_powers);
  return prefix ^ starts[from] ^ multiply(~crc ^ state_behind, powers[to]);
}

uint32_t wl_crc32c_between(const uint32_t *prefixes, size_t from, size_t to) {
  pthread_once(&powers_made, make_powers);
  uint32_t between = prefixes[from] ^ starts[from] ^ prefixes[to];
  // Moved from the window's end, and from its start on to where it stands.
  uint32_t state = multiply(multiply(between, back_to_start), powers[window - to]);
  return ~(state ^ state_behind);
}

// MARK: Enclosed checksums

static inline size_t length_of(uint32_t note) { return note & wl_noted_lengths; }

#if defined(__x86_64__)
// Eight at a time, without a branch: of foreign bytes nobody can guess what they claim. Answers how many
// were looked at.
__attribute__((target("avx2"))) static size_t keep_by_eight(
    const uint32_t *prefixes, const uint32_t *start, size_t count, uint32_t *notes) {
  const __m256i lengths = _mm256_set1_epi32(wl_noted_lengths), zero = _mm256_setzero_si256();
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    uint32_t behind[8];
    for (size_t word = i; word < i + 8; word += 2) {
      uint64_t two;
      memcpy(&two, notes + word, sizeof two);
      behind[word - i] = prefixes[word + length_of((uint32_t)two)];
      behind[word - i + 1] = prefixes[word + 1 + length_of(two >> 32)];
    }
#define WORDS(words) _mm256_loadu_si256((const __m256i *)(const void *)(words))
    __m256i note = WORDS(notes + i);
    __m256i wanted = _mm256_xor_si256(WORDS(prefixes + i), WORDS(start + i));
    __m256i is_kept = _mm256_or_si256(
        _mm256_cmpeq_epi32(wanted, WORDS(behind)),
        _mm256_cmpeq_epi32(_mm256_and_si256(note, lengths), zero));
#undef WORDS
    _mm256_storeu_si256((__m256i *)(void *)(notes + i), _mm256_and_si256(note, is_kept));
  }
  return i;
}
#endif

void wl_crc32c_keep_enclosed(
    const uint32_t *prefixes, size_t from, size_t stop, uint32_t *notes) {
  pthread_once(&powers_made, make_powers);
  const uint32_t *first = prefixes + from, *start = starts + from;
  size_t i = 0;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) i = keep_by_eight(first, start, stop - from, notes);
#endif
  for (; i < stop - from; i++) {
    size_t length = length_of(notes[i]);
    if (length != 0 && (first[i] ^ start[i]) != first[i + length]) notes[i] = 0;
  }
}
