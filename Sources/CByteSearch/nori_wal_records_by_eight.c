// Eight offsets at a time, with hardly a branch that depends on the bytes: whether a varint goes on is
// anybody's guess in foreign bytes, and a wrong guess of the processor's costs as much as all of this.

#include "nori_wal_records.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX2 __attribute__((target("avx2")))

int wl_can_find_nori_wal_records_by_eight(void) { return __builtin_cpu_supports("avx2"); }

// MARK: Sizes

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

// Varints hold less than this in four bytes.
static const uint64_t short_limit = 1 << 28;

// So many offsets at once that their sizes are in the nearest cache when they are looked at.
enum { sized_at_once = 1 << 10, vector = 32 };

// Bytes behind an offset that may be looked at for it and those beside it.
enum { room = 3 * vector };

// Of so many offsets at once it is as soon done to read them one by one.
enum { most_longer = sized_at_once / 16 };

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

// -1 in each byte whose highest bit is set.
AVX2 static inline __m256i goes_on(__m256i bytes) {
  return _mm256_cmpgt_epi8(_mm256_setzero_si256(), bytes);
}

// -1 in each byte that is zero.
AVX2 static inline __m256i is_zero(__m256i bytes) {
  return _mm256_cmpeq_epi8(bytes, _mm256_setzero_si256());
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

// How many bytes are there from each of eight offsets on, where they are from the first one.
AVX2 static inline __m256i from_each(size_t available) {
  const __m256i words = _mm256_set_epi32(7, 6, 5, 4, 3, 2, 1, 0);
  return _mm256_sub_epi32(_mm256_set1_epi32((int)available), words);
}

AVX2 static inline __m256i limited(uint64_t bytes) {
  return _mm256_set1_epi32((int)(bytes < 4 * short_limit ? bytes : 4 * short_limit - 1));
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

// MARK: Longer lengths

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

// Does the same as `find_sizes` and `note_sized` where many lengths are longer: to read them one by one
// would take many times as long.
__attribute__((noinline)) AVX2 static void note_longer(
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
      note_longer(bytes, &sizes, count, available, behind, notes, unread);
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
