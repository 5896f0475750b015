/* From an image to the model's tensor: the pixels of Pillow's resize and the float32 of torchvision,
 * bit for bit. */
#ifndef PTRUN_PREP_PREP_H
#define PTRUN_PREP_PREP_H

#include "image/image.h"
#include "prep/recipe.h"
#include "ptrun/tensor.h"

/* A recipe made ready: the table that turns bytes into floats. Immutable after opening, so any
 * number of threads may use one. Opaque. */
typedef struct ptrun_prep ptrun_prep;

/* Memory of one worker, reused from image to image. One thread at a time. Opaque. */
typedef struct ptrun_prep_scratch ptrun_prep_scratch;

/* `recipe` is borrowed and must outlive *out. OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_prep_open(ptrun_prep **out, const ptrun_recipe *recipe, ptrun_error *err);
void ptrun_prep_close(ptrun_prep **prep);

PTRUN_MUST_USE ptrun_status ptrun_prep_scratch_open(ptrun_prep_scratch **out, ptrun_error *err);
void ptrun_prep_scratch_close(ptrun_prep_scratch **scratch);

/* The pixels of a decoded picture that the result depends on; all where the recipe turns it. */
ptrun_window ptrun_prep_wanted(const ptrun_prep *prep, const ptrun_image_info *info);

/* Orientation, colour and the geometric steps. `image` (RGB, decoded, at least where
 * ptrun_prep_wanted says) is used up: it may be changed.
 * *out is the result, 3 channels RGB (also for bgr recipes) or 1 channel; its pixels are borrowed
 * from `image` or `scratch` until either is used again.
 * OUT_OF_MEMORY, IMAGE_TOO_LARGE, IMAGE_UNSUPPORTED (a side of 0). */
PTRUN_MUST_USE ptrun_status ptrun_prep_resized(const ptrun_prep *prep, ptrun_image *image,
                                               int32_t orientation, ptrun_prep_scratch *scratch,
                                               ptrun_image *out, ptrun_error *err);

/* Colour order, scale and normalise: `resized` (from ptrun_prep_resized) to float32 (C, H, W) in `layout`
 * at `out`, which has room for channels * height * width floats. Cannot fail. */
void ptrun_prep_tensor(const ptrun_prep *prep, const ptrun_image *resized, ptrun_layout layout, float *out);

/* The recipe that the prep was opened with. Borrowed. */
const ptrun_recipe *ptrun_prep_recipe(const ptrun_prep *prep);

#endif
