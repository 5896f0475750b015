/* Sizes and places of the geometric steps, in plain integers. Nothing here touches a pixel. */
#ifndef PTRUN_PREP_GEOMETRY_H
#define PTRUN_PREP_GEOMETRY_H

#include "prep/recipe.h"

/* Replace the size of an image by its size after `step` (a resize), as torchvision 0.29's
 * _compute_resized_output_size. IMAGE_UNSUPPORTED where a side becomes 0, IMAGE_TOO_LARGE where one is
 * beyond PTRUN_RESIZE_MAX_SIDE, RECIPE_INVALID where max_size is not above `shorter`. */
PTRUN_MUST_USE ptrun_status ptrun_geometry_resize(const ptrun_step *step, int32_t *width, int32_t *height,
                                                  ptrun_error *err);

/* A centre crop along one axis: `count` pixels from `source` on land at `before`; the other pixels of the
 * crop are 0. */
typedef struct ptrun_crop_axis {
    int32_t source, count, before;
} ptrun_crop_axis;

/* `size` pixels cropped, or padded, to `wanted`: torchvision 0.29 transforms/functional.py center_crop, or
 * transformers 5 image_transforms.py center_crop. The two differ in the odd pixel. */
ptrun_crop_axis ptrun_geometry_crop(int32_t size, int32_t wanted, ptrun_crop_rounding rounding);

#endif
