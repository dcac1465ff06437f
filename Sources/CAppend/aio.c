#define _GNU_SOURCE
#include "CAppend.h"
#include "work.h"

#include <linux/aio_abi.h>
#include <sys/syscall.h>
#include <unistd.h>

static int submit(aio_context_t context, struct iocb **list, long count) {
  long sent = 0;
  while (sent < count) {
    long accepted = syscall(SYS_io_submit, context, count - sent, list + sent);
    if (accepted < 0 && errno == EINTR) continue;
    if (accepted <= 0) return accepted < 0 ? -errno : -EIO;
    sent += accepted;
  }
  return 0;
}

static int reap(aio_context_t context, long count, size_t size) {
  struct io_event events[CA_BATCH];
  int outcome = 0;
  while (count > 0) {
    long came = syscall(SYS_io_getevents, context, 1L, count, events, NULL);
    if (came < 0 && errno == EINTR) continue;
    if (came < 0) return -errno;
    for (long index = 0; index < came; index++) {
      if (events[index].res < 0) outcome = (int)events[index].res;
      else if ((size_t)events[index].res != size) outcome = -EIO;
    }
    count -= came;
  }
  return outcome;
}

static int append(aio_context_t context, int fd, uint8_t *batch, struct ca_records records,
                  ca_watch watch) {
  struct iocb calls[CA_BATCH];
  struct iocb *list[CA_BATCH];
  for (uint64_t number = 0; number < records.count;) {
    long count = 0;
    for (; count < CA_BATCH && number < records.count; count++, number++) {
      uint8_t *record = batch + records.size * (size_t)count;
      ca_stamp(record, records.size, number);
      memset(&calls[count], 0, sizeof calls[count]);
      calls[count].aio_lio_opcode = IOCB_CMD_PWRITE;
      calls[count].aio_fildes = (uint32_t)fd;
      calls[count].aio_buf = (uint64_t)(uintptr_t)record;
      calls[count].aio_nbytes = records.size;
      list[count] = &calls[count];
    }
    int outcome = submit(context, list, count);
    if (outcome == 0) outcome = reap(context, count, records.size);
    if (outcome == 0) outcome = ca_watched(watch, number);
    if (outcome != 0) return outcome;
  }
  return 0;
}

int ca_aio(int fd, struct ca_records records, ca_watch watch) {
  uint8_t *batch = ca_make_batch(records);
  if (!batch) return -ENOMEM;
  aio_context_t context = 0;
  int outcome = syscall(SYS_io_setup, (unsigned)CA_BATCH, &context) < 0 ? -errno : 0;
  if (outcome == 0) {
    outcome = append(context, fd, batch, records, watch);
    // Waits for what is still under way, which reads the batch.
    syscall(SYS_io_destroy, context);
  }
  free(batch);
  return outcome;
}
