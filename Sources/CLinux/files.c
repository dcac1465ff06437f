#define _GNU_SOURCE
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fiemap.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

static int result(int value) { return value < 0 ? -errno : value; }

int wl_open_directory(const char *path) {
  return result(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK));
}

int wl_open_directory_at(int directory, const char *name) {
  return result(
      openat(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK));
}

int wl_open_file_at(int directory, const char *name, int keep_access_time) {
  int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  return result(openat(directory, name, keep_access_time ? flags | O_NOATIME : flags));
}

int wl_close(int fd) { return result(close(fd)); }

int wl_duplicate(int fd) { return result(fcntl(fd, F_DUPFD_CLOEXEC, 0)); }

static int status(int directory, const char *name, int flags, struct wl_status *out) {
  struct statx found;
  memset(&found, 0, sizeof found);
  if (statx(directory, name, flags | AT_NO_AUTOMOUNT,
            STATX_BASIC_STATS | STATX_BTIME | STATX_MNT_ID, &found) < 0)
    return -errno;
  *out = (struct wl_status){
      .device = makedev(found.stx_dev_major, found.stx_dev_minor),
      .inode = found.stx_ino,
      .size = found.stx_size,
      .allocated = found.stx_blocks * 512,
      .links = found.stx_nlink,
      .mount = found.stx_mnt_id,
      .modified_seconds = found.stx_mtime.tv_sec,
      .changed_seconds = found.stx_ctime.tv_sec,
      .created_seconds = found.stx_btime.tv_sec,
      .modified_nanoseconds = (int32_t)found.stx_mtime.tv_nsec,
      .changed_nanoseconds = (int32_t)found.stx_ctime.tv_nsec,
      .created_nanoseconds = (int32_t)found.stx_btime.tv_nsec,
      .mode = found.stx_mode,
      .owner = found.stx_uid,
      .group = found.stx_gid,
      .block_size = found.stx_blksize,
      .has_created = (found.stx_mask & STATX_BTIME) != 0,
      .has_mount = (found.stx_mask & STATX_MNT_ID) != 0,
  };
  return 0;
}

int wl_status_at(int directory, const char *name, struct wl_status *out) {
  return status(directory, name, AT_SYMLINK_NOFOLLOW, out);
}

int wl_status_of(int fd, struct wl_status *out) {
  return status(fd, "", AT_EMPTY_PATH | AT_STATX_FORCE_SYNC, out);
}

int wl_status_followed(int directory, const char *name, struct wl_status *out) {
  return status(directory, name, AT_STATX_DONT_SYNC, out);
}

int64_t wl_read(int fd, void *buffer, size_t count, uint64_t offset) {
  ssize_t got = pread(fd, buffer, count, (off_t)offset);
  return got < 0 ? -errno : got;
}

int64_t wl_read_link(int directory, const char *name, void *buffer, size_t count) {
  ssize_t got = readlinkat(directory, name, buffer, count);
  return got < 0 ? -errno : got;
}

int64_t wl_read_directory(int fd, void *buffer, size_t count) {
  long got = syscall(SYS_getdents64, fd, buffer, count);
  return got < 0 ? -errno : got;
}

int64_t wl_resolve_path(const char *path, void *buffer, size_t count) {
  char found[PATH_MAX];
  if (realpath(path, found) == NULL)
    return -errno;
  size_t length = strlen(found);
  if (length > count)
    return -ENAMETOOLONG;
  memcpy(buffer, found, length);
  return (int64_t)length;
}

int64_t wl_seek_data(int fd, int64_t offset) {
  off_t found = lseek(fd, (off_t)offset, SEEK_DATA);
  return found < 0 ? -errno : (int64_t)found;
}

int64_t wl_seek_hole(int fd, int64_t offset) {
  off_t found = lseek(fd, (off_t)offset, SEEK_HOLE);
  return found < 0 ? -errno : (int64_t)found;
}

int wl_extents(int fd, uint64_t start, int sync, struct wl_extent *out, uint32_t capacity) {
  size_t room = sizeof(struct fiemap) + (size_t)capacity * sizeof(struct fiemap_extent);
  struct fiemap *map = calloc(1, room);
  if (map == NULL)
    return -ENOMEM;
  map->fm_start = start;
  map->fm_length = FIEMAP_MAX_OFFSET - start;
  map->fm_flags = sync ? FIEMAP_FLAG_SYNC : 0;
  map->fm_extent_count = capacity;
  int outcome = ioctl(fd, FS_IOC_FIEMAP, map);
  if (outcome < 0) {
    outcome = -errno;
  } else {
    uint32_t count = map->fm_mapped_extents < capacity ? map->fm_mapped_extents : capacity;
    for (uint32_t i = 0; i < count; i++) {
      const struct fiemap_extent *extent = &map->fm_extents[i];
      out[i] = (struct wl_extent){extent->fe_logical, extent->fe_physical, extent->fe_length,
                                  extent->fe_flags};
    }
    outcome = (int)count;
  }
  free(map);
  return outcome;
}

int wl_file_system_of(int fd, struct wl_file_system *out) {
  struct statfs found;
  if (fstatfs(fd, &found) < 0)
    return -errno;
  uint64_t unit = found.f_frsize > 0 ? (uint64_t)found.f_frsize : (uint64_t)found.f_bsize;
  *out = (struct wl_file_system){
      .magic = (uint64_t)found.f_type & UINT32_MAX,
      .total = found.f_blocks * unit,
      .available = found.f_bavail * unit,
      .is_read_only = (found.f_flags & ST_RDONLY) != 0,
  };
  return 0;
}

uint64_t wl_device(uint64_t major, uint64_t minor) {
  return makedev((unsigned)major, (unsigned)minor);
}

uint64_t wl_path_only_flag(void) { return O_PATH; }
