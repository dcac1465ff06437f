// Eight offsets at a time, without a branch that depends on the bytes: whether a varint goes on is
// anybody's guess in foreign bytes, and a wrong guess of the processor's costs as much as all of this.

#include "nori_wal_records.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

int wl_can_find_nori_wal_records_by_eight(void) { return __builtin_cpu_supports("avx2"); }

// MARK: Sizes

// Lengths are read here that have up to four bytes, and times are passed. What is said of other varints
// instead of their size stays apart from it when three of them are added.
enum { longest_sum = 18, size_of_none = 20, size_of_unread = 64 };

// Varints hold less than this in four bytes.
static const uint64_t short_limit = 1 << 28;

// So many offsets at once that their sizes are in the nearest cache when they are looked at.
enum { sized_at_once = 1 << 10, vector = 32 };

// Bytes behind an offset that may be looked at for it and those beside it.
enum { room = 3 * vector };

// Bytes of the varint that starts at each of some offsets.
struct sizes {
  uint8_t of_length[sized_at_once + vector];
  uint8_t of_time[sized_at_once + vector];
};

// -1 in each byte whose highest bit is set.
AVX2 static inline __m256i goes_on(__m256i bytes) {
  return _mm256_cmpgt_epi8(_mm256_setzero_si256(), bytes);
}

AVX2 static inline __m256i constant(int value) { return _mm256_set1_epi8((char)value); }

// Lengths of more than four bytes mean little: a whole record has none but where zeros fill them up, and
// one that is not whole only where `reaches_far` tells that the file goes on so far.
AVX2 static void find_sizes(
    const uint8_t *bytes, size_t count, bool reaches_far, struct sizes *sizes) {
  const __m256i always = constant(reaches_far ? -1 : 0);
  for (size_t i = 0; i < count; i += vector) {
#define BYTES(behind) _mm256_loadu_si256((const __m256i *)(const void *)(bytes + i + (behind)))
    __m256i all = BYTES(0), fourth = BYTES(3);
    __m256i size = _mm256_sub_epi8(constant(1), goes_on(all));
    all = _mm256_and_si256(all, BYTES(1));
    size = _mm256_sub_epi8(size, goes_on(all));
    all = _mm256_and_si256(all, BYTES(2));
    size = _mm256_sub_epi8(size, goes_on(all));
    all = _mm256_and_si256(all, fourth);
    __m256i is_long = goes_on(all);
    __m256i time_size = _mm256_sub_epi8(size, is_long);
    __m256i least = constant(-1);
    for (int behind = 4; behind < 9; behind++) {
      __m256i next = BYTES(behind);
      all = _mm256_and_si256(all, next);
      least = _mm256_min_epu8(least, next);
      time_size = _mm256_sub_epi8(time_size, goes_on(all));
    }
    // Ten bytes that all go on are no varint, and of a tenth one not all bits count.
    __m256i is_longest = goes_on(all);
    __m256i is_none = goes_on(_mm256_and_si256(all, BYTES(9)));
#undef BYTES
    __m256i is_filled = _mm256_and_si256(
        _mm256_cmpeq_epi8(fourth, constant(0x80)),
        _mm256_or_si256(is_longest, _mm256_cmpeq_epi8(least, _mm256_setzero_si256())));
    __m256i is_open = _mm256_andnot_si256(is_none, _mm256_or_si256(always, is_filled));
    const __m256i none = constant(size_of_none), unread = constant(size_of_unread);
    size = _mm256_blendv_epi8(size, _mm256_blendv_epi8(none, unread, is_open), is_long);
    time_size = _mm256_blendv_epi8(time_size, none, is_none);
    _mm256_storeu_si256((__m256i *)(void *)(sizes->of_length + i), size);
    _mm256_storeu_si256((__m256i *)(void *)(sizes->of_time + i), time_size);
  }
}

// MARK: Headers

// What is the same for all offsets that are sized at once. Each word of a vector is for one offset.
struct searched_by_eight {
  const struct wl_searched *searched;
  const struct sizes *sizes;
  // The offset of the first size.
  size_t base;
  // Bytes of the file behind those that are there, as far as a short header's lengths reach.
  __m256i behind;
};

// The sixteen bytes from `bytes` on, twice.
AVX2 static inline __m256i sixteen(const uint8_t *bytes) {
  return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)bytes));
}

// The number in four bytes of seven bits.
AVX2 static inline __m256i joined_sevens(__m256i sevens) {
  __m256i pairs = _mm256_maddubs_epi16(_mm256_set1_epi16((short)0x8001), sevens);
  return _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x40000001));
}

// The number whose bytes start at the places, of which it has as many as `size` says.
AVX2 static inline __m256i number_at(__m256i source, __m256i places, __m256i size) {
  __m256i is_its = _mm256_cmpgt_epi8(size, _mm256_set1_epi32(0x03020100));
  return joined_sevens(_mm256_and_si256(_mm256_shuffle_epi8(source, places), is_its));
}

// Whether numbers of so many bytes have the shortest form, as the owner writes them.
AVX2 static inline __m256i is_shortest(__m256i number, __m256i size) {
  const __m256i one = _mm256_set1_epi32(1);
  __m256i before = _mm256_sub_epi32(_mm256_and_si256(size, _mm256_set1_epi32(0xff)), one);
  __m256i shift = _mm256_sub_epi32(_mm256_slli_epi32(before, 3), before);
  __m256i rest = _mm256_srlv_epi32(number, shift);
  return _mm256_or_si256(
      _mm256_cmpgt_epi32(rest, _mm256_setzero_si256()),
      _mm256_cmpeq_epi32(before, _mm256_setzero_si256()));
}

// Notes eight offsets of which `available` tells for each how many bytes are there; answers which of
// them have to be read one by one.
AVX2 static inline unsigned note_eight(
    const struct searched_by_eight *all, size_t place, __m256i available, uint32_t *lengths) {
  // The number of a word in each of its bytes.
  const __m256i words = _mm256_set_epi32(
      0x07070707, 0x06060606, 0x05050505, 0x04040404, 0x03030303, 0x02020202, 0x01010101, 0);
  const __m256i steps = _mm256_set1_epi32(0x03020100), zero = _mm256_setzero_si256();
  __m256i source = sixteen((const uint8_t *)all->searched->bytes + place);
  __m256i sevens = _mm256_and_si256(source, constant(0x7f));
  __m256i sizes = sixteen(all->sizes->of_length + (place - all->base));
  // Of the byte behind: a time starts behind the flags.
  __m256i time_sizes = sixteen(all->sizes->of_time + (place - all->base) + 1);

  __m256i key_size = _mm256_shuffle_epi8(sizes, words);
  __m256i key = number_at(sevens, _mm256_add_epi8(words, steps), key_size);
  __m256i value_place = _mm256_add_epi8(words, key_size);
  __m256i value_size = _mm256_shuffle_epi8(sizes, value_place);
  __m256i value = number_at(sevens, _mm256_add_epi8(value_place, steps), value_size);
  __m256i flags_place = _mm256_add_epi8(value_place, value_size);
  __m256i flags = _mm256_shuffle_epi8(source, flags_place);
  __m256i has_time =
      _mm256_cmpeq_epi8(_mm256_and_si256(flags, constant(2)), constant(2));
  __m256i time_size =
      _mm256_and_si256(has_time, _mm256_shuffle_epi8(time_sizes, flags_place));
  __m256i size = _mm256_adds_epi8(_mm256_adds_epi8(key_size, value_size), time_size);
  // The flags have a byte, and the checksum four.
  __m256i length = _mm256_add_epi32(
      _mm256_add_epi32(_mm256_and_si256(size, _mm256_set1_epi32(0xff)), _mm256_set1_epi32(5)),
      _mm256_add_epi32(key, value));

  const __m256i both = _mm256_set1_epi32(wl_compression_flags);
  __m256i compression = _mm256_and_si256(flags, both);
  __m256i is_none = _mm256_or_si256(
      _mm256_cmpeq_epi32(compression, both), _mm256_cmpgt_epi8(size, constant(longest_sum)));
  __m256i missing = _mm256_sub_epi32(length, available);
  __m256i is_cut = _mm256_cmpgt_epi32(missing, zero);
  __m256i closer = _mm256_and_si256(
      _mm256_cmpgt_epi32(compression, zero), _mm256_set1_epi32(wl_unknown_record));
  __m256i notes =
      _mm256_andnot_si256(_mm256_or_si256(is_none, is_cut), _mm256_or_si256(length, closer));

  __m256i is_foreign = _mm256_or_si256(
      _mm256_cmpgt_epi32(missing, all->behind),
      _mm256_cmpgt_epi32(_mm256_and_si256(flags, _mm256_set1_epi32(0xf0)), zero));
  __m256i is_large = _mm256_andnot_si256(_mm256_or_si256(is_none, is_foreign), is_cut);
  __m256i is_left = _mm256_cmpgt_epi8(size, constant(size_of_unread - 1));
  if (!_mm256_testz_si256(is_large, is_large)) {
    is_large = _mm256_and_si256(
        is_large, _mm256_and_si256(is_shortest(key, key_size), is_shortest(value, value_size)));
    notes = _mm256_or_si256(
        notes, _mm256_and_si256(is_large, _mm256_set1_epi32((int)wl_large_record)));
    // Whether its time has the shortest form too.
    is_left = _mm256_or_si256(is_left, _mm256_and_si256(is_large, has_time));
  }
  _mm256_storeu_si256((__m256i *)(void *)lengths, notes);
  return (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(is_left));
}

static inline int at_most(uint64_t number, uint64_t limit) {
  return (int)(number < limit ? number : limit);
}

AVX2 size_t wl_find_nori_wal_records_by_eight(
    const struct wl_searched *searched, uint32_t *lengths) {
  const __m256i words = _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0);
  struct sizes sizes;
  struct searched_by_eight all = {searched, &sizes, searched->from, words};
  all.behind =
      _mm256_set1_epi32(at_most(searched->remaining - searched->count, 4 * short_limit - 1));
  size_t safe = searched->count < room ? 0 : searched->count - room + 1;
  size_t stop = searched->stop < safe ? searched->stop : safe;
  size_t i = searched->from;
  while (i + 8 <= stop) {
    all.base = i;
    size_t last = stop - i < sized_at_once ? stop : i + sized_at_once;
    // Those of the offsets behind the last one are a part of its header.
    find_sizes(
        (const uint8_t *)searched->bytes + i, last - i + vector / 2,
        searched->remaining - i >= short_limit, &sizes);
    for (; i + 8 <= last; i += 8) {
      __m256i available = _mm256_sub_epi32(
          _mm256_set1_epi32(at_most(searched->count - i, 4 * short_limit)), words);
      uint32_t *notes = lengths + (i - searched->from);
      unsigned left = note_eight(&all, i, available, notes);
      for (; __builtin_expect(left != 0, 0); left &= left - 1) {
        unsigned word = (unsigned)__builtin_ctz(left);
        notes[word] = wl_nori_wal_record(searched, i + word);
      }
    }
  }
  return i;
}
#endif
