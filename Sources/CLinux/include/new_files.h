#ifndef WALSCOPE_CLINUX_NEW_FILES_H
#define WALSCOPE_CLINUX_NEW_FILES_H

#include <stddef.h>
#include <stdint.h>

// Calls that make new files and fill them. Every function returns a value that is not negative, or
// `-errno`.

/// Makes a directory, `-EEXIST` when there is something of that name.
int wl_make_directory(const char *path);
/// Removes a directory that is empty.
int wl_remove_directory(const char *path);
/// The same below `directory`.
int wl_make_directory_at(int directory, const char *name);
/// Makes a file below `directory` and opens it for reading and writing; `-EEXIST` when there is
/// something of that name, a link included.
int wl_create_file_at(int directory, const char *name);
/// Makes a file that is in memory only and has no name.
int wl_make_memory_file(void);
/// Opens a file below `directory` for reading and writing; never follows a link or makes a file.
int wl_open_file_for_change_at(int directory, const char *name);
int64_t wl_write(int fd, const void *buffer, size_t count, uint64_t offset);
/// `fallocate` from 0 on, the file grows to `length`.
int wl_preallocate(int fd, uint64_t length);
int wl_set_length(int fd, uint64_t length);
int wl_sync(int fd);
int wl_remove_at(int directory, const char *name);

#endif
