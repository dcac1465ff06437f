#ifndef WALSCOPE_CLINUX_ARGUMENTS_H
#define WALSCOPE_CLINUX_ARGUMENTS_H

#include <stdint.h>

/// How many words the process was started with, its name among them.
int32_t wl_argument_count(void);
/// The word of this index, ended by a zero; null where there is none.
const char *wl_argument(int32_t index);

#endif
