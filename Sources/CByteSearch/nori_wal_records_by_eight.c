// Eight offsets at a time, with hardly a branch that depends on the bytes: whether a varint goes on is
// anybody's guess in foreign bytes, and a wrong guess of the processor's costs as much as all of this.

#include "nori_wal_records.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

int wl_can_find_nori_wal_records_by_eight(void) { return __builtin_cpu_supports("avx2"); }

// MARK: Sizes

// What is known of an offset, in one byte: how many bytes what starts there takes, and whether it is
// nothing, has to be read by itself, or holds a compressed value. Lengths are read here that have up to four
// bytes, and times are passed: the sizes of all parts of a header fit `size_bits`.
enum { size_bits = 0x1f, is_nothing = 0x20, is_unread = 0x40, is_compressed = 0x80 };

// Varints hold less than this in four bytes.
static const uint64_t short_limit = 1 << 28;

// So many offsets at once that their sizes are in the nearest cache when they are looked at.
enum { sized_at_once = 1 << 10, vector = 32 };

// Bytes behind an offset that may be looked at for it and those beside it.
enum { room = 3 * vector };

// The sizes of what could start at each of some offsets. A header's parts lead up to 16 bytes further.
struct sizes {
  uint8_t of_length[sized_at_once + 2 * vector];
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

// -1 in each byte whose highest bit is set.
AVX2 static inline __m256i goes_on(__m256i bytes) {
  return _mm256_cmpgt_epi8(_mm256_setzero_si256(), bytes);
}

// Lengths of more than four bytes mean little: a whole record has none but where zeros fill them up, and
// one that is not whole only where `reaches_far` tells that the file goes on so far.
AVX2 static void find_varints(
    const uint8_t *bytes, size_t count, bool reaches_far, struct sizes *sizes) {
  const __m256i always = constant(reaches_far ? -1 : 0);
  const __m256i nothing = constant(is_nothing), unread = constant(is_unread);
  for (size_t i = 0; i < count; i += vector) {
    __m256i all = loaded(bytes + i), fourth = loaded(bytes + i + 3);
    __m256i size = _mm256_sub_epi8(constant(1), goes_on(all));
    all = _mm256_and_si256(all, loaded(bytes + i + 1));
    size = _mm256_sub_epi8(size, goes_on(all));
    all = _mm256_and_si256(all, loaded(bytes + i + 2));
    size = _mm256_sub_epi8(size, goes_on(all));
    all = _mm256_and_si256(all, fourth);
    __m256i is_long = goes_on(all), time_size = size;
    if (!_mm256_testz_si256(is_long, is_long)) {
      time_size = _mm256_sub_epi8(size, is_long);
      __m256i least = constant(-1);
      for (int behind = 4; behind < 9; behind++) {
        __m256i next = loaded(bytes + i + behind);
        all = _mm256_and_si256(all, next);
        least = _mm256_min_epu8(least, next);
        time_size = _mm256_sub_epi8(time_size, goes_on(all));
      }
      // Ten bytes that all go on are no varint, and of a tenth one not all bits count.
      __m256i is_longest = goes_on(all);
      __m256i is_none = goes_on(_mm256_and_si256(all, loaded(bytes + i + 9)));
      __m256i is_filled = _mm256_and_si256(
          _mm256_cmpeq_epi8(fourth, constant(0x80)),
          _mm256_or_si256(is_longest, _mm256_cmpeq_epi8(least, _mm256_setzero_si256())));
      __m256i is_open = _mm256_andnot_si256(is_none, _mm256_or_si256(always, is_filled));
      size = _mm256_blendv_epi8(size, _mm256_blendv_epi8(nothing, unread, is_open), is_long);
      time_size = _mm256_blendv_epi8(time_size, nothing, is_none);
    }
    store(sizes->of_length + i, size);
    store(sizes->of_time + i, time_size);
  }
}

AVX2 static void find_tails(const uint8_t *bytes, size_t count, struct sizes *sizes) {
  const __m256i both = constant(wl_compression_flags), zero = _mm256_setzero_si256();
  for (size_t i = 0; i < count; i += vector) {
    __m256i flags = loaded(bytes + i), compression = _mm256_and_si256(flags, both);
    __m256i is_none = _mm256_cmpeq_epi8(compression, both);
    __m256i time = _mm256_andnot_si256(
        _mm256_cmpeq_epi8(_mm256_and_si256(flags, constant(2)), zero),
        loaded(sizes->of_time + i + 1));
    __m256i kind = _mm256_blendv_epi8(
        _mm256_andnot_si256(
            _mm256_cmpeq_epi8(compression, zero), constant(is_compressed)),
        constant(is_nothing), is_none);
    // The flags have a byte, and the checksum four.
    store(sizes->of_tail + i, _mm256_add_epi8(constant(5), _mm256_or_si256(time, kind)));
  }
}

// What a length and what is behind it take together.
AVX2 static void add_sizes(
    const uint8_t *of_length, const uint8_t *of_next, size_t count, uint8_t *sums) {
  for (size_t i = 0; i < count; i += vector) {
    __m256i size = loaded(of_length + i), next = _mm256_setzero_si256();
    for (int bytes = 1; bytes <= 4; bytes++)
      next = _mm256_or_si256(
          next, _mm256_and_si256(
                    _mm256_cmpeq_epi8(size, constant(bytes)), loaded(of_next + i + bytes)));
    store(sums + i, _mm256_add_epi8(size, next));
  }
}

// Not a part of its caller, or what is constant here is loaded there again and again.
__attribute__((noinline)) AVX2 static void find_sizes(
    const uint8_t *bytes, size_t count, bool reaches_far, struct sizes *sizes) {
  find_varints(bytes, count + 16, reaches_far, sizes);
  find_tails(bytes, count + 8, sizes);
  add_sizes(sizes->of_length, sizes->of_tail, count + 4, sizes->of_rest);
  add_sizes(sizes->of_length, sizes->of_rest, count, sizes->of_all);
}

// MARK: Headers

// The sixteen bytes from `bytes` on, twice.
AVX2 static inline __m256i sixteen(const uint8_t *bytes) {
  return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)bytes));
}

// The number whose bytes of seven bits start at the places, of which it has as many as `size` says.
AVX2 static inline __m256i number_at(__m256i sevens, __m256i places, __m256i size) {
  const __m256i steps = _mm256_set1_epi32(0x03020100);
  __m256i is_its = _mm256_cmpgt_epi8(size, steps);
  __m256i bytes = _mm256_shuffle_epi8(sevens, _mm256_add_epi8(places, steps));
  __m256i pairs =
      _mm256_maddubs_epi16(_mm256_set1_epi16((short)0x8001), _mm256_and_si256(bytes, is_its));
  return _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x40000001));
}

// Whether the varint of `size` bytes before `place` has the shortest form, as the owner writes it.
AVX2 static inline __m256i is_shortest(__m256i source, __m256i place, __m256i size) {
  __m256i last = _mm256_shuffle_epi8(source, _mm256_add_epi8(place, constant(-1)));
  return _mm256_or_si256(
      _mm256_cmpgt_epi8(constant(2), size),
      _mm256_xor_si256(_mm256_cmpeq_epi8(last, _mm256_setzero_si256()), constant(-1)));
}

// Notes eight offsets, each of which is a word of a vector. `available` tells for each how many bytes are
// there, and `behind` how many the file has more. Answers which of them have to be read one by one.
AVX2 static inline unsigned note_eight(
    const uint8_t *bytes, const struct sizes *known, size_t index, __m256i available,
    __m256i behind, uint32_t *lengths) {
  // The number of a word in each of its bytes.
  const __m256i words = _mm256_set_epi32(
      0x07070707, 0x06060606, 0x05050505, 0x04040404, 0x03030303, 0x02020202, 0x01010101, 0);
  const __m256i zero = _mm256_setzero_si256();
  __m256i source = sixteen(bytes);
  __m256i sevens = _mm256_and_si256(source, constant(0x7f));
  __m256i sizes = sixteen(known->of_length + index);
  __m256i key_size = _mm256_shuffle_epi8(sizes, words);
  __m256i key = number_at(sevens, words, key_size);
  __m256i value_place = _mm256_add_epi8(words, key_size);
  __m256i value_size = _mm256_shuffle_epi8(sizes, value_place);
  __m256i value = number_at(sevens, value_place, value_size);

  __m256i around = _mm256_cvtepu8_epi32(
      _mm_loadl_epi64((const __m128i *)(const void *)(known->of_all + index)));
  __m256i length = _mm256_add_epi32(
      _mm256_and_si256(around, _mm256_set1_epi32(size_bits)), _mm256_add_epi32(key, value));
  __m256i is_none = _mm256_cmpgt_epi32(
      _mm256_and_si256(around, _mm256_set1_epi32(is_nothing | is_unread)), zero);
  __m256i is_cut = _mm256_cmpgt_epi32(length, available);
  __m256i closer =
      _mm256_slli_epi32(_mm256_and_si256(around, _mm256_set1_epi32(is_compressed)), 23);
  __m256i notes =
      _mm256_andnot_si256(_mm256_or_si256(is_none, is_cut), _mm256_or_si256(length, closer));
  // The highest bit tells.
  __m256i is_left = _mm256_slli_epi32(around, 25);
  __m256i is_large = _mm256_andnot_si256(is_none, is_cut);
  if (!_mm256_testz_si256(is_large, is_large)) {
    __m256i flags_place = _mm256_add_epi8(value_place, value_size);
    __m256i flags = _mm256_shuffle_epi8(source, flags_place);
    __m256i is_foreign = _mm256_or_si256(
        _mm256_cmpgt_epi32(_mm256_sub_epi32(length, available), behind),
        _mm256_cmpgt_epi32(_mm256_and_si256(flags, _mm256_set1_epi32(0xf0)), zero));
    is_large = _mm256_andnot_si256(is_foreign, is_large);
    is_large = _mm256_and_si256(is_large, is_shortest(source, value_place, key_size));
    is_large = _mm256_and_si256(is_large, is_shortest(source, flags_place, value_size));
    notes = _mm256_or_si256(
        notes, _mm256_and_si256(is_large, _mm256_set1_epi32((int)wl_large_record)));
    // Whether its time has the shortest form too.
    is_left = _mm256_or_si256(is_left, _mm256_and_si256(is_large, _mm256_slli_epi32(flags, 30)));
  }
  _mm256_storeu_si256((__m256i *)(void *)lengths, notes);
  return (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(is_left));
}

// So many bits at once tell which of the offsets that are sized have to be read one by one.
enum { word = 64 };

// Notes the first `count` offsets from `bytes` on, of which `available` are there.
__attribute__((noinline)) AVX2 static void note_sized(
    const uint8_t *bytes, const struct sizes *sizes, size_t count, size_t available,
    uint64_t behind, uint32_t *lengths, uint64_t *left) {
  const __m256i words = _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0), eight = _mm256_set1_epi32(8);
  const __m256i more =
      _mm256_set1_epi32((int)(behind < 4 * short_limit ? behind : 4 * short_limit - 1));
  __m256i there = _mm256_sub_epi32(_mm256_set1_epi32((int)available), words);
  for (size_t i = 0; i < count; i += 8) {
    uint64_t bits = note_eight(bytes + i, sizes, i, there, more, lengths + i);
    left[i / word] = (i % word == 0 ? 0 : left[i / word]) | bits << (i % word);
    there = _mm256_sub_epi32(there, eight);
  }
}

AVX2 size_t wl_find_nori_wal_records_by_eight(
    const struct wl_searched *searched, uint32_t *lengths) {
  struct sizes sizes;
  uint64_t left[sized_at_once / word], behind = searched->remaining - searched->count;
  size_t safe = searched->count < room ? 0 : searched->count - room + 1;
  size_t stop = searched->stop < safe ? searched->stop : safe;
  size_t i = searched->from;
  while (i + 8 <= stop) {
    const uint8_t *bytes = (const uint8_t *)searched->bytes + i;
    size_t count = stop - i < sized_at_once ? (stop - i) / 8 * 8 : sized_at_once;
    uint32_t *notes = lengths + (i - searched->from);
    find_sizes(bytes, count, searched->remaining - i >= short_limit, &sizes);
    note_sized(bytes, &sizes, count, searched->count - i, behind, notes, left);
    for (size_t place = 0; place < count; place += word)
      for (uint64_t bits = left[place / word]; bits != 0; bits &= bits - 1) {
        size_t one = place + (size_t)__builtin_ctzll(bits);
        notes[one] = wl_nori_wal_record(searched, i + one);
      }
    i += count;
  }
  return i;
}
#endif
