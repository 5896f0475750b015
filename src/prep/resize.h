/* Pillow's resize (Pillow 13.0, src/libImaging/Resample.c and Geometry.c for nearest, src/PIL/Image.py),
 * exact to the byte for 8-bit images of 1 or 3 channels. */
#ifndef PTRUN_PREP_RESIZE_H
#define PTRUN_PREP_RESIZE_H

#include "image/image.h"
#include "prep/recipe.h"
#include "prep/weights.h"

/* Sides of the resized image, of which only the window exists. Below 2^26 the sums of the nearest filter
 * stay within the source. */
enum { PTRUN_RESIZE_MAX_SIDE = (1 << 26) - 1 };

struct ptrun_resize_kernel;

/* Memory of one worker for resizing. {0} at first. */
typedef struct ptrun_resize_scratch {
    ptrun_axis horizontal, vertical;
    ptrun_image between; /* the picture between the passes */
    void *memory;        /* of the kernel, or of the nearest filter */
    size_t capacity;
    const struct ptrun_resize_kernel *kernel; /* NULL: not yet chosen */
} ptrun_resize_scratch;

void ptrun_resize_scratch_release(ptrun_resize_scratch *scratch);

/* What Image.resize((width, height), filter).crop(window) of Pillow gives; width and height are within
 * 1 .. PTRUN_RESIZE_MAX_SIDE, the window (in pixels of the result, of which the others are not computed) is
 * not empty and lies inside. `out` is reshaped to the window; it must not be `in`. OUT_OF_MEMORY,
 * IMAGE_TOO_LARGE. */
PTRUN_MUST_USE ptrun_status ptrun_resize(const ptrun_image *in, int32_t width, int32_t height,
                                         ptrun_filter filter, ptrun_window window,
                                         ptrun_resize_scratch *scratch, ptrun_image *out, ptrun_error *err);

/* The pixels of an image of in_width x in_height that this result depends on. */
ptrun_window ptrun_resize_source(int32_t in_width, int32_t in_height, int32_t width, int32_t height,
                                 ptrun_filter filter, ptrun_window window);

#endif
