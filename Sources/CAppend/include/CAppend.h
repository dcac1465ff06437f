#ifndef WALSCOPE_CAPPEND_H
#define WALSCOPE_CAPPEND_H

#include <stddef.h>
#include <stdint.h>

// Ways of appending records to a file, for the lab. Each function appends all records of one
// process and answers 0, or `-errno`; a record that was written in part is `-EIO`, or what the
// kernel said of the rest.

/// The records of one process: each has `size` bytes and tells what it is, as far as it has room.
struct ca_records {
  size_t size;
  uint32_t process;
  uint64_t count;
};

/// Fewest bytes of a record that tells its process and its number.
enum { CA_NUMBERED_SIZE = 10 };

/// Writes the record `number` into `bytes`, which held another one of the same process or was
/// filled by `ca_begin`: the letter of the process, the number as eight hexadecimal digits, the
/// letter again up to the last byte, and a newline. Shorter ones are the letter alone.
void ca_begin(uint8_t *bytes, struct ca_records records);
void ca_stamp(uint8_t *bytes, size_t size, uint64_t number);
/// The letter of a process: 64 of them, none of which is a newline or zero.
uint8_t ca_letter(uint32_t process);

/// Called now and then with the number of records that were appended; not 0 ends the work with
/// `-ECANCELED`.
typedef int (*ca_watch)(uint64_t done);

/// `write`, one call for each record, to a file opened for appending.
int ca_write(int fd, struct ca_records records, ca_watch watch);
/// `writev` of two parts, one call for each record, to a file opened for appending.
int ca_writev(int fd, struct ca_records records, ca_watch watch);
/// `fwrite` and `fflush` for each record: the buffer holds parts of records otherwise, which would
/// be torn among those of other processes.
int ca_stdio(int fd, struct ca_records records, ca_watch watch);
/// `pwrite` past the page cache, of aligned blocks that are packed with records, from `offset`; the
/// last block ends with zeros.
int ca_direct(int fd, struct ca_records records, uint64_t offset, ca_watch watch);
/// Linux AIO (`io_submit`): batches of writes to a file opened for appending.
int ca_aio(int fd, struct ca_records records, ca_watch watch);
/// io_uring: batches of writes to a file opened for appending.
int ca_io_uring(int fd, struct ca_records records, ca_watch watch);

/// Bytes of the blocks of `ca_direct`.
enum { CA_BLOCK = 64 * 1024 };
/// How many writes are under way together in `ca_aio` and `ca_io_uring`.
enum { CA_BATCH = 64 };

/// How records of a file were found to be, by `ca_count`.
struct ca_tally {
  /// Whole records that were found for the first time.
  uint64_t found;
  /// Places that hold something else, or a record that was found before.
  uint64_t wrong;
};

/// Counts the records of `size` bytes in `bytes`, which begins with one. `seen` has a bit for each
/// record of each process, process by process, and is not used for records without numbers.
void ca_count(const uint8_t *bytes, size_t count, size_t size, uint32_t processes,
              uint64_t operations, uint8_t *seen, struct ca_tally *tally);
/// Adds how often each byte stands in `bytes` to `counts`, which has 256 places.
void ca_count_bytes(const uint8_t *bytes, size_t count, uint64_t *counts);

#endif
