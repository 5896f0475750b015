/* Pictures as Pillow decodes them.
 *
 * The promise of this room: for every file that both accept, the pixels are those of Pillow 13.0
 * `Image.open(file).convert("RGB")`, byte for byte; what cannot be decoded like that is refused with
 * a typed error, never answered differently. */
#ifndef PTRUN_IMAGE_IMAGE_H
#define PTRUN_IMAGE_IMAGE_H

#include "ptrun/status.h"

#include <stddef.h>
#include <stdint.h>

enum { PTRUN_IMAGE_MAX_SIDE = 65535 };

/* Pillow's own limit: twice Image.MAX_IMAGE_PIXELS (Pillow 13.0, src/PIL/Image.py). */
#define PTRUN_IMAGE_MAX_PIXELS INT64_C(178956970)

/* 8-bit pixels, rows without padding: height * width * channels bytes, channels interleaved.
 * channels: 3 (RGB) or 1 (grey). Owns `pixels`. The zero value is no image. */
typedef struct ptrun_image {
    uint8_t *pixels;
    int32_t width;
    int32_t height;
    int32_t channels;
    size_t capacity; /* bytes behind `pixels`, so that a worker can reuse an image's memory */
} ptrun_image;

/* A rectangle of pixels. */
typedef struct ptrun_window {
    int32_t x, y, width, height;
} ptrun_window;

/* What the file says beside its pixels. */
typedef struct ptrun_image_info {
    const char *format; /* the decoder's name: "jpeg", "png", … static */
    int32_t width;      /* as stored, before EXIF orientation */
    int32_t height;
    int32_t orientation; /* EXIF orientation 1..8 as Pillow's ImageOps.exif_transpose sees it; 1 where none */
} ptrun_image_info;

/* What is asked of a decoder. */
typedef struct ptrun_image_request {
    int64_t max_pixels;
    /* The pixels that will be looked at, asked once *info is known: within the picture, not empty. The others
     * may be left undefined; what is refused stays the same. NULL: all. */
    ptrun_window (*wanted)(const void *context, const ptrun_image_info *info);
    const void *context;
    /* The picture may come out smaller, its longer side not below this: for small copies that need not be
     * exact. 0: as stored. */
    int32_t enough;
} ptrun_image_request;

/* Give `image` the shape, keeping its memory where that is large enough; pixels are uninitialised.
 * OUT_OF_MEMORY, IMAGE_TOO_LARGE (sides outside 1..65535 or too many bytes). */
PTRUN_MUST_USE ptrun_status ptrun_image_reshape(ptrun_image *image, int64_t width, int64_t height,
                                                int32_t channels, ptrun_error *err);

/* Accepts the zero value; zero afterwards. */
void ptrun_image_release(ptrun_image *image);

/* Decode a file's bytes to RGB into `image` (its memory is reused) and fill *info.
 * The format is found by its first bytes, never by a name. Sides and pixels are checked from the
 * header, before any memory is taken: at most PTRUN_IMAGE_MAX_SIDE a side and `max_pixels` pixels.
 * Statuses: IMAGE_UNKNOWN_FORMAT, IMAGE_UNSUPPORTED, IMAGE_TRUNCATED (also an empty file and a proper
 * prefix of a known signature), IMAGE_CORRUPT, IMAGE_TOO_LARGE, OUT_OF_MEMORY.
 * Any thread; no state is kept. */
PTRUN_MUST_USE ptrun_status ptrun_image_decode(const uint8_t *bytes, size_t size,
                                               const ptrun_image_request *request, ptrun_image *image,
                                               ptrun_image_info *info, ptrun_error *err);

/* RGB to grey in place, as Pillow's convert("L"): (19595 R + 38470 G + 7471 B + 32768) >> 16
 * (Pillow 13.0, libImaging/Convert.c, L24). A grey image stays. */
void ptrun_image_to_gray(ptrun_image *image);

/* Turn `image` by EXIF orientation 1..8 as Pillow's ImageOps.exif_transpose; `scratch` lends memory
 * and holds rubbish afterwards. OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_image_orient(ptrun_image *image, int32_t orientation, ptrun_image *scratch,
                                               ptrun_error *err);

#endif
