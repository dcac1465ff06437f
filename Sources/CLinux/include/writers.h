#ifndef WALSCOPE_CLINUX_WRITERS_H
#define WALSCOPE_CLINUX_WRITERS_H

#include <stddef.h>
#include <stdint.h>

// Calls of programs that write a log as its owner does. Every function returns a value that is not
// negative, or `-errno`.

/// How `wl_open_writer_at` opens; they may be added up.
enum {
  /// Makes the file when it is not there.
  WL_WRITER_CREATE = 1,
  /// Fails with `-EEXIST` when it is there.
  WL_WRITER_EXCLUSIVE = 2,
  /// `O_APPEND`: each write goes to the end of the file.
  WL_WRITER_APPEND = 4,
  /// `O_DIRECT`: past the page cache; addresses, offsets and lengths must be aligned.
  WL_WRITER_DIRECT = 8,
};

/// Opens a regular file below `directory` for reading and writing; never follows a link.
int wl_open_writer_at(int directory, const char *name, int how);
/// Has the kernel forget the pages of the file that are on the disk already.
int wl_forget_pages(int fd);
/// `fdatasync`.
int wl_sync_data(int fd);
/// `write`: for a file opened with `WL_WRITER_APPEND`.
int64_t wl_append(int fd, const void *buffer, size_t count);
/// Renames, and replaces what has the new name.
int wl_replace_at(int directory, const char *name, const char *new_name);
/// The lock of `fcntl` on some bytes by the open file (OFD). `exclusive` 0 shares it; `wait` waits.
int wl_lock_part(int fd, uint64_t offset, uint64_t length, int exclusive, int wait);
int wl_unlock_part(int fd, uint64_t offset, uint64_t length);

#endif
