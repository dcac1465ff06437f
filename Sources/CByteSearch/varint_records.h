#ifndef WALSCOPE_VARINT_RECORDS_H
#define WALSCOPE_VARINT_RECORDS_H

#include "CByteSearch.h"

// More bytes than three varints and the flags take: a header with as many behind its start can be
// read without looking where it ends.
enum { wl_header_room = 32 };

// What stands at `bytes`, which are `available` and in the file `remaining` bytes long.
uint32_t wl_varint_record(const uint8_t *bytes, size_t available, uint64_t remaining);

#if defined(__x86_64__)
int wl_can_find_varint_records_widely(void);

// Notes the offsets from `from` on, eight at a time, below `stop`; answers where it stopped. Each
// of them has 64 bytes behind it.
size_t wl_find_varint_records_widely(
    const struct wl_searched *searched, size_t from, size_t stop, uint32_t *lengths);
#endif

#endif
