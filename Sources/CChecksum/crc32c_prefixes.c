// Checksums of arbitrary parts of a window, from what the bytes before each offset contribute to it.
//
// As a polynomial a byte contributes its own product with a power of x, which is the higher the further
// the byte is from the window's end. The sums of these products up to two offsets differ by what stands
// between them, wherever that is: whether it ends with its checksum shows in a comparison of two words.

#include "CChecksum.h"
#include "crc32c_polynomials.h"

#include <pthread.h>
#include <string.h>

// So many bytes are multiplied by one power: a word and a power are not too long for one product.
enum { window = wl_most_prefixed, group = 4 };

// For each group, x^(8n) where n bytes follow its first one in a window; as second factors.
static uint32_t powers[window / group + 1];
// x^(8n) for fewer bytes than a group has, and x^(-8n) where n bytes are in a window, as second factors.
static uint32_t few_more[group];
static uint32_t back_to_start;
// By offset, what a checksum that starts there adds: the all ones it starts from, and what is always left
// behind a message and its checksum.
static uint32_t starts[window + 1];
// Behind a message that starts from all ones and its checksum, the state is always this one.
static uint32_t state_behind;
// Added to all bytes, so that what is left behind each checksum need not be added at its end: to so many
// bytes of a group.
static uint32_t evened[group + 1];
static pthread_once_t powers_made = PTHREAD_ONCE_INIT;

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static void multiples_by_instruction(
    uint32_t value, size_t every, uint32_t *values) {
  for (size_t i = window + 1; i-- > 0; value = _mm_crc32_u8(value, 0))
    if (i % every == 0) values[i / every] = value;
}
#endif

// `value` at the window's end, and of what each step of x^8 before it makes of it every so manyth.
static void multiples(uint32_t value, size_t every, uint32_t *values) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2")) {
    multiples_by_instruction(value, every, values);
    return;
  }
#endif
  for (size_t i = window + 1; i-- > 0; value = times_x8(value))
    if (i % every == 0) values[i / every] = value;
}

static void make_powers(void) {
  state_behind = ~0u;
  for (int i = 0; i < 4; i++) state_behind = times_x8(state_behind);
  uint32_t one_before = state_behind, back = WL_CRC32C_ONE, more = WL_CRC32C_ONE;
  for (int bit = 0; bit < 8; bit++) one_before = divided_by_x(one_before);
  uint32_t evening = state_behind ^ one_before;
  for (int i = 0; i < group; i++, more = times_x8(more)) {
    few_more[i] = factor(more);
    evened[i + 1] = evened[i] ^ evening;
    for (int bit = 0; bit < 8; bit++) evening = divided_by_x(evening);
  }
  for (int bit = 0; bit < 8 * window; bit++) back = divided_by_x(back);
  back_to_start = factor(back);
  multiples(factor(WL_CRC32C_ONE), group, powers);
  multiples(~state_behind, 1, starts);
}

// `value` times x^(8n) where n bytes of a window follow `offset`.
static uint32_t moved_to_end(uint32_t value, size_t offset) {
  size_t next = (offset + group - 1) / group;
  return multiply(multiply(value, powers[next]), few_more[group * next - offset]);
}

// What the byte at `offset` of a window contributes.
static inline uint32_t contribution(const unsigned char *bytes, size_t offset) {
  size_t place = offset % group;
  uint32_t word = (uint32_t)bytes[offset] << (8 * place);
  return multiply(word ^ evened[place] ^ evened[place + 1], powers[offset / group]);
}

#if defined(__x86_64__)
// Whole groups from `from` on.
__attribute__((target("avx2,pclmul"))) static void prefixes_by_instruction(
    const unsigned char *bytes, size_t from, size_t to, uint32_t *prefixes) {
  const __m128i first_two = _mm_set_epi64x(0xffff, 0xff);
  const __m128i last_two = _mm_set_epi64x(0xffffffff, 0xffffff);
  const __m128i first_evened = _mm_set_epi64x(evened[2], evened[1]);
  const __m128i last_evened = _mm_set_epi64x(evened[4], evened[3]);
  const uint32_t *power = powers + from / group;
  uint32_t prefix = prefixes[from];
#pragma clang loop unroll_count(2)
  for (size_t i = from; i < to; i += group, power++) {
    uint32_t word;
    memcpy(&word, bytes + i, sizeof word);
    __m128i four = _mm_set1_epi32((int)word), by = _mm_loadu_si32(power);
    __m128i first = _mm_xor_si128(_mm_and_si128(four, first_two), first_evened);
    __m128i last = _mm_xor_si128(_mm_and_si128(four, last_two), last_evened);
    prefixes[i + 1] = prefix ^ reduced(_mm_clmulepi64_si128(first, by, 0x00));
    prefixes[i + 2] = prefix ^ reduced(_mm_clmulepi64_si128(first, by, 0x01));
    prefixes[i + 3] = prefix ^ reduced(_mm_clmulepi64_si128(last, by, 0x00));
    prefixes[i + 4] = prefix ^= reduced(_mm_clmulepi64_si128(last, by, 0x01));
  }
}
#endif

void wl_crc32c_prefixes(const void *bytes, size_t from, size_t to, uint32_t *prefixes) {
  pthread_once(&powers_made, make_powers);
  size_t i = from;
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && has_multiply_instruction()) {
    for (; i < to && i % group != 0; i++) prefixes[i + 1] = prefixes[i] ^ contribution(bytes, i);
    size_t stop = i + (to - i) / group * group;
    prefixes_by_instruction(bytes, i, stop, prefixes);
    i = stop;
  }
#endif
  for (; i < to; i++) prefixes[i + 1] = prefixes[i] ^ contribution(bytes, i);
}

uint32_t wl_crc32c_between(const uint32_t *prefixes, size_t from, size_t to) {
  pthread_once(&powers_made, make_powers);
  uint32_t between = prefixes[from] ^ starts[from] ^ prefixes[to];
  // Moved from the window's end, and from its start on to where it stands.
  uint32_t state = moved_to_end(multiply(between, back_to_start), window - to);
  return ~(state ^ state_behind);
}

// MARK: Enclosed checksums

static inline size_t length_of(uint32_t note) { return note & wl_noted_lengths; }

#if defined(__x86_64__)
// The prefixes behind what four notes tell of, of which the first is at `start`.
//
// Each goes into the vector by itself: words that were just stored one by one cannot be loaded together
// before they are out of the processor's store buffer.
__attribute__((target("sse4.2"))) static inline __m128i four_behind(
    const uint32_t *start, const uint32_t *notes) {
  uint64_t first, last;
  memcpy(&first, notes, sizeof first);
  memcpy(&last, notes + 2, sizeof last);
  __m128i behind = _mm_cvtsi32_si128((int)start[length_of((uint32_t)first)]);
  behind = _mm_insert_epi32(behind, (int)start[1 + length_of(first >> 32)], 1);
  behind = _mm_insert_epi32(behind, (int)start[2 + length_of((uint32_t)last)], 2);
  return _mm_insert_epi32(behind, (int)start[3 + length_of(last >> 32)], 3);
}

// Eight at a time, without a branch: of foreign bytes nobody can guess what they claim. Answers how many
// were looked at.
__attribute__((target("avx2"))) static size_t keep_by_eight(
    const uint32_t *prefixes, const uint32_t *start, size_t count, uint32_t *notes) {
  const __m256i lengths = _mm256_set1_epi32(wl_noted_lengths), zero = _mm256_setzero_si256();
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    __m256i behind = _mm256_set_m128i(
        four_behind(prefixes + i + 4, notes + i + 4), four_behind(prefixes + i, notes + i));
#define WORDS(words) _mm256_loadu_si256((const __m256i *)(const void *)(words))
    __m256i note = WORDS(notes + i);
    __m256i wanted = _mm256_xor_si256(WORDS(prefixes + i), WORDS(start + i));
    __m256i is_kept = _mm256_or_si256(
        _mm256_cmpeq_epi32(wanted, behind),
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
