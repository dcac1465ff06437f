#ifndef WALSCOPE_NORI_WAL_HEADERS_BY_EIGHT_H
#define WALSCOPE_NORI_WAL_HEADERS_BY_EIGHT_H

// What is known of the parts of headers before the notes of eight offsets are written at a time.

#include "nori_wal_records.h"

#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

// What is known of an offset, in one byte: how many bytes what starts there takes, or that it is nothing,
// and whether the owner does not write it so, it has to be read by itself, or it holds a compressed value.
// Lengths are read here that have up to four bytes, and times are passed.
enum { size_bits = 0x1f, is_foreign = 0x20, is_unread = 0x40, is_compressed = 0x80 };

// A length of more than four bytes, of which zeros fill up all but three, is unread and has this bit.
enum { is_filled = 0x80 };

// The most bytes of a varint, and the least and the most of flags, a time and the checksum.
enum { most_in_varint = 10, least_tail = 5, most_tail = 15 };

// The most bytes of all parts of a header and the checksum, and a size of a part that makes it more. What
// is behind two lengths has less of it, or all could be too many for the bits.
enum { most_around = 23, nothing = 24, no_tail = 22 };

// So many offsets at once that their sizes are in the nearest cache when they are looked at.
enum { sized_at_once = 1 << 10, vector = 32 };

// What could start at each of some offsets. A header's parts lead up to 20 bytes further.
struct sizes {
  // How many bytes a length takes, and what else is known of it.
  uint8_t of_length[sized_at_once + 2 * vector];
  uint8_t kind_of_length[sized_at_once + 2 * vector];
  uint8_t of_time[sized_at_once + 2 * vector];
  // Flags, the time they tell of, and the checksum behind key and value.
  uint8_t of_tail[sized_at_once + 2 * vector];
  // The length of a value, and a tail.
  uint8_t of_rest[sized_at_once + 2 * vector];
  // The length of a key, and such a rest: what a record has beside key and value.
  uint8_t of_all[sized_at_once + 2 * vector];
};

AVX2 static inline __m256i constant(int value) { return _mm256_set1_epi8((char)value); }

AVX2 static inline __m256i loaded(const uint8_t *bytes) {
  return _mm256_loadu_si256((const __m256i *)(const void *)bytes);
}

AVX2 static inline void store(uint8_t *bytes, __m256i values) {
  _mm256_storeu_si256((__m256i *)(void *)bytes, values);
}

// -1 in each byte that is zero.
AVX2 static inline __m256i is_zero(__m256i bytes) {
  return _mm256_cmpeq_epi8(bytes, _mm256_setzero_si256());
}

// The sixteen bytes from `bytes` on, twice.
AVX2 static inline __m256i sixteen(const uint8_t *bytes) {
  return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)bytes));
}

// The places of the first four bytes from each place on.
AVX2 static inline __m256i four_from(__m256i places) {
  return _mm256_add_epi8(places, _mm256_set1_epi32(0x03020100));
}

// The number of four bytes of seven bits, of which it has as many as `size` says.
AVX2 static inline __m256i number_of(__m256i sevens, __m256i size) {
  __m256i is_its = _mm256_cmpgt_epi8(size, _mm256_set1_epi32(0x03020100));
  __m256i pairs =
      _mm256_maddubs_epi16(_mm256_set1_epi16((short)0x8001), _mm256_and_si256(sevens, is_its));
  return _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x40000001));
}

// The number of its word in each byte of a vector.
AVX2 static inline __m256i words(void) {
  return _mm256_set_epi32(
      0x07070707, 0x06060606, 0x05050505, 0x04040404, 0x03030303, 0x02020202, 0x01010101, 0);
}

// The words of a vector for the first eight of `bytes`.
AVX2 static inline __m256i as_words(const uint8_t *bytes) {
  return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)bytes));
}

// Writes the notes of eight offsets, of each of which it is known how many bytes it claims and what kind
// the claim is of. `available` tells how many bytes are there, and `behind` how many the file has more.
AVX2 static inline void store_notes(
    __m256i length, __m256i is_none, __m256i kind, __m256i available, __m256i behind,
    uint32_t *notes) {
  __m256i missing = _mm256_sub_epi32(length, available);
  __m256i is_cut = _mm256_cmpgt_epi32(missing, _mm256_setzero_si256());
  __m256i closer =
      _mm256_slli_epi32(_mm256_and_si256(kind, _mm256_set1_epi32(is_compressed)), 23);
  __m256i whole = _mm256_andnot_si256(is_cut, _mm256_or_si256(length, closer));
  // What is not whole here is large where the highest bit stays.
  __m256i is_others =
      _mm256_or_si256(_mm256_cmpgt_epi32(missing, behind), _mm256_slli_epi32(kind, 26));
  __m256i large = _mm256_andnot_si256(
      is_others, _mm256_and_si256(is_cut, _mm256_set1_epi32((int)wl_large_record)));
  _mm256_storeu_si256(
      (__m256i *)(void *)notes, _mm256_andnot_si256(is_none, _mm256_or_si256(whole, large)));
}

// Varints hold less than this in four bytes.
static const uint64_t short_limit = 1 << 28;

// How many bytes are there from each of eight offsets on, where they are from the first one.
AVX2 static inline __m256i from_each(size_t available) {
  const __m256i words = _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0);
  return _mm256_sub_epi32(_mm256_set1_epi32((int)available), words);
}

AVX2 static inline __m256i limited(uint64_t bytes) {
  return _mm256_set1_epi32((int)(bytes < 4 * short_limit ? bytes : 4 * short_limit - 1));
}

// Notes the first `count` offsets from `bytes` on, of which `available` are there, where many lengths have
// more than four bytes: to read them one by one would take many times as long. Tells of 32 offsets at a
// time which have to be read so all the same.
void wl_note_longer_lengths(
    const uint8_t *bytes, struct sizes *sizes, size_t count, size_t available, uint64_t behind,
    uint32_t *notes, uint32_t *unread);

#endif
