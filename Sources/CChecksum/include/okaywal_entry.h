#ifndef WALSCOPE_OKAYWAL_ENTRY_H
#define WALSCOPE_OKAYWAL_ENTRY_H

/// An okaywal entry: a marker and an id, chunks, and the marker of the end. A chunk: a marker and the
/// length of its payload, the payload, and its checksum. Lengths are in bytes.
enum {
  wl_okaywal_entry_marker = 1,
  wl_okaywal_chunk_marker = 2,
  wl_okaywal_end_marker = 3,
  wl_okaywal_entry_head = 9,
  wl_okaywal_chunk_head = 5,
  wl_okaywal_checksum = 4
};

#endif
