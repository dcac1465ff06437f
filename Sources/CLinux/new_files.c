#define _GNU_SOURCE
#include "new_files.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int result(int value) { return value < 0 ? -errno : value; }

int wl_make_directory(const char *path) { return result(mkdir(path, 0777)); }

int wl_remove_directory(const char *path) { return result(rmdir(path)); }

int wl_make_directory_at(int directory, const char *name) {
  return result(mkdirat(directory, name, 0777));
}

int wl_create_file_at(int directory, const char *name) {
  int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  return result(openat(directory, name, flags, 0666));
}

int wl_make_memory_file(void) { return result(memfd_create("walscope", MFD_CLOEXEC)); }

int wl_open_file_for_change_at(int directory, const char *name) {
  return result(openat(directory, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
}

int64_t wl_write(int fd, const void *buffer, size_t count, uint64_t offset) {
  ssize_t done = pwrite(fd, buffer, count, (off_t)offset);
  return done < 0 ? -errno : done;
}

int wl_preallocate(int fd, uint64_t length) { return result(fallocate(fd, 0, 0, (off_t)length)); }

int wl_set_length(int fd, uint64_t length) { return result(ftruncate(fd, (off_t)length)); }

int wl_sync(int fd) { return result(fsync(fd)); }

int wl_remove_at(int directory, const char *name) { return result(unlinkat(directory, name, 0)); }
