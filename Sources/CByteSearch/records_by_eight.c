// Records that start with two lengths, at eight offsets at a time: where almost each offset begins one,
// to look at them one by one takes many times as long.

#include "records.h"

#if defined(__x86_64__)
#include <immintrin.h>
#include <string.h>

#define AVX2 __attribute__((target("avx2")))

// Lengths below this are told apart by signed numbers, also when they are added.
static const uint32_t short_limit = 1u << 28;

// Within these limits the highest byte of both lengths is zero, which few bytes are.
int wl_can_find_counted_records_by_eight(const struct counted_kind *kind) {
  return __builtin_cpu_supports("avx2") && kind->key_limit >> 16 == 0 &&
         kind->value_limit >> 24 == 0;
}

AVX2 static inline __m256i is_at_most(__m256i number, uint32_t limit) {
  __m256i most = _mm256_set1_epi32((int)limit);
  return _mm256_cmpeq_epi32(_mm256_max_epu32(number, most), most);
}

// So many bytes from each of eight offsets on, where `bytes` are there from the first one on.
AVX2 static inline __m256i from_each(size_t bytes) {
  int most = (int)(bytes < 4 * (size_t)short_limit ? bytes : 4 * (size_t)short_limit - 1);
  return _mm256_sub_epi32(_mm256_set1_epi32(most), _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0));
}

// Notes eight offsets, behind the first of which sixteen bytes are.
AVX2 static inline void note_eight(
    const struct wl_searched *searched, const struct counted_kind *kind, size_t place,
    uint32_t *lengths) {
  const __m256i zero = _mm256_setzero_si256();
  // The four bytes from each of the offsets on, as a number whose highest byte comes first.
  const __m256i key_places = _mm256_set_epi32(
      0x0708090a, 0x06070809, 0x05060708, 0x04050607, 0x03040506, 0x02030405, 0x01020304,
      0x00010203);
  const __m256i value_places = _mm256_add_epi8(key_places, _mm256_set1_epi8(4));
  const uint8_t *bytes = (const uint8_t *)searched->bytes + place;
  __m256i source =
      _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)bytes));
  __m256i key = _mm256_shuffle_epi8(source, key_places);
  __m256i value = _mm256_shuffle_epi8(source, value_places);
  __m256i length =
      _mm256_add_epi32(_mm256_add_epi32(key, value), _mm256_set1_epi32(counted_head));
  __m256i is_within =
      _mm256_and_si256(is_at_most(key, kind->key_limit), is_at_most(value, kind->value_limit));
  __m256i is_none = _mm256_or_si256(
      _mm256_cmpeq_epi32(_mm256_or_si256(key, value), zero),
      _mm256_cmpgt_epi32(length, from_each(searched->remaining - place)));
  __m256i is_cut = _mm256_cmpgt_epi32(length, from_each(searched->count - place));
  __m256i notes =
      _mm256_blendv_epi8(length, _mm256_set1_epi32((int)wl_large_record), is_cut);
  notes = _mm256_and_si256(_mm256_andnot_si256(is_none, is_within), notes);
  _mm256_storeu_si256((__m256i *)(void *)lengths, notes);
  __m256i is_marker = _mm256_cmpeq_epi32(notes, _mm256_set1_epi32((int)kind->marker_length));
  unsigned closer = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(is_marker));
  for (; __builtin_expect(closer != 0, 0); closer &= closer - 1) {
    unsigned word = (unsigned)__builtin_ctz(closer);
    lengths[word] = wl_counted_record(searched, place + word, kind);
  }
}

AVX2 size_t wl_find_counted_records_by_eight(
    const struct wl_searched *searched, const struct counted_kind *kind, size_t safe,
    uint32_t *lengths) {
  // Bytes behind an offset that may be looked at for it and those beside it.
  enum { step = 16, room = 24 };
  const uint8_t *bytes = searched->bytes;
  const __m128i zero = _mm_setzero_si128();
  size_t i = searched->from;
  for (; i + step <= safe && i + room <= searched->count; i += step) {
    __m128i key_first = _mm_loadu_si128((const __m128i *)(const void *)(bytes + i));
    __m128i key_second = _mm_loadu_si128((const __m128i *)(const void *)(bytes + i + 1));
    __m128i value_first = _mm_loadu_si128((const __m128i *)(const void *)(bytes + i + 4));
    __m128i all = _mm_or_si128(_mm_or_si128(key_first, key_second), value_first);
    uint32_t *notes = lengths + (i - searched->from);
    if (_mm_movemask_epi8(_mm_cmpeq_epi8(all, zero)) == 0) {
      memset(notes, 0, step * sizeof *notes);
      continue;
    }
    note_eight(searched, kind, i, notes);
    note_eight(searched, kind, i + 8, notes + 8);
  }
  return i;
}
#endif
