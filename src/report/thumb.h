/* Small copies of pictures. */
#ifndef PTRUN_REPORT_THUMB_H
#define PTRUN_REPORT_THUMB_H

#include "base/buf.h"
#include "ptrun/status.h"

#include <stdint.h>

enum { PTRUN_THUMB_SIDE = 192 };

/* The picture at `path` (the caller's; NULL: none is wanted), upright, at most PTRUN_THUMB_SIDE a side, never
 * enlarged, as a JPEG file; or why there is none: FILE_*, IMAGE_* (also for pictures of more than 40 million
 * pixels), OUT_OF_MEMORY. */
typedef struct ptrun_thumb {
    const char *path;
    ptrun_buf jpeg;
    int32_t width, height;
    ptrun_status status;
} ptrun_thumb;

/* Make the others' fields from the paths, on several processors where there are. */
void ptrun_thumbs_make(ptrun_thumb *thumbs, size_t count);
void ptrun_thumbs_release(ptrun_thumb *thumbs, size_t count);

#endif
