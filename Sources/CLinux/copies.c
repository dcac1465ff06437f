#define _GNU_SOURCE
#include "copies.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

static int result(int value) { return value < 0 ? -errno : value; }

int wl_clone(int fd, int source) { return result(ioctl(fd, FICLONE, source)); }

int wl_preallocate_part(int fd, uint64_t offset, uint64_t length) {
  return result(fallocate(fd, FALLOC_FL_KEEP_SIZE, (off_t)offset, (off_t)length));
}

int wl_set_mode(int fd, uint32_t mode) { return result(fchmod(fd, (mode_t)mode)); }

int wl_set_modified(int fd, int64_t seconds, int32_t nanoseconds) {
  struct timespec times[2] = {{.tv_nsec = UTIME_OMIT}, {.tv_sec = seconds, .tv_nsec = nanoseconds}};
  return result(futimens(fd, times));
}
