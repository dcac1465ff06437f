#ifndef WALSCOPE_CBYTESEARCH_H
#define WALSCOPE_CBYTESEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Offset of the first newline or zero byte among `length` bytes; `length` where there is none.
///
/// One pass for both: two searches for one byte each would read a whole window for a byte that is
/// rare, line after line.
size_t wl_find_newline_or_zero(const void *bytes, size_t length);

/// Bytes to look for.
struct wl_pattern {
  const uint8_t *bytes;
  size_t length;
  /// For each byte the length of the longest proper prefix of the pattern that ends with it.
  const uint32_t *borders;
  /// Two places of the pattern at which a text is compared first; rare bytes are best.
  size_t probes[2];
  /// Whether ASCII letters of either case fit; the pattern then has no capital letters.
  bool ignores_case;
};

/// Offset of the first place among `length` bytes where the pattern stands; `length` where there is
/// none. The time is linear in `length` whatever pattern and bytes are.
size_t wl_find_bytes(const struct wl_pattern *pattern, const void *bytes, size_t length);

#endif
