// What has its own way where the processor has wide vectors, compiled for one that has none of them.
#include <immintrin.h>
#include <pthread.h>
#include <stdint.h>
#include <string.h>

#include "../../Sources/CChecksum/crc32c_folding.h"
#include "CChecksumPortable.h"

#define wl_crc32c_can_fold() 0
// Whether there is "avx2", or "avx", after whose use by others there is something to clear.
#define __builtin_cpu_supports(feature) (*(feature) != 'a' && __builtin_cpu_supports(feature))
#define wl_crc32c narrow_crc32c
#define wl_pass_nori_wal_records narrow_pass_nori_wal_records
#define wl_pass_okaywal_entries narrow_pass_okaywal_entries
#define wl_crc32c_prefixes narrow_crc32c_prefixes
#define wl_crc32c_between narrow_crc32c_between
#define wl_crc32c_keep_enclosed narrow_crc32c_keep_enclosed
#include "../../Sources/CChecksum/crc32c.c"
#include "../../Sources/CChecksum/crc32c_prefixes.c"
