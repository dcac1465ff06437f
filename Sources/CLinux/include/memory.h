#ifndef WALSCOPE_CLINUX_MEMORY_H
#define WALSCOPE_CLINUX_MEMORY_H

/// Has pieces of memory of at least `threshold` bytes given back as soon as they are freed, and all
/// smaller ones taken from at most `arenas` heaps (mallopt(3)).
void wl_return_large_memory(int threshold, int arenas);

#endif
