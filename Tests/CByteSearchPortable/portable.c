// System headers first: they need to know the processor that the sources below are not to see.
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "CByteSearchPortable.h"

#undef __x86_64__
#undef __SSE2__
#define wl_nori_wal_claim portable_nori_wal_claim
#define wl_nori_wal_record portable_nori_wal_record
#define wl_find_nori_wal_records portable_find_nori_wal_records
#define wl_counted_record portable_counted_record
#define wl_pass_counted_records portable_pass_counted_records
#define wl_find_counted_records portable_find_counted_records
#define wl_find_okaywal_entries portable_find_okaywal_entries
#define wl_strike_unfollowed portable_strike_unfollowed
#define wl_strike_records portable_strike_records
#define wl_next_followed portable_next_followed
#define wl_next_noted portable_next_noted
#include "../../Sources/CByteSearch/nori_wal_records.c"
#include "../../Sources/CByteSearch/records.c"
