#include "arguments.h"

#include <stddef.h>

static int32_t count;
static char **words;

// Swift reads its words from /proc, which is not mounted everywhere. The loader hands them to
// constructors.
__attribute__((constructor)) static void keep_arguments(int argc, char **argv) {
  count = argc;
  words = argv;
}

int32_t wl_argument_count(void) { return count; }

const char *wl_argument(int32_t index) {
  return index >= 0 && index < count ? words[index] : NULL;
}
