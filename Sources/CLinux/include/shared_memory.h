#ifndef WALSCOPE_CLINUX_SHARED_MEMORY_H
#define WALSCOPE_CLINUX_SHARED_MEMORY_H

#include <stddef.h>
#include <stdint.h>

// Files as memory that processes share. Functions return a value that is not negative, or
// `-errno`, except where stated.

/// Maps `length` bytes of a file from `offset`, a multiple of the page size, shared, for reading
/// and writing. They may reach beyond the end of the file.
int wl_map_shared(int fd, uint64_t offset, size_t length, void **address);
int wl_unmap(void *address, size_t length);

/// Sees to it that SIGBUS inside of `wl_copy_shared` and of `wl_shared_...` ends that call and not
/// the process. Any other SIGBUS goes on to who handled it before. May be called again, and by several threads.
int wl_copy_guard(void);

/// Copies into a shared mapping, after `wl_copy_guard`. `-EFAULT` when the file has no such bytes
/// (any more), or no room for them was left on the disk: an unknown part was copied then.
int wl_copy_shared(void *to, const void *from, size_t count);

/// For a handler of SIGBUS that took the place of ours: does not come back when the fault at
/// `address` is one of the functions below, or of `wl_copy_shared`, in this thread.
void wl_copy_rescue(const void *address);

/// Sets up the guard again where another handler gave its place back to one that is not ours.
void wl_copy_guard_again(void);

// Numbers that processes share, lock-free on every machine that has 64-bit atomics. `at` is aligned
// as a number of that size. Each answers `-EFAULT` as `wl_copy_shared` does.

int wl_shared_load_64(const void *at, uint64_t *value);
int wl_shared_store_64(void *at, uint64_t value);
/// 1 when `expected` stood there, and `value` stands there now; else 0.
int wl_shared_exchange_64(void *at, uint64_t expected, uint64_t value);
int wl_shared_load_8(const void *at, uint8_t *value);
int wl_shared_store_8(void *at, uint8_t value);
int wl_shared_exchange_8(void *at, uint8_t expected, uint8_t value);
/// Adds `count` to the number at `at` unless it would pass the one at `limit`, which lies in the
/// same page. 1 when it was added, else 0; `*before` is what stood there.
int wl_shared_add_below(void *at, const void *limit, uint64_t count, uint64_t *before);

#endif
