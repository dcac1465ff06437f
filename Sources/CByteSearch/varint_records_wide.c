// Eight offsets at a time, without a branch that depends on the bytes: whether a varint goes on is
// anybody's guess in foreign bytes, and a wrong guess of the processor's costs as much as all of this.

#include "varint_records.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define WIDE                                                                              \
  __attribute__((target(                                                                  \
      "avx512f,avx512bw,avx512dq,avx512vl,avx512vbmi,avx512vpopcntdq")))

int wl_can_find_varint_records_widely(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
         __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vpopcntdq");
}

// The bits of a word up to and with the highest bit of its first byte without one.
WIDE static inline __m512i varint_bits(__m512i word) {
  __m512i last = _mm512_andnot_si512(word, _mm512_set1_epi8((char)0x80));
  return _mm512_xor_si512(last, _mm512_add_epi64(last, _mm512_set1_epi64(-1)));
}

WIDE static inline __m512i size_of(__m512i bits) {
  return _mm512_srli_epi64(_mm512_popcnt_epi64(bits), 3);
}

// Seven bits of each byte, next to each other.
WIDE static inline __m512i value_of(__m512i word, __m512i bits) {
  __m512i sevens = _mm512_and_si512(
      _mm512_and_si512(word, bits), _mm512_set1_epi8(0x7f));
  __m512i pairs = _mm512_maddubs_epi16(_mm512_set1_epi16((short)0x8001), sevens);
  __m512i fours = _mm512_madd_epi16(pairs, _mm512_set1_epi32(0x40000001));
  const __m512i low = _mm512_set1_epi64(0x0fffffff);
  return _mm512_or_si512(
      _mm512_and_si512(fours, low), _mm512_andnot_si512(low, _mm512_srli_epi64(fours, 4)));
}

// The lowest byte of each word in all of its bytes.
WIDE static inline __m512i in_all_bytes(__m512i word) {
  return _mm512_shuffle_epi8(
      word, _mm512_set4_epi32(0x08080808, 0x08080808, 0, 0));
}

WIDE size_t wl_find_varint_records_widely(
    const struct wl_searched *searched, size_t from, size_t stop, uint32_t *lengths) {
  const uint8_t *bytes = searched->bytes;
  // The eight bytes from each of eight offsets on.
  const __m512i places = _mm512_set_epi64(
      0x0e0d0c0b0a090807, 0x0d0c0b0a09080706, 0x0c0b0a0908070605, 0x0b0a090807060504,
      0x0a09080706050403, 0x0908070605040302, 0x0807060504030201, 0x0706050403020100);
  const __m512i steps = _mm512_set_epi64(7, 6, 5, 4, 3, 2, 1, 0);
  const __m512i high_bits = _mm512_set1_epi8((char)0x80);
  size_t i = from;
  for (; i + 8 <= stop; i += 8) {
    __m512i source = _mm512_loadu_si512(bytes + i);
    __m512i key_word = _mm512_permutexvar_epi8(places, source);
    __m512i key_bits = varint_bits(key_word);
    __m512i key_size = size_of(key_bits);
    __m512i value_places = _mm512_add_epi8(places, in_all_bytes(key_size));
    __m512i value_word = _mm512_permutexvar_epi8(value_places, source);
    __m512i value_bits = varint_bits(value_word);
    __m512i value_size = size_of(value_bits);
    __m512i flags_word = _mm512_permutexvar_epi8(
        _mm512_add_epi8(value_places, in_all_bytes(value_size)), source);
    __m512i time_word = _mm512_srli_epi64(flags_word, 8);
    __mmask8 has_time = _mm512_test_epi64_mask(flags_word, _mm512_set1_epi64(2));
    // Seven bytes of it are there, the eighth is zero.
    __m512i time_size = size_of(varint_bits(time_word));
    __m512i length = _mm512_add_epi64(
        _mm512_add_epi64(key_size, value_size), _mm512_set1_epi64(5));
    length = _mm512_mask_add_epi64(length, has_time, length, time_size);
    length = _mm512_add_epi64(
        length, _mm512_add_epi64(value_of(key_word, key_bits), value_of(value_word, value_bits)));

    __m512i flags = _mm512_and_si512(flags_word, _mm512_set1_epi64(0x0c));
    __mmask8 is_header = _mm512_cmpneq_epi64_mask(flags, _mm512_set1_epi64(0x0c)) &
                         _mm512_test_epi64_mask(key_word, _mm512_set1_epi64(0xffffffff));
    __m512i available = _mm512_sub_epi64(
        _mm512_set1_epi64((long long)(searched->count - i)), steps);
    __m512i remaining = _mm512_sub_epi64(
        _mm512_set1_epi64((long long)(searched->remaining - i)), steps);
    __mmask8 is_whole = is_header & _mm512_cmple_epi64_mask(length, available);
    // Varints with more bytes than a word has.
    __mmask8 is_long = _mm512_testn_epi64_mask(_mm512_andnot_si512(key_word, high_bits), high_bits) |
                       _mm512_testn_epi64_mask(_mm512_andnot_si512(value_word, high_bits), high_bits) |
                       (has_time & _mm512_cmpeq_epi64_mask(time_size, _mm512_set1_epi64(8)));
    __mmask8 is_owners =
        _mm512_testn_epi64_mask(flags_word, _mm512_set1_epi64(0xf0)) & is_header &
        _mm512_cmple_epi64_mask(length, remaining) & (__mmask8)~is_whole;
    uint32_t *notes = lengths + (i - from);
    _mm256_storeu_si256(
        (__m256i *)(void *)notes, _mm512_maskz_cvtepi64_epi32(is_whole, length));
    unsigned rest = (unsigned)(is_long | is_owners);
    if (__builtin_expect(rest != 0, 0)) {
      // Eleven bytes with the highest bit set are no varint.
      __m512i behind = _mm512_permutexvar_epi8(
          _mm512_add_epi8(places, _mm512_set1_epi8(3)), source);
      __mmask8 is_endless =
          _mm512_testn_epi64_mask(_mm512_andnot_si512(key_word, high_bits), high_bits) &
          _mm512_testn_epi64_mask(_mm512_andnot_si512(behind, high_bits), high_bits);
      _mm256_mask_storeu_epi32(notes, is_endless, _mm256_setzero_si256());
      for (rest &= ~(unsigned)is_endless; rest != 0; rest &= rest - 1) {
        size_t place = i + (size_t)__builtin_ctz(rest);
        lengths[place - from] = wl_varint_record(
            bytes + place, searched->count - place, searched->remaining - place);
      }
    }
  }
  // Dirty upper halves of the vector registers make every later SSE instruction slow.
  _mm256_zeroupper();
  return i;
}
#endif
