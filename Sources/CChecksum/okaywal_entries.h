#ifndef WALSCOPE_OKAYWAL_ENTRIES_H
#define WALSCOPE_OKAYWAL_ENTRIES_H

#include "CChecksum.h"

// `checksum`, of at least four bytes, is a constant where this is used, and becomes a part of it.
__attribute__((always_inline)) static inline struct wl_passed_entries pass_okaywal_entries(
    const unsigned char *bytes, size_t length, uint64_t least_id, size_t most,
    uint32_t (*checksum)(const unsigned char *, size_t)) {
  enum {
    entry_head = wl_okaywal_entry_head,
    chunk_head = wl_okaywal_chunk_head,
    chunk_frame = chunk_head + wl_okaywal_checksum
  };
  const unsigned char *entry = bytes, *end = bytes + length;
  struct wl_passed_entries passed = {0, 0, 0};
  while (passed.count < most && end - entry > entry_head + chunk_frame &&
         entry[0] == wl_okaywal_entry_marker) {
    uint64_t id;
    __builtin_memcpy(&id, entry + 1, sizeof id);
    if (id < least_id || id == UINT64_MAX) break;
    const unsigned char *chunk = entry + entry_head;
    while (chunk[0] == wl_okaywal_chunk_marker && end - chunk > chunk_frame) {
      uint32_t payload, stored;
      __builtin_memcpy(&payload, chunk + 1, sizeof payload);
      if (payload < 4 || payload >= (size_t)(end - chunk) - chunk_frame) break;
      __builtin_memcpy(&stored, chunk + chunk_head + payload, sizeof stored);
      if (checksum(chunk + chunk_head, payload) != stored) break;
      chunk += chunk_frame + payload;
    }
    if (chunk[0] != wl_okaywal_end_marker || chunk == entry + entry_head) break;
    entry = chunk + 1;
    passed.count++;
    passed.last_id = id;
    least_id = id + 1;
  }
  passed.length = (size_t)(entry - bytes);
  return passed;
}

#endif
