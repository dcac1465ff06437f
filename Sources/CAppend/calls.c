#define _GNU_SOURCE
#include "CAppend.h"
#include "work.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/uio.h>
#include <unistd.h>

int ca_write(int fd, struct ca_records records, ca_watch watch) {
  uint8_t *record = ca_make_record(records);
  if (!record) return -ENOMEM;
  int outcome = 0;
  for (uint64_t number = 0; number < records.count && outcome == 0; number++) {
    ca_stamp(record, records.size, number);
    outcome = ca_outcome(write(fd, record, records.size), records.size);
    if (outcome == 0) outcome = ca_watched(watch, number + 1);
  }
  free(record);
  return outcome;
}

int ca_writev(int fd, struct ca_records records, ca_watch watch) {
  uint8_t *record = ca_make_record(records);
  if (!record) return -ENOMEM;
  // A header and what belongs to it, as logs have them; one byte has no two parts.
  size_t first = records.size < 16 ? records.size / 2 : 16;
  struct iovec parts[2] = {{record, first}, {record + first, records.size - first}};
  int outcome = 0;
  for (uint64_t number = 0; number < records.count && outcome == 0; number++) {
    ca_stamp(record, records.size, number);
    outcome = ca_outcome(writev(fd, parts, 2), records.size);
    if (outcome == 0) outcome = ca_watched(watch, number + 1);
  }
  free(record);
  return outcome;
}

static int write_stream(FILE *stream, uint8_t *record, struct ca_records records,
                        ca_watch watch) {
  // Room for one record: it leaves by one call then, and whole.
  if (setvbuf(stream, NULL, _IOFBF, records.size + 4096) != 0) return -ENOMEM;
  int outcome = 0;
  for (uint64_t number = 0; number < records.count && outcome == 0; number++) {
    ca_stamp(record, records.size, number);
    errno = 0;
    if (fwrite(record, 1, records.size, stream) != records.size || fflush(stream) != 0)
      outcome = errno ? -errno : -EIO;
    if (outcome == 0) outcome = ca_watched(watch, number + 1);
  }
  return outcome;
}

int ca_stdio(int fd, struct ca_records records, ca_watch watch) {
  uint8_t *record = ca_make_record(records);
  if (!record) return -ENOMEM;
  int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);
  FILE *stream = copy < 0 ? NULL : fdopen(copy, "a");
  int outcome = stream ? write_stream(stream, record, records, watch) : -errno;
  if (stream) {
    if (fclose(stream) != 0 && outcome == 0) outcome = -errno;
  } else if (copy >= 0) {
    close(copy);
  }
  free(record);
  return outcome;
}

int ca_direct(int fd, struct ca_records records, uint64_t offset, ca_watch watch) {
  uint8_t *record = ca_make_record(records);
  uint8_t *block = NULL;
  if (!record || posix_memalign((void **)&block, 4096, CA_BLOCK) != 0) {
    free(record);
    return -ENOMEM;
  }
  int outcome = 0;
  size_t filled = 0;
  for (uint64_t number = 0; number < records.count && outcome == 0; number++) {
    ca_stamp(record, records.size, number);
    for (size_t done = 0; done < records.size && outcome == 0;) {
      size_t part = records.size - done < CA_BLOCK - filled ? records.size - done
                                                            : CA_BLOCK - filled;
      memcpy(block + filled, record + done, part);
      done += part;
      filled += part;
      if (filled < CA_BLOCK) continue;
      outcome = ca_outcome(pwrite(fd, block, CA_BLOCK, (off_t)offset), CA_BLOCK);
      offset += CA_BLOCK;
      filled = 0;
    }
    if (outcome == 0) outcome = ca_watched(watch, number + 1);
  }
  if (outcome == 0 && filled > 0) {
    size_t padded = (filled + 4095) / 4096 * 4096;
    memset(block + filled, 0, padded - filled);
    outcome = ca_outcome(pwrite(fd, block, padded, (off_t)offset), padded);
  }
  free(block);
  free(record);
  return outcome;
}
