#ifndef WALSCOPE_RECORDS_H
#define WALSCOPE_RECORDS_H

#include "CByteSearch.h"

// Records that start with two lengths: their limits, and one that has to be looked at closer.
struct counted_kind {
  uint32_t key_limit;
  uint32_t value_limit;
  const void *marker;
  size_t marker_length;
};

enum { counted_head = 8 };

// What stands at an offset with at least eight bytes.
uint32_t wl_counted_record(
    const struct wl_searched *searched, size_t place, const struct counted_kind *kind);

#if defined(__x86_64__)
int wl_can_find_counted_records_by_eight(const struct counted_kind *kind);

// Notes the offsets from the first one on, below `safe`; answers where it stopped.
size_t wl_find_counted_records_by_eight(
    const struct wl_searched *searched, const struct counted_kind *kind, size_t safe,
    uint32_t *lengths);
#endif

#endif
