#ifndef WALSCOPE_CLINUX_CHANGES_H
#define WALSCOPE_CLINUX_CHANGES_H

#include <stddef.h>
#include <stdint.h>

// Calls that change what is there, and those that keep others from doing so meanwhile. Every
// function returns a value that is not negative, or `-errno`.

/// Opens a file below `directory` for reading and writing; never follows a link, makes a file or
/// waits for a lease of somebody else.
int wl_open_for_repair_at(int directory, const char *name, int keep_access_time);
/// Makes a file below `directory` that only its owner may read; `-EEXIST` when there is something
/// of that name, a link included.
int wl_create_private_file_at(int directory, const char *name);
/// Makes a directory below `directory` that only its owner may enter.
int wl_make_private_directory_at(int directory, const char *name);
int wl_remove_directory_at(int directory, const char *name);
/// Renames without ever replacing: `-EEXIST` when there is something of the new name.
int wl_rename_at(int directory, const char *name, int new_directory, const char *new_name);

/// Takes a lease that only a process with the file to itself gets; another one that opens the
/// file waits until it is given back. Its signal is one that is ignored by default.
int wl_lease_for_writing(int fd);
/// Takes a lease that nobody gets while the file is open for writing anywhere, and gives it back.
int wl_can_lease_for_reading(int fd);
int wl_lease_release(int fd);
/// Whether the lease for writing is whole: 0 when somebody waits for it, or when it is gone.
int wl_lease_is_whole(int fd);
/// The exclusive lock of `flock` on the open file, without waiting.
int wl_lock_file(int fd);
/// The same, given back at once.
int wl_can_lock_file(int fd);
/// The exclusive lock of `fcntl` on all bytes, by the open file (OFD), without waiting.
int wl_lock_bytes(int fd);
int wl_unlock(int fd);
/// Gives lease and locks back, and closes the file. To close it is not enough: a child process that
/// another thread has just started holds the open file until it runs its program.
int wl_close_unlocked(int fd);

/// `fallocate` of a part; the file grows to its end.
int wl_grow(int fd, uint64_t offset, uint64_t length);
/// Gives the blocks of a part back; it reads as zeros, and the size stays.
int wl_punch_hole(int fd, uint64_t offset, uint64_t length);
int wl_set_owner(int fd, uint32_t owner, uint32_t group);

#endif
