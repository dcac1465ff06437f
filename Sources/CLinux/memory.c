#include "memory.h"

#include <malloc.h>

void wl_return_large_memory(int threshold, int arenas) {
  mallopt(M_MMAP_THRESHOLD, threshold);
  mallopt(M_ARENA_MAX, arenas);
}
