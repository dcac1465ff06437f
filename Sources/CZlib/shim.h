#include <zlib.h>

/* inflateInit2 is a macro, which Swift does not import. Negative: a raw deflate stream. */
static inline int walscope_inflate_begin(z_stream *stream) {
  return inflateInit2(stream, -MAX_WBITS);
}
