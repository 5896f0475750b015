/* A small copy of a picture. */
#ifndef PTRUN_REPORT_THUMB_H
#define PTRUN_REPORT_THUMB_H

#include "base/buf.h"
#include "image/image.h"
#include "prep/resize.h"

enum { PTRUN_THUMB_SIDE = 192 };

/* Memory that is used again from picture to picture. {0} at first. */
typedef struct ptrun_thumbs {
    ptrun_image image, scratch, small;
    ptrun_resize_scratch resize;
} ptrun_thumbs;

/* The picture at `path`, upright, at most PTRUN_THUMB_SIDE a side, never enlarged, as a JPEG file appended to
 * `out`; its size in *width and *height. FILE_*, IMAGE_* (also for pictures of more than 40 million pixels),
 * OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_thumb_make(ptrun_thumbs *thumbs, const char *path, ptrun_buf *out,
                                             int32_t *width, int32_t *height, ptrun_error *err);
void ptrun_thumbs_release(ptrun_thumbs *thumbs);

#endif
