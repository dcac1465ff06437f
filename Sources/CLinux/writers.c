#define _GNU_SOURCE
#include "writers.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int result(int value) { return value < 0 ? -errno : value; }

int wl_open_writer_at(int directory, const char *name, int how) {
  int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  if (how & WL_WRITER_CREATE)
    flags |= O_CREAT;
  if (how & WL_WRITER_EXCLUSIVE)
    flags |= O_EXCL;
  if (how & WL_WRITER_APPEND)
    flags |= O_APPEND;
  if (how & WL_WRITER_DIRECT)
    flags |= O_DIRECT;
  return result(openat(directory, name, flags, 0644));
}

int wl_forget_pages(int fd) { return -posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED); }

int wl_sync_data(int fd) { return result(fdatasync(fd)); }

int64_t wl_append(int fd, const void *buffer, size_t count) {
  ssize_t done = write(fd, buffer, count);
  return done < 0 ? -errno : done;
}

int wl_replace_at(int directory, const char *name, const char *new_name) {
  return result(renameat(directory, name, directory, new_name));
}

static int lock_part(int fd, int command, short type, uint64_t offset, uint64_t length) {
  struct flock lock;
  memset(&lock, 0, sizeof lock);
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = (off_t)offset;
  lock.l_len = (off_t)length;
  return result(fcntl(fd, command, &lock));
}

int wl_lock_part(int fd, uint64_t offset, uint64_t length, int exclusive, int wait) {
  int command = wait ? F_OFD_SETLKW : F_OFD_SETLK;
  return lock_part(fd, command, exclusive ? F_WRLCK : F_RDLCK, offset, length);
}

int wl_unlock_part(int fd, uint64_t offset, uint64_t length) {
  return lock_part(fd, F_OFD_SETLK, F_UNLCK, offset, length);
}
