#ifndef WALSCOPE_CLINUX_FILES_H
#define WALSCOPE_CLINUX_FILES_H

#include <stddef.h>
#include <stdint.h>

// Linux calls that Glibc's Swift module does not offer, with plain types. Every function returns a
// value that is not negative, or `-errno`. None of them allocates, retries or keeps state, except
// where stated.

/// What `statx` tells about a file.
struct wl_status {
  uint64_t device;
  uint64_t inode;
  uint64_t size;
  uint64_t allocated;
  uint64_t links;
  uint64_t mount;
  int64_t modified_seconds;
  int64_t changed_seconds;
  int64_t created_seconds;
  int32_t modified_nanoseconds;
  int32_t changed_nanoseconds;
  int32_t created_nanoseconds;
  uint32_t mode;
  uint32_t owner;
  uint32_t group;
  uint32_t block_size;
  uint8_t has_created;
  uint8_t has_mount;
};

/// What `fstatfs` tells about the file system of a descriptor, in bytes.
struct wl_file_system {
  uint64_t magic;
  uint64_t total;
  uint64_t available;
  uint8_t is_read_only;
};

/// One extent of `FS_IOC_FIEMAP`, in bytes.
struct wl_extent {
  uint64_t logical;
  uint64_t physical;
  uint64_t length;
  uint32_t flags;
};

/// Opens a directory by path, links followed: the only open that follows them.
int wl_open_directory(const char *path);
/// Opens a directory below `directory`, a link refused with `-ENOTDIR` or `-ELOOP`.
int wl_open_directory_at(int directory, const char *name);
/// Opens a file below `directory` for reading; never follows a link, never blocks on a FIFO.
int wl_open_file_at(int directory, const char *name, int keep_access_time);
int wl_close(int fd);

/// A second descriptor of the same open file, close-on-exec.
int wl_duplicate(int fd);

/// `statx` of a name below `directory`, a link not followed.
int wl_status_at(int directory, const char *name, struct wl_status *out);
/// `statx` of an open descriptor, as its server knows it: what a network file system remembers may be
/// seconds old, and somebody writes to the file.
int wl_status_of(int fd, struct wl_status *out);
/// `statx` of what a name leads to, from the kernel's cache: a server that hangs is not asked.
int wl_status_followed(int directory, const char *name, struct wl_status *out);

int64_t wl_read(int fd, void *buffer, size_t count, uint64_t offset);
int64_t wl_read_link(int directory, const char *name, void *buffer, size_t count);
/// `getdents64`: a run of `struct linux_dirent64`, or 0 at the end.
int64_t wl_read_directory(int fd, void *buffer, size_t count);
/// `realpath` into `buffer`, which has room for `count` bytes; returns the length.
int64_t wl_resolve_path(const char *path, void *buffer, size_t count);

/// `SEEK_DATA` from `offset`: the next offset that holds data, or `-errno`
/// (`-ENXIO` when there is none before the end of the file).
int64_t wl_seek_data(int fd, int64_t offset);
/// `SEEK_HOLE` from `offset`; the end of the file counts as a hole.
int64_t wl_seek_hole(int fd, int64_t offset);

/// `FS_IOC_FIEMAP` from `start` to the end: fills at most `capacity` extents, returns how many.
/// Allocates its buffer; `-ENOMEM` when that fails.
int wl_extents(int fd, uint64_t start, int sync, struct wl_extent *out, uint32_t capacity);

int wl_file_system_of(int fd, struct wl_file_system *out);

/// `makedev`: a device number as `st_dev` has it.
uint64_t wl_device(uint64_t major, uint64_t minor);
/// `O_PATH`, which Glibc's Swift module does not offer.
uint64_t wl_path_only_flag(void);

#endif
