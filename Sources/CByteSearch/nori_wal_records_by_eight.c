// Eight offsets at a time, with hardly a branch that depends on the bytes: whether a varint goes on is
// anybody's guess in foreign bytes, and a wrong guess of the processor's costs as much as all of this.

#if defined(__x86_64__)
#include "nori_wal_headers_by_eight.h"

int wl_can_find_nori_wal_records_by_eight(void) { return __builtin_cpu_supports("avx2"); }

// Bytes behind an offset that may be looked at for it and those beside it.
enum { room = 3 * vector };

// Of so many offsets at once it is as soon done to read them one by one.
enum { most_longer = sized_at_once / vector };

// MARK: Sizes

// -1 in each byte whose highest bit is set.
AVX2 static inline __m256i goes_on(__m256i bytes) {
  return _mm256_cmpgt_epi8(_mm256_setzero_si256(), bytes);
}

// A varint that goes on and ends with nothing is longer than it needs to be.
AVX2 static inline __m256i is_padded_by(__m256i last, __m256i all_before) {
  return _mm256_and_si256(goes_on(all_before), is_zero(last));
}

// The bytes of the longest length that the file has room for, and the most that the last of them can be.
// There are less than 2^63 bytes in a file, so that nine are the most.
struct reach {
  int bytes;
  int last;
};

static struct reach reach_of(uint64_t remaining) {
  struct reach reach = {1, 0};
  for (; remaining >= 0x80; remaining >>= 7) reach.bytes++;
  reach.last = (int)remaining;
  return reach;
}

// -1 in each byte at which a varint starts that the file may have room for, of which the bytes are known.
AVX2 static inline __m256i is_within(struct reach reach, const uint8_t *bytes, __m256i size) {
  __m256i last = loaded(bytes + reach.bytes - 1), most = constant(reach.bytes);
  __m256i is_low = _mm256_cmpeq_epi8(_mm256_min_epu8(last, constant(reach.last)), last);
  return _mm256_or_si256(
      _mm256_cmpgt_epi8(most, size), _mm256_and_si256(_mm256_cmpeq_epi8(size, most), is_low));
}

// Lengths of more than four bytes mean little: a whole record has none but where zeros fill them up, and
// one that is not whole only where the file goes on so far. Answers how many may be of either.
AVX2 static unsigned find_varints(
    const uint8_t *bytes, size_t count, struct reach reach, struct sizes *sizes) {
  const __m256i unread = constant(is_unread), foreign = constant(is_foreign);
  unsigned longer = 0;
  for (size_t i = 0; i < count; i += vector) {
    __m256i all = loaded(bytes + i), size = constant(1), is_padded = _mm256_setzero_si256();
    __m256i last;
    for (int behind = 1; behind < 4; behind++) {
      last = loaded(bytes + i + behind);
      size = _mm256_sub_epi8(size, goes_on(all));
      is_padded = _mm256_or_si256(is_padded, is_padded_by(last, all));
      all = _mm256_and_si256(all, last);
    }
    __m256i is_long = goes_on(all), time = size;
    __m256i kind = _mm256_and_si256(is_padded, foreign);
    if (!_mm256_testz_si256(is_long, is_long)) {
      // The bits that count behind the first 21, in their bytes.
      __m256i more = _mm256_and_si256(last, constant(0x7f));
      time = _mm256_sub_epi8(size, is_long);
      for (int behind = 4; behind < 9; behind++) {
        last = loaded(bytes + i + behind);
        is_padded = _mm256_or_si256(is_padded, is_padded_by(last, all));
        more = _mm256_or_si256(
            more, _mm256_and_si256(goes_on(all), _mm256_and_si256(last, constant(0x7f))));
        all = _mm256_and_si256(all, last);
        time = _mm256_sub_epi8(time, goes_on(all));
      }
      // Of a tenth byte one bit counts, and ten bytes that all go on are no varint.
      last = loaded(bytes + i + 9);
      __m256i tenth = _mm256_and_si256(last, constant(1));
      is_padded = _mm256_or_si256(is_padded, is_padded_by(tenth, all));
      more = _mm256_or_si256(more, _mm256_and_si256(goes_on(all), tenth));
      __m256i is_none = goes_on(_mm256_and_si256(all, last));
      __m256i is_full = _mm256_andnot_si256(is_none, _mm256_and_si256(is_long, is_zero(more)));
      time = _mm256_blendv_epi8(time, constant(nothing), is_none);
      __m256i is_far = _mm256_and_si256(is_long, is_within(reach, bytes + i, time));
      is_far = _mm256_andnot_si256(is_padded, is_far);
      __m256i long_kind = _mm256_blendv_epi8(
          _mm256_and_si256(is_far, unread), constant(is_unread | is_filled), is_full);
      longer += (unsigned)__builtin_popcount(
          (unsigned)_mm256_movemask_epi8(_mm256_or_si256(is_far, is_full)));
      size = _mm256_blendv_epi8(size, constant(nothing), is_long);
      kind = _mm256_blendv_epi8(kind, long_kind, is_long);
    }
    store(sizes->of_length + i, size);
    store(sizes->kind_of_length + i, kind);
    store(sizes->of_time + i, _mm256_or_si256(time, _mm256_and_si256(is_padded, foreign)));
  }
  return longer;
}

AVX2 static void find_tails(const uint8_t *bytes, size_t count, struct sizes *sizes) {
  const __m256i both = constant(wl_compression_flags), foreign = constant(is_foreign);
  for (size_t i = 0; i < count; i += vector) {
    __m256i flags = loaded(bytes + i), compression = _mm256_and_si256(flags, both);
    __m256i time = _mm256_andnot_si256(
        is_zero(_mm256_and_si256(flags, constant(wl_time_flag))), loaded(sizes->of_time + i + 1));
    __m256i none =
        _mm256_and_si256(_mm256_cmpeq_epi8(compression, both), constant(nothing));
    // The flags have a byte, and the checksum four.
    __m256i size = _mm256_add_epi8(
        constant(least_tail), _mm256_or_si256(none, _mm256_and_si256(time, constant(size_bits))));
    __m256i is_owners = is_zero(_mm256_and_si256(flags, constant(0xf0)));
    __m256i kind = _mm256_or_si256(
        _mm256_andnot_si256(is_zero(compression), constant(is_compressed)),
        _mm256_and_si256(
            foreign, _mm256_or_si256(time, _mm256_andnot_si256(is_owners, foreign))));
    store(
        sizes->of_tail + i,
        _mm256_or_si256(kind, _mm256_min_epu8(size, constant(no_tail))));
  }
}

// What is behind the length of up to four bytes at each of 32 offsets.
AVX2 static inline __m256i behind_length(
    const struct sizes *sizes, const uint8_t *of_next, size_t i) {
  __m256i size = loaded(sizes->of_length + i), next = _mm256_setzero_si256();
  for (int bytes = 1; bytes <= 4; bytes++)
    next = _mm256_or_si256(
        next, _mm256_and_si256(
                  _mm256_cmpeq_epi8(size, constant(bytes)), loaded(of_next + i + bytes)));
  return next;
}

// What the length and what is behind it take together.
AVX2 static inline __m256i sum_of_sizes(
    const struct sizes *sizes, const uint8_t *of_next, size_t i) {
  __m256i size = loaded(sizes->of_length + i), next = behind_length(sizes, of_next, i);
  return _mm256_or_si256(_mm256_add_epi8(size, next), loaded(sizes->kind_of_length + i));
}

// Tells of 32 offsets at a time which have to be read one by one. Where these are many, by lengths of more
// than four bytes, it answers so, and nothing is told.
//
// Not a part of its caller, or what is constant here is loaded there again and again.
__attribute__((noinline)) AVX2 static bool find_sizes(
    const uint8_t *bytes, size_t count, struct reach reach, struct sizes *sizes,
    uint32_t *unread) {
  unsigned longer = find_varints(bytes, count + 24, reach, sizes);
  find_tails(bytes, count + 21, sizes);
  if (longer > most_longer) return true;
  for (size_t i = 0; i < count + 4; i += vector)
    store(sizes->of_rest + i, sum_of_sizes(sizes, sizes->of_tail, i));
  for (size_t i = 0; i < count; i += vector) {
    __m256i all = sum_of_sizes(sizes, sizes->of_rest, i);
    store(sizes->of_all + i, all);
    unread[i / vector] = (uint32_t)_mm256_movemask_epi8(_mm256_add_epi8(all, all));
  }
  return false;
}

// MARK: Headers

// Notes eight offsets, each of which is a word of a vector.
AVX2 static inline void note_eight(
    const uint8_t *bytes, const struct sizes *known, size_t index, __m256i available,
    __m256i behind, uint32_t *notes) {
  __m256i sevens = _mm256_and_si256(sixteen(bytes), constant(0x7f));
  __m256i sizes = sixteen(known->of_length + index);
  __m256i key_size = _mm256_shuffle_epi8(sizes, words());
  __m256i key = number_of(_mm256_shuffle_epi8(sevens, four_from(words())), key_size);
  __m256i value_place = _mm256_add_epi8(words(), key_size);
  __m256i value_size = _mm256_shuffle_epi8(sizes, value_place);
  __m256i value = number_of(_mm256_shuffle_epi8(sevens, four_from(value_place)), value_size);
  __m256i kind = as_words(known->of_all + index);
  __m256i around = _mm256_and_si256(kind, _mm256_set1_epi32(size_bits));
  __m256i length = _mm256_add_epi32(around, _mm256_add_epi32(key, value));
  __m256i is_none = _mm256_cmpgt_epi32(around, _mm256_set1_epi32(most_around));
  store_notes(length, is_none, kind, available, behind, notes);
}

// Notes the first `count` offsets from `bytes` on, of which `available` are there.
__attribute__((noinline)) AVX2 static void note_sized(
    const uint8_t *bytes, const struct sizes *sizes, size_t count, size_t available,
    uint64_t behind, uint32_t *notes) {
  const __m256i eight = _mm256_set1_epi32(8), more = limited(behind);
  __m256i there = from_each(available);
  for (size_t i = 0; i < count; i += 8) {
    note_eight(bytes + i, sizes, i, there, more, notes + i);
    there = _mm256_sub_epi32(there, eight);
  }
}

// MARK: Search

AVX2 size_t wl_find_nori_wal_records_by_eight(
    const struct wl_searched *searched, uint32_t *lengths) {
  struct sizes sizes;
  uint32_t unread[sized_at_once / vector];
  uint64_t behind = searched->remaining - searched->count;
  size_t safe = searched->count < room ? 0 : searched->count - room + 1;
  size_t stop = searched->stop < safe ? searched->stop : safe;
  size_t i = searched->from;
  while (i + 8 <= stop) {
    const uint8_t *bytes = (const uint8_t *)searched->bytes + i;
    size_t count = stop - i < sized_at_once ? (stop - i) / 8 * 8 : sized_at_once;
    size_t available = searched->count - i;
    uint32_t *notes = lengths + (i - searched->from);
    if (find_sizes(bytes, count, reach_of(searched->remaining - i), &sizes, unread))
      wl_note_longer_lengths(bytes, &sizes, count, available, behind, notes, unread);
    else
      note_sized(bytes, &sizes, count, available, behind, notes);
    for (size_t first = 0; first < count; first += vector)
      for (uint32_t left = unread[first / vector]; left != 0; left &= left - 1) {
        size_t place = first + (size_t)__builtin_ctz(left);
        if (place < count) notes[place] = wl_nori_wal_record(searched, i + place);
      }
    i += count;
  }
  return i;
}
#endif
