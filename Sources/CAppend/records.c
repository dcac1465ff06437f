#include "CAppend.h"

#include <string.h>

uint8_t ca_letter(uint32_t process) { return (uint8_t)('0' + process % 64); }

void ca_begin(uint8_t *bytes, struct ca_records records) {
  memset(bytes, ca_letter(records.process), records.size);
  if (records.size >= CA_NUMBERED_SIZE) bytes[records.size - 1] = '\n';
}

static const char digits[] = "0123456789abcdef";

void ca_stamp(uint8_t *bytes, size_t size, uint64_t number) {
  if (size < CA_NUMBERED_SIZE) return;
  for (int place = 8; place > 0; place--) {
    bytes[place] = (uint8_t)digits[number & 15];
    number >>= 4;
  }
}

static int digit(uint8_t byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
  return -1;
}

/// The index of the record that stands there, counted over all processes; -1 when it is none.
static int64_t record_at(const uint8_t *bytes, size_t size, uint32_t processes,
                         uint64_t operations) {
  uint32_t process = (uint32_t)bytes[0] - '0';
  if (bytes[0] < '0' || process >= processes || bytes[size - 1] != '\n') return -1;
  uint64_t number = 0;
  for (int place = 1; place <= 8; place++) {
    int value = digit(bytes[place]);
    if (value < 0) return -1;
    number = number << 4 | (uint64_t)value;
  }
  if (number >= operations) return -1;
  const uint8_t *fill = bytes + 9;
  size_t rest = size - 10;
  // All bytes are the letter when the first one is, and each is like the one before it.
  if (rest > 0 && (fill[0] != bytes[0] || memcmp(fill, fill + 1, rest - 1) != 0)) return -1;
  return (int64_t)(process * operations + number);
}

void ca_count(const uint8_t *bytes, size_t count, size_t size, uint32_t processes,
              uint64_t operations, uint8_t *seen, struct ca_tally *tally) {
  for (size_t place = 0; place + size <= count; place += size) {
    int64_t index = record_at(bytes + place, size, processes, operations);
    if (index < 0 || seen[index / 8] & 1 << index % 8) {
      tally->wrong++;
    } else {
      seen[index / 8] |= (uint8_t)(1 << index % 8);
      tally->found++;
    }
  }
}

void ca_count_bytes(const uint8_t *bytes, size_t count, uint64_t *counts) {
  for (size_t place = 0; place < count; place++) counts[bytes[place]]++;
}
