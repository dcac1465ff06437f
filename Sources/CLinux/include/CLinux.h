#ifndef WALSCOPE_CLINUX_H
#define WALSCOPE_CLINUX_H

#include <stdint.h>

/// `SEEK_DATA` from `offset`: the next offset that holds data, or `-errno`
/// (`-ENXIO` when there is none before the end of the file).
int64_t wl_seek_data(int fd, int64_t offset);

#endif
