#ifndef WALSCOPE_CBYTESEARCH_PORTABLE_H
#define WALSCOPE_CBYTESEARCH_PORTABLE_H

#include "CByteSearch.h"

// The functions of CByteSearch as they are compiled for a processor without special instructions.
void portable_find_nori_wal_records(const struct wl_searched *searched, uint32_t *lengths);
void portable_find_counted_records(
    const struct wl_searched *searched, uint32_t key_limit, uint32_t value_limit,
    const void *marker, size_t marker_length, uint32_t *lengths);
void portable_find_okaywal_entries(
    const struct wl_searched *searched, uint64_t least_id, uint32_t *lengths);
size_t portable_next_followed(
    const struct wl_searched *searched, const uint32_t *lengths, size_t place, bool looks_at_large,
    bool follows_large);
size_t portable_next_noted(const uint32_t *lengths, size_t from, size_t stop);

#endif
