// Headers whose lengths have more than four bytes, eight offsets at a time.

#if defined(__x86_64__)
#include "nori_wal_headers_by_eight.h"

// What is known besides the sizes of offsets where lengths may have more than four bytes.
struct longer_sizes {
  uint8_t kind_of_rest[sized_at_once + 2 * vector];
  uint8_t kind_of_all[sized_at_once + 2 * vector];
};

// No record is there.
enum { is_no_record = 1 };

// The bytes at indices below 32, of which `first` has sixteen and `second` those behind them, in each half
// of the vectors; zero at any other index below 128.
AVX2 static inline __m256i bytes_at(__m256i first, __m256i second, __m256i index) {
  // An index whose highest bit is set finds zero, and all others count by their lowest four bits.
  const __m256i above = constant(0x70);
  __m256i in_second = _mm256_sub_epi8(index, constant(16));
  return _mm256_or_si256(
      _mm256_shuffle_epi8(first, _mm256_add_epi8(index, above)),
      _mm256_shuffle_epi8(second, _mm256_adds_epu8(in_second, above)));
}

// What is behind the length at each of 32 offsets.
AVX2 static inline __m256i behind_longer_length(
    const struct sizes *sizes, const uint8_t *of_next, size_t i) {
  const __m256i places = _mm256_broadcastsi128_si256(
      _mm_set_epi8(15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0));
  __m256i size = loaded(sizes->of_length + i);
  __m256i next = bytes_at(
      loaded(of_next + i), loaded(of_next + i + 16), _mm256_add_epi8(size, places));
  return _mm256_and_si256(next, _mm256_cmpgt_epi8(constant(nothing), size));
}

// Longer lengths are as long as times of the same bytes. Those that are filled up are not the owner's, and
// of the others only records that may be the owner's have to be read.
AVX2 static void find_longer_sizes(
    size_t count, struct sizes *sizes, struct longer_sizes *more, uint32_t *unread) {
  const __m256i bits = constant(size_bits), no_record = constant(is_no_record);
  const __m256i far_and_foreign = constant(is_unread | is_foreign);
  for (size_t i = 0; i < count + 24; i += vector) {
    __m256i kind = loaded(sizes->kind_of_length + i), time = loaded(sizes->of_time + i);
    __m256i size = loaded(sizes->of_length + i), is_longer = _mm256_add_epi8(kind, kind);
    store(
        sizes->of_length + i,
        _mm256_blendv_epi8(size, _mm256_and_si256(time, bits), is_longer));
    store(sizes->kind_of_length + i, _mm256_blendv_epi8(kind, constant(is_foreign), kind));
  }
  for (size_t i = 0; i < count + most_in_varint; i += vector) {
    __m256i tail = behind_longer_length(sizes, sizes->of_tail, i);
    __m256i size = _mm256_and_si256(tail, bits);
    __m256i above = _mm256_sub_epi8(size, constant(least_tail));
    __m256i too_many = constant(most_tail - least_tail + 1);
    __m256i is_none = _mm256_cmpeq_epi8(_mm256_max_epu8(above, too_many), above);
    __m256i kind = _mm256_or_si256(
        loaded(sizes->kind_of_length + i), _mm256_andnot_si256(bits, tail));
    store(sizes->of_rest + i, _mm256_add_epi8(loaded(sizes->of_length + i), size));
    store(more->kind_of_rest + i, _mm256_or_si256(kind, _mm256_and_si256(is_none, no_record)));
  }
  for (size_t i = 0; i < count; i += vector) {
    __m256i rest = behind_longer_length(sizes, sizes->of_rest, i);
    __m256i kind = _mm256_or_si256(
        loaded(sizes->kind_of_length + i), behind_longer_length(sizes, more->kind_of_rest, i));
    __m256i is_none = _mm256_or_si256(
        is_zero(rest),
        _mm256_cmpeq_epi8(_mm256_and_si256(kind, far_and_foreign), far_and_foreign));
    __m256i is_unsure = _mm256_andnot_si256(is_none, _mm256_add_epi8(kind, kind));
    kind = _mm256_or_si256(kind, _mm256_and_si256(is_none, no_record));
    store(sizes->of_all + i, _mm256_add_epi8(loaded(sizes->of_length + i), rest));
    store(more->kind_of_all + i, kind);
    unread[i / vector] = (uint32_t)_mm256_movemask_epi8(is_unsure);
  }
}

// Notes eight offsets, as `note_eight` does, where lengths may have more than four bytes: what is behind
// these adds nothing to the numbers of records that are noted here.
AVX2 static inline void note_eight_longer(
    const uint8_t *bytes, const struct sizes *known, const uint8_t *kinds, size_t index,
    __m256i available, __m256i behind, uint32_t *notes) {
  const uint8_t *of_length = known->of_length + index;
  __m256i first = _mm256_and_si256(sixteen(bytes), constant(0x7f));
  __m256i second = _mm256_and_si256(sixteen(bytes + 16), constant(0x7f));
  __m256i sizes = sixteen(of_length);
  __m256i key_size = _mm256_shuffle_epi8(sizes, words());
  __m256i key = number_of(_mm256_shuffle_epi8(first, four_from(words())), key_size);
  __m256i value_place = _mm256_add_epi8(words(), key_size);
  __m256i value_size = bytes_at(sizes, sixteen(of_length + 16), value_place);
  __m256i value = number_of(bytes_at(first, second, four_from(value_place)), value_size);
  __m256i around = as_words(known->of_all + index), kind = as_words(kinds + index);
  __m256i length = _mm256_add_epi32(around, _mm256_add_epi32(key, value));
  // The kinds have a bit for it.
  __m256i is_none = _mm256_cmpgt_epi32(
      _mm256_and_si256(kind, _mm256_set1_epi32(is_no_record)), _mm256_setzero_si256());
  store_notes(length, is_none, kind, available, behind, notes);
}

AVX2 void wl_note_longer_lengths(
    const uint8_t *bytes, struct sizes *sizes, size_t count, size_t available, uint64_t behind,
    uint32_t *notes, uint32_t *unread) {
  struct longer_sizes more;
  find_longer_sizes(count, sizes, &more, unread);
  const __m256i eight = _mm256_set1_epi32(8), reach = limited(behind);
  __m256i there = from_each(available);
  for (size_t i = 0; i < count; i += 8) {
    note_eight_longer(bytes + i, sizes, more.kind_of_all, i, there, reach, notes + i);
    there = _mm256_sub_epi32(there, eight);
  }
}
#endif
