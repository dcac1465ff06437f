#ifndef WALSCOPE_CAPPEND_WORK_H
#define WALSCOPE_CAPPEND_WORK_H

#include "CAppend.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

// What the ways of appending have in common.

static inline uint8_t *ca_make_record(struct ca_records records) {
  uint8_t *record = malloc(records.size);
  if (record) ca_begin(record, records);
  return record;
}

/// What a call that was to write `size` bytes answered.
static inline int ca_outcome(ssize_t written, size_t size) {
  if (written < 0) return -errno;
  return (size_t)written == size ? 0 : -EIO;
}

static inline int ca_watched(ca_watch watch, uint64_t done) {
  if (done % 65536 != 0) return 0;
  return watch(done) == 0 ? 0 : -ECANCELED;
}

/// `CA_BATCH` records one behind the other, each begun.
static inline uint8_t *ca_make_batch(struct ca_records records) {
  uint8_t *batch = malloc(records.size * CA_BATCH);
  for (int index = 0; batch && index < CA_BATCH; index++)
    ca_begin(batch + records.size * index, records);
  return batch;
}

#endif
