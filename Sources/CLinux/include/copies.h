#ifndef WALSCOPE_CLINUX_COPIES_H
#define WALSCOPE_CLINUX_COPIES_H

#include <stdint.h>

// Calls that make a new file like another one. Every function returns 0 or `-errno`.

/// `FICLONE`: the new file shares all blocks of `source`.
int wl_clone(int fd, int source);
/// `fallocate` of a part, which reads as zeros; the length of the file stays.
int wl_preallocate_part(int fd, uint64_t offset, uint64_t length);
/// `fchmod`.
int wl_set_mode(int fd, uint32_t mode);
/// `futimens`; the time of the last access stays.
int wl_set_modified(int fd, int64_t seconds, int32_t nanoseconds);

#endif
