#include "nori_wal_records.h"

#include "CChecksum.h"

#include <string.h>

_Static_assert(
    wl_unknown_record == wl_noted_lengths + 1u, "the checksums know a length from what else is noted");

struct varint {
  uint64_t value;
  // Bytes; 0 where there are more than a varint has.
  size_t size;
};

// Ten bytes at most, of which the last one keeps what fits 64 bits; longer forms than needed count.
static inline struct varint varint(const uint8_t *bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < 10; i++) {
    value |= (uint64_t)(bytes[i] & 0x7f) << (7 * i);
    if (bytes[i] < 0x80) return (struct varint){value, i + 1};
  }
  return (struct varint){0, 0};
}

// Whether it has the shortest form, as the owner writes it.
static inline int is_shortest(struct varint varint) {
  return varint.size == 1 || varint.value >> (7 * (varint.size - 1)) != 0;
}

struct wl_nori_wal_claim wl_nori_wal_claim(const uint8_t *bytes, uint64_t remaining) {
  const struct wl_nori_wal_claim none = {0, 0, false};
  struct varint key = varint(bytes);
  if (key.size == 0) return none;
  struct varint value = varint(bytes + key.size);
  if (value.size == 0) return none;
  size_t header = key.size + value.size;
  uint8_t flags = bytes[header++];
  if ((flags & wl_compression_flags) == wl_compression_flags) return none;
  struct varint time = {0, 1};
  if (flags & wl_time_flag) {
    time = varint(bytes + header);
    if (time.size == 0) return none;
    header += time.size;
  }
  // Compared one by one, or their sum could overflow.
  uint64_t around = header + 4;
  if (around > remaining || key.value > remaining - around ||
      value.value > remaining - around - key.value)
    return none;
  bool is_owners =
      (flags & 0xf0) == 0 && is_shortest(key) && is_shortest(value) && is_shortest(time);
  return (struct wl_nori_wal_claim){around + key.value + value.value, flags, is_owners};
}

uint32_t wl_nori_wal_record(const struct wl_searched *searched, size_t place) {
  static const uint8_t zeros[4];
  const uint8_t *bytes = (const uint8_t *)searched->bytes + place;
  if (memcmp(bytes, zeros, sizeof zeros) == 0) return wl_no_record;
  struct wl_nori_wal_claim claim = wl_nori_wal_claim(bytes, searched->remaining - place);
  if (claim.length == 0) return wl_no_record;
  if (claim.length <= searched->count - place)
    return (uint32_t)claim.length | (claim.flags & wl_compression_flags ? wl_unknown_record : 0);
  return claim.is_owners ? wl_large_record : wl_no_record;
}

void wl_find_nori_wal_records(const struct wl_searched *searched, uint32_t *lengths) {
  size_t count = searched->count, from = searched->from, stop = searched->stop, i = from;
#if defined(__x86_64__)
  if (wl_can_find_nori_wal_records_by_eight())
    i = wl_find_nori_wal_records_by_eight(searched, lengths);
#endif
  size_t safe = count < wl_header_room ? 0 : count - wl_header_room + 1;
  for (; i < stop && i < safe; i++) lengths[i - from] = wl_nori_wal_record(searched, i);
  for (; i < stop; i++) lengths[i - from] = wl_unknown_record;
}
