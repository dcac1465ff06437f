#ifndef WALSCOPE_NORI_WAL_RECORDS_H
#define WALSCOPE_NORI_WAL_RECORDS_H

#include "CByteSearch.h"

// More bytes than three varints and the flags take: a header with as many behind its start can be
// read without looking where it ends.
enum { wl_header_room = 32 };

// How the value is compressed: not at all where none is set, and it is no record where both are.
enum { wl_compression_flags = 0x0c };

// Whether a time follows the flags.
enum { wl_time_flag = 2 };

// What a header claims: the bytes of its record, its flags, and whether the owner would have written its
// numbers so.
struct wl_nori_wal_claim {
  uint64_t length;
  uint8_t flags;
  bool is_owners;
};

// The claim of the header at `bytes`, where its room is; without a length where it is none, or claims more
// than the bytes that are left of the file.
struct wl_nori_wal_claim wl_nori_wal_claim(const uint8_t *bytes, uint64_t remaining);

// What stands at an offset with a header's room behind it.
uint32_t wl_nori_wal_record(const struct wl_searched *searched, size_t place);

#if defined(__x86_64__)
int wl_can_find_nori_wal_records_by_eight(void);

// Notes the offsets from the first one on, eight at a time; answers where it stopped.
size_t wl_find_nori_wal_records_by_eight(const struct wl_searched *searched, uint32_t *lengths);
#endif

#endif
