#define _GNU_SOURCE
#include "CAppend.h"
#include "work.h"

#include <linux/io_uring.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

// The rings by the bare system calls: a library for them would be one more thing to install.
struct ring {
  int fd;
  struct io_uring_params parameters;
  uint8_t *submissions;
  size_t submissions_size;
  uint8_t *completions;
  size_t completions_size;
  struct io_uring_sqe *entries;
  size_t entries_size;
};

static void *map(int fd, size_t size, off_t offset) {
  void *mapped =
      mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, offset);
  return mapped == MAP_FAILED ? NULL : mapped;
}

static void end(struct ring *ring) {
  if (ring->entries) munmap(ring->entries, ring->entries_size);
  if (ring->completions) munmap(ring->completions, ring->completions_size);
  if (ring->submissions) munmap(ring->submissions, ring->submissions_size);
  close(ring->fd);
}

static int begin(struct ring *ring) {
  memset(ring, 0, sizeof *ring);
  ring->fd = (int)syscall(SYS_io_uring_setup, CA_BATCH, &ring->parameters);
  if (ring->fd < 0) return -errno;
  struct io_uring_params *given = &ring->parameters;
  ring->submissions_size = given->sq_off.array + given->sq_entries * sizeof(uint32_t);
  ring->completions_size = given->cq_off.cqes + given->cq_entries * sizeof(struct io_uring_cqe);
  ring->entries_size = given->sq_entries * sizeof(struct io_uring_sqe);
  ring->submissions = map(ring->fd, ring->submissions_size, IORING_OFF_SQ_RING);
  if (ring->submissions)
    ring->completions = map(ring->fd, ring->completions_size, IORING_OFF_CQ_RING);
  if (ring->completions) ring->entries = map(ring->fd, ring->entries_size, IORING_OFF_SQES);
  if (ring->entries) return 0;
  int outcome = -errno;
  end(ring);
  return outcome;
}

static uint32_t *number_in(uint8_t *part, uint32_t offset) { return (uint32_t *)(part + offset); }

/// Adds the write of one record, which goes to the end of a file opened for appending.
static void add(struct ring *ring, int fd, const uint8_t *record, size_t size) {
  uint32_t *tail = number_in(ring->submissions, ring->parameters.sq_off.tail);
  uint32_t mask = *number_in(ring->submissions, ring->parameters.sq_off.ring_mask);
  uint32_t index = *tail & mask;
  struct io_uring_sqe *entry = &ring->entries[index];
  memset(entry, 0, sizeof *entry);
  entry->opcode = IORING_OP_WRITE;
  entry->fd = fd;
  entry->off = (uint64_t)-1;
  entry->addr = (uint64_t)(uintptr_t)record;
  entry->len = (uint32_t)size;
  number_in(ring->submissions, ring->parameters.sq_off.array)[index] = index;
  __atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
}

/// Takes what has been completed, and answers how many; notes a failure.
static uint32_t take(struct ring *ring, size_t size, int *outcome) {
  uint32_t *head = number_in(ring->completions, ring->parameters.cq_off.head);
  uint32_t tail =
      __atomic_load_n(number_in(ring->completions, ring->parameters.cq_off.tail), __ATOMIC_ACQUIRE);
  uint32_t mask = *number_in(ring->completions, ring->parameters.cq_off.ring_mask);
  struct io_uring_cqe *entries =
      (struct io_uring_cqe *)(ring->completions + ring->parameters.cq_off.cqes);
  uint32_t count = tail - *head;
  for (uint32_t place = *head; place != tail; place++) {
    int result = entries[place & mask].res;
    if (result < 0) *outcome = result;
    else if ((size_t)result != size) *outcome = -EIO;
  }
  __atomic_store_n(head, tail, __ATOMIC_RELEASE);
  return count;
}

/// Submits what was added, and waits until all of it is done.
static int complete(struct ring *ring, uint32_t count, size_t size) {
  uint32_t unsent = count;
  int outcome = 0;
  while (count > 0) {
    long sent = syscall(SYS_io_uring_enter, ring->fd, unsent, count, IORING_ENTER_GETEVENTS, NULL,
                        (size_t)0);
    if (sent < 0 && errno != EINTR && errno != EAGAIN && errno != EBUSY) return -errno;
    if (sent > 0) unsent -= (uint32_t)sent;
    count -= take(ring, size, &outcome);
  }
  return outcome;
}

int ca_io_uring(int fd, struct ca_records records, ca_watch watch) {
  uint8_t *batch = ca_make_batch(records);
  if (!batch) return -ENOMEM;
  struct ring ring;
  int outcome = begin(&ring);
  if (outcome != 0) {
    free(batch);
    return outcome;
  }
  for (uint64_t number = 0; number < records.count && outcome == 0;) {
    uint32_t count = 0;
    for (; count < CA_BATCH && number < records.count; count++, number++) {
      uint8_t *record = batch + records.size * count;
      ca_stamp(record, records.size, number);
      add(&ring, fd, record, records.size);
    }
    outcome = complete(&ring, count, records.size);
    if (outcome == 0) outcome = ca_watched(watch, number);
  }
  end(&ring);
  free(batch);
  return outcome;
}
