#ifndef WALSCOPE_CBYTESEARCH_H
#define WALSCOPE_CBYTESEARCH_H

#include <stddef.h>

/// Offset of the first newline or zero byte among `length` bytes; `length` where there is none.
///
/// One pass for both: two searches for one byte each would read a whole window for a byte that is
/// rare, line after line.
size_t wl_find_newline_or_zero(const void *bytes, size_t length);

#endif
