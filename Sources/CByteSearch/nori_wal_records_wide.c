// Sixteen offsets at a time, without a branch that depends on the bytes: whether a varint goes on is
// anybody's guess in foreign bytes, and a wrong guess of the processor's costs as much as all of this.

#include "nori_wal_records.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define WIDE                                                                              \
  __attribute__((target(                                                                  \
      "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vbmi2,avx512vpopcntdq")))

int wl_can_find_nori_wal_records_widely(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2") &&
         __builtin_cpu_supports("avx512vpopcntdq");
}

// Varints of four bytes hold less than this; what takes more is looked at one by one.
enum { wide_limit = 1 << 28 };

// The highest bits of the bytes of each word that have none.
WIDE static inline __m512i last_bytes(__m512i word) {
  return _mm512_andnot_si512(word, _mm512_set1_epi8((char)0x80));
}

// The bits of a word up to and with the highest bit of its first byte without one.
WIDE static inline __m512i varint_bits(__m512i word) {
  __m512i last = last_bytes(word);
  return _mm512_xor_si512(last, _mm512_add_epi32(last, _mm512_set1_epi32(-1)));
}

// One for each word: bit n tells whether the byte n behind its offset ends a varint.
WIDE static inline __m512i ends_of_varints(__m512i source, __m512i steps) {
  uint64_t ends = ~(uint64_t)_mm512_movepi8_mask(source);
  return _mm512_shrdv_epi32(
      _mm512_set1_epi32((int)ends), _mm512_set1_epi32((int)(ends >> 32)), steps);
}

// Bytes of the varint that ends with the first of the bits.
WIDE static inline __m512i size_of(__m512i ends) {
  return _mm512_popcnt_epi32(
      _mm512_xor_si512(ends, _mm512_add_epi32(ends, _mm512_set1_epi32(-1))));
}

// Seven bits of each byte, next to each other.
WIDE static inline __m512i value_of(__m512i word, __m512i bits) {
  __m512i sevens = _mm512_and_si512(
      _mm512_and_si512(word, bits), _mm512_set1_epi8(0x7f));
  __m512i pairs = _mm512_maddubs_epi16(_mm512_set1_epi16((short)0x8001), sevens);
  return _mm512_madd_epi16(pairs, _mm512_set1_epi32(0x40000001));
}

// The lowest byte of each word in all of its bytes.
WIDE static inline __m512i in_all_bytes(__m512i word) {
  return _mm512_shuffle_epi8(
      word, _mm512_set4_epi32(0x0c0c0c0c, 0x08080808, 0x04040404, 0));
}

// Whether varints have the shortest form, as the owner writes them.
WIDE static inline __mmask16 is_shortest(__m512i value, __m512i size) {
  const __m512i one = _mm512_set1_epi32(1);
  __m512i sevens = _mm512_sub_epi32(size, one);
  __m512i least = _mm512_sllv_epi32(
      one, _mm512_sub_epi32(_mm512_slli_epi32(sevens, 3), sevens));
  return _mm512_cmpge_epi32_mask(value, least) | _mm512_cmpeq_epi32_mask(size, one);
}

// One load after the other: the instruction that gathers takes several times as long.
WIDE static inline __m512i words_at(const uint32_t *words, __m512i indices) {
  uint32_t at[16];
  _mm512_storeu_si512(at, indices);
#define WORD(number) (int)words[at[number]]
  return _mm512_set_epi32(
      WORD(15), WORD(14), WORD(13), WORD(12), WORD(11), WORD(10), WORD(9), WORD(8), WORD(7),
      WORD(6), WORD(5), WORD(4), WORD(3), WORD(2), WORD(1), WORD(0));
#undef WORD
}

static inline int at_most(uint64_t number, int limit) {
  return number < (uint64_t)limit ? (int)number : limit;
}

WIDE size_t wl_find_nori_wal_records_widely(
    const struct wl_searched *searched, const struct wl_marks *marks, size_t stop,
    uint32_t *lengths) {
  const uint8_t *bytes = searched->bytes;
  const __m512i one = _mm512_set1_epi32(1);
  const __m512i steps = _mm512_set_epi32(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0);
  // The four bytes from each of sixteen offsets on.
  const __m512i places = _mm512_add_epi8(in_all_bytes(steps), _mm512_set1_epi32(0x03020100));
  const size_t from = searched->from;
  size_t i = from;
  for (; i + 16 <= stop; i += 16) {
    __m512i source = _mm512_loadu_si512(bytes + i);
    __m512i key_word = _mm512_permutexvar_epi8(places, source);
    __m512i key_ends = ends_of_varints(source, steps);
    __m512i key_size = size_of(key_ends);
    __m512i value_ends = _mm512_srlv_epi32(key_ends, key_size);
    __m512i value_size = size_of(value_ends);
    __m512i header = _mm512_add_epi32(_mm512_add_epi32(key_size, value_size), one);
    __m512i time_size = size_of(_mm512_srlv_epi32(key_ends, header));
    __m512i value_places = _mm512_add_epi8(places, in_all_bytes(key_size));
    __m512i value_word = _mm512_permutexvar_epi8(value_places, source);
    __m512i flags = _mm512_permutexvar_epi8(
        _mm512_add_epi8(value_places, in_all_bytes(value_size)), source);
    __mmask16 has_time = _mm512_test_epi32_mask(flags, _mm512_set1_epi32(2));
    __m512i key = value_of(key_word, varint_bits(key_word));
    __m512i value = value_of(value_word, varint_bits(value_word));
    header = _mm512_mask_add_epi32(header, has_time, header, time_size);
    __m512i length = _mm512_add_epi32(
        _mm512_add_epi32(header, _mm512_set1_epi32(4)), _mm512_add_epi32(key, value));

    const __m512i compression = _mm512_set1_epi32(wl_compression_flags);
    __mmask16 is_header =
        _mm512_cmpneq_epi32_mask(_mm512_and_si512(flags, compression), compression) &
        _mm512_test_epi32_mask(key_word, key_word) &
        (__mmask16)~_mm512_mask_cmpgt_epi32_mask(has_time, time_size, _mm512_set1_epi32(10));
    uint64_t left = searched->remaining - i;
    __m512i available = _mm512_sub_epi32(
        _mm512_set1_epi32(at_most(searched->count - i, 4 * wide_limit)), steps);
    __m512i remaining = _mm512_sub_epi32(
        _mm512_set1_epi32(at_most(left, 4 * wide_limit)), steps);
    // Varints with more bytes than a word has; behind a long key nothing is known of the value.
    const __m512i word_size = _mm512_set1_epi32(4);
    __mmask16 is_long_key = _mm512_cmpgt_epi32_mask(key_size, word_size);
    __mmask16 is_long = is_long_key | _mm512_cmpgt_epi32_mask(value_size, word_size);
    __mmask16 is_short_header = is_header & (__mmask16)~is_long;
    __mmask16 is_whole =
        _mm512_mask_cmple_epi32_mask(is_short_header, length, available);
    // What looks whole is one where it has its checksum.
    __m512i behind = _mm512_mask_add_epi32(steps, is_whole, steps, length);
    is_whole = _mm512_mask_cmpeq_epi32_mask(
        is_whole, _mm512_loadu_si512(marks->starts + (i - from)), words_at(marks->ends + i, behind));
    __m512i notes = _mm512_maskz_mov_epi32(is_whole, length);
    __mmask16 is_compressed = _mm512_mask_test_epi32_mask(is_whole, flags, compression);
    notes = _mm512_mask_mov_epi32(
        notes, is_compressed, _mm512_set1_epi32((int)wl_unknown_record));
    __mmask16 is_large =
        _mm512_mask_cmpgt_epi32_mask(is_short_header, length, available) &
        _mm512_cmple_epi32_mask(length, remaining) &
        _mm512_testn_epi32_mask(flags, _mm512_set1_epi32(0xf0));
    if (is_large) {
      is_large &= is_shortest(key, key_size) & is_shortest(value, value_size);
      notes = _mm512_mask_mov_epi32(notes, is_large, _mm512_set1_epi32((int)wl_large_record));
    }
    _mm512_storeu_si512(lengths + (i - from), notes);

    // A long varint means little only where its fourth byte says nothing.
    __m512i long_word = _mm512_mask_mov_epi32(value_word, is_long_key, key_word);
    __mmask16 rest =
        _mm512_mask_testn_epi32_mask(is_long, long_word, _mm512_set1_epi32(0x7f000000));
    if (__builtin_expect(left >= wide_limit, 0)) rest |= is_long;
    // Whether its time has the shortest form too.
    rest |= is_large & has_time;
    if (__builtin_expect(rest != 0, 0)) {
      // More than ten bytes are no varint.
      unsigned places_left =
          rest & (__mmask16)~_mm512_cmpgt_epi32_mask(key_size, _mm512_set1_epi32(10));
      for (; places_left != 0; places_left &= places_left - 1) {
        size_t place = i + (size_t)__builtin_ctz(places_left);
        lengths[place - from] = wl_marked_nori_wal_record(searched, place, marks);
      }
    }
  }
  // Dirty upper halves of the vector registers make every later SSE instruction slow.
  _mm256_zeroupper();
  return i;
}
#endif
