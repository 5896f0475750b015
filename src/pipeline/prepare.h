/* One image from its file to the model's tensor: read, decode, turn, resize, normalise. */
#ifndef PTRUN_PIPELINE_PREPARE_H
#define PTRUN_PIPELINE_PREPARE_H

#include "image/image.h"
#include "prep/prep.h"

/* Where the time of the images went, in nanoseconds of wall time, added up. */
typedef struct ptrun_prepare_times {
    int64_t read, decode, resize, tensor;
} ptrun_prepare_times;

/* One worker: memory that is reused from image to image. One thread at a time. Opaque. */
typedef struct ptrun_preparer ptrun_preparer;

/* `prep` is borrowed until closing. OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_preparer_open(ptrun_preparer **out, const ptrun_prep *prep, int64_t max_pixels,
                                                ptrun_error *err);
void ptrun_preparer_close(ptrun_preparer **preparer);

/* From now on every pixel is decoded, for those who look at ptrun_prepare_decoded; else only those that the recipe's
 * result depends on are sure to be. */
void ptrun_preparer_want_all(ptrun_preparer *preparer);

/* Read and decode the file at `path`; NULL: standard input to its end. The result is the preparer's
 * current image. FILE_*, NOT_A_REGULAR_FILE, IMAGE_*, OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_prepare_file(ptrun_preparer *preparer, const char *path, ptrun_error *err);

/* Decode bytes that are already there. IMAGE_*, OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_prepare_bytes(ptrun_preparer *preparer, const uint8_t *bytes, size_t size,
                                                ptrun_error *err);

/* The current image as decoded (RGB; see ptrun_preparer_want_all) and what its file says. Borrowed until the next call. */
const ptrun_image *ptrun_prepare_decoded(const ptrun_preparer *preparer);
const ptrun_image_info *ptrun_prepare_info(const ptrun_preparer *preparer);

/* Orientation, colour, geometric steps; uses the decoded image up. *resized is borrowed until the next
 * call. IMAGE_TOO_LARGE, IMAGE_UNSUPPORTED, OUT_OF_MEMORY; MODEL_INPUT_SHAPE where the recipe names a
 * shape and this image does not come out with it. */
PTRUN_MUST_USE ptrun_status ptrun_prepare_resize(ptrun_preparer *preparer, const ptrun_image **resized,
                                                 ptrun_error *err);

/* The resized image to float32 (C, H, W) at `out`, in this layout. */
void ptrun_prepare_tensor(ptrun_preparer *preparer, ptrun_layout layout, float *out);

/* Added up since opening. */
const ptrun_prepare_times *ptrun_prepare_times_of(const ptrun_preparer *preparer);

#endif
