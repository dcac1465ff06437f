#define _GNU_SOURCE
#include "changes.h"
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static int result(int value) { return value < 0 ? -errno : value; }

int wl_open_for_repair_at(int directory, const char *name, int keep_access_time) {
  int flags = O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  return result(openat(directory, name, keep_access_time ? flags | O_NOATIME : flags));
}

int wl_create_private_file_at(int directory, const char *name) {
  int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  return result(openat(directory, name, flags, 0600));
}

int wl_make_private_directory_at(int directory, const char *name) {
  return result(mkdirat(directory, name, 0700));
}

int wl_remove_directory_at(int directory, const char *name) {
  return result(unlinkat(directory, name, AT_REMOVEDIR));
}

int wl_rename_at(int directory, const char *name, int new_directory, const char *new_name) {
  return result(renameat2(directory, name, new_directory, new_name, RENAME_NOREPLACE));
}

static int lease(int fd, int type) {
  // SIGIO, which is sent otherwise, ends a process that does not handle it.
  if (fcntl(fd, F_SETSIG, SIGURG) < 0)
    return -errno;
  return result(fcntl(fd, F_SETLEASE, type));
}

int wl_lease_for_writing(int fd) { return lease(fd, F_WRLCK); }

int wl_lease_release(int fd) { return result(fcntl(fd, F_SETLEASE, F_UNLCK)); }

int wl_can_lease_for_reading(int fd) {
  int leased = lease(fd, F_RDLCK);
  if (leased == 0)
    wl_lease_release(fd);
  return leased;
}

int wl_lease_is_whole(int fd) {
  int type = fcntl(fd, F_GETLEASE);
  return type < 0 ? -errno : type == F_WRLCK;
}

int wl_lock_file(int fd) { return result(flock(fd, LOCK_EX | LOCK_NB)); }

int wl_can_lock_file(int fd) {
  int locked = wl_lock_file(fd);
  if (locked == 0)
    flock(fd, LOCK_UN);
  return locked;
}

static int lock_bytes(int fd, short type) {
  struct flock lock;
  memset(&lock, 0, sizeof lock);
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return result(fcntl(fd, F_OFD_SETLK, &lock));
}

int wl_lock_bytes(int fd) { return lock_bytes(fd, F_WRLCK); }

int wl_unlock(int fd) {
  int unlocked = lock_bytes(fd, F_UNLCK);
  int other = result(flock(fd, LOCK_UN));
  return unlocked < 0 ? unlocked : other;
}

int wl_close_unlocked(int fd) {
  wl_lease_release(fd);
  wl_unlock(fd);
  return wl_close(fd);
}

int wl_grow(int fd, uint64_t offset, uint64_t length) {
  return result(fallocate(fd, 0, (off_t)offset, (off_t)length));
}

int wl_punch_hole(int fd, uint64_t offset, uint64_t length) {
  int mode = FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE;
  return result(fallocate(fd, mode, (off_t)offset, (off_t)length));
}

int wl_set_owner(int fd, uint32_t owner, uint32_t group) {
  return result(fchown(fd, owner, group));
}
