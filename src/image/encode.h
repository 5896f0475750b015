/* Pictures for people: small copies, as JPEG. */
#ifndef PTRUN_IMAGE_ENCODE_H
#define PTRUN_IMAGE_ENCODE_H

#include "base/buf.h"
#include "image/image.h"

/* Append `image` (1 or 3 channels) to `out` as a baseline JPEG file of `quality` 1..100. OUT_OF_MEMORY,
 * IMAGE_UNSUPPORTED (the library says no). Any thread. */
PTRUN_MUST_USE ptrun_status ptrun_image_encode_jpeg(const ptrun_image *image, int quality, ptrun_buf *out,
                                                    ptrun_error *err);

#endif
