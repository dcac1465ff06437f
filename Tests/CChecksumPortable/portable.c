// System headers first: they need to know the processor that the sources below are not to see.
#include <isa-l/crc.h>
#include <limits.h>
#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

#include "CChecksumPortable.h"

#undef __x86_64__
#define WALSCOPE_CRC32C_FOLDING_H
#define wl_crc32c portable_crc32c
#define wl_pass_nori_wal_records portable_pass_nori_wal_records
#define wl_pass_okaywal_entries portable_pass_okaywal_entries
#define wl_crc32c_prefixes portable_crc32c_prefixes
#define wl_crc32c_between portable_crc32c_between
#define wl_crc32c_keep_enclosed portable_crc32c_keep_enclosed
#define wl_crc32c_flipped_bit portable_crc32c_flipped_bit
#include "../../Sources/CChecksum/crc32c.c"
#include "../../Sources/CChecksum/crc32c_prefixes.c"
#include "../../Sources/CChecksum/crc32c_flipped_bit.c"
