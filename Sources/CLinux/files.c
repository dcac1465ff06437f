#define _GNU_SOURCE
#include "CLinux.h"

#include <errno.h>
#include <unistd.h>

int64_t wl_seek_data(int fd, int64_t offset) {
  off_t found = lseek(fd, (off_t)offset, SEEK_DATA);
  return found < 0 ? -errno : (int64_t)found;
}
