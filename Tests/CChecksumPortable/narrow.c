// What has its own way where the processor folds wide vectors, compiled for one that does not.
#include "../../Sources/CChecksum/crc32c_folding.h"
#include "CChecksumPortable.h"

#define wl_crc32c_can_fold() 0
#define wl_crc32c narrow_crc32c
#define wl_pass_nori_wal_records narrow_pass_nori_wal_records
#define wl_pass_okaywal_entries narrow_pass_okaywal_entries
#include "../../Sources/CChecksum/crc32c.c"
