/* The table of decoders: one row a format, one file a row (decode_<name>.c). A new format is a new
 * file and a new row in decoder.c; nothing else changes. */
#ifndef PTRUN_IMAGE_DECODER_H
#define PTRUN_IMAGE_DECODER_H

#include "image/image.h"

#include <stdbool.h>

typedef struct ptrun_decoder {
    const char *name;            /* "jpeg" */
    const char *const *suffixes; /* lower case with the dot, NULL-terminated: what a folder walk takes */

    /* Whether `size` (>= 1) first bytes are, or as far as they go could be, a file of this format. */
    bool (*matches)(const uint8_t *bytes, size_t size);

    /* As ptrun_image_decode. NULL where this build lacks the library: IMAGE_UNSUPPORTED says so. */
    ptrun_status (*decode)(const uint8_t *bytes, size_t size, const ptrun_image_request *request,
                           ptrun_image *image, ptrun_image_info *info, ptrun_error *err);

    /* Library and version for `ptrun engines` ("libjpeg-turbo 2.1.5"), "built in" where none is needed, or
     * why there is none. Static. */
    const char *(*version)(void);
} ptrun_decoder;

/* The rows in order of preference, *count of them. Static. */
const ptrun_decoder *ptrun_decoder_table(size_t *count);

/* Whether a file name ends in a suffix of the table, in any case. */
bool ptrun_decoder_takes_name(const char *name);

/* For the decoders: check the sides and the limit of `request`, then give `image` the shape (RGB, pixels
 * uninitialised) and set width, height and orientation 1 of *info. Called once the header is known and
 * before anything that grows with the picture. IMAGE_CORRUPT (a side of 0), IMAGE_TOO_LARGE, OUT_OF_MEMORY.
 */
PTRUN_MUST_USE ptrun_status ptrun_decoder_begin(int64_t width, int64_t height,
                                                const ptrun_image_request *request, ptrun_image *image,
                                                ptrun_image_info *info, ptrun_error *err);

/* Whether the bytes, as far as both go, are the `length` bytes of `magic`. */
bool ptrun_decoder_begins(const uint8_t *bytes, size_t size, const char *magic, size_t length);

/* What each decode_<name>.c gives to its row. */
#define PTRUN_DECODER(name)                                                                                  \
    bool ptrun_##name##_matches(const uint8_t *bytes, size_t size);                                          \
    ptrun_status ptrun_##name##_decode(const uint8_t *bytes, size_t size,                                    \
                                       const ptrun_image_request *request, ptrun_image *image,               \
                                       ptrun_image_info *info, ptrun_error *err);                            \
    const char *ptrun_##name##_version(void)

PTRUN_DECODER(jpeg);
PTRUN_DECODER(png);
PTRUN_DECODER(gif);
PTRUN_DECODER(bmp);
PTRUN_DECODER(webp);
#undef PTRUN_DECODER

#endif
