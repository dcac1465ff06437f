#ifndef WALSCOPE_CCHECKSUM_PORTABLE_H
#define WALSCOPE_CCHECKSUM_PORTABLE_H

#include "CChecksum.h"

#include <stddef.h>
#include <stdint.h>

// The functions of CChecksum as they are compiled for a processor without special instructions.
uint32_t portable_crc32c(uint32_t crc, const void *bytes, size_t length);
struct wl_passed_records portable_pass_nori_wal_records(
    const void *bytes, size_t length, size_t longest, size_t most);
struct wl_passed_entries portable_pass_okaywal_entries(
    const void *bytes, size_t length, uint64_t least_id, size_t most);
void portable_crc32c_prefixes(const void *bytes, size_t from, size_t to, uint32_t *prefixes);
uint32_t portable_crc32c_between(const uint32_t *prefixes, size_t from, size_t to);
void portable_crc32c_keep_enclosed(
    const uint32_t *prefixes, size_t from, size_t stop, uint32_t *notes);
int64_t portable_crc32c_flipped_bit(uint32_t difference, size_t length);

// The same where the processor is taken for one without wide vectors, but has what it has of the other
// instructions.
uint32_t narrow_crc32c(uint32_t crc, const void *bytes, size_t length);
struct wl_passed_records narrow_pass_nori_wal_records(
    const void *bytes, size_t length, size_t longest, size_t most);
struct wl_passed_entries narrow_pass_okaywal_entries(
    const void *bytes, size_t length, uint64_t least_id, size_t most);
void narrow_crc32c_prefixes(const void *bytes, size_t from, size_t to, uint32_t *prefixes);
uint32_t narrow_crc32c_between(const uint32_t *prefixes, size_t from, size_t to);
void narrow_crc32c_keep_enclosed(
    const uint32_t *prefixes, size_t from, size_t stop, uint32_t *notes);

#endif
