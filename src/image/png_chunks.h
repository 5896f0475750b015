/* The chunks of a PNG file, judged as Pillow 13.0's PngImagePlugin.py judges them: which files it refuses
 * because of what stands around the pixels, and what it takes from there. */
#ifndef PTRUN_IMAGE_PNG_CHUNKS_H
#define PTRUN_IMAGE_PNG_CHUNKS_H

#include "base/buf.h"
#include "ptrun/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PTRUN_PNG_SIGNATURE_SIZE = 8 };

/* Colour types of the PNG specification. */
enum {
    PTRUN_PNG_GRAY = 0,
    PTRUN_PNG_RGB = 2,
    PTRUN_PNG_PALETTE = 3,
    PTRUN_PNG_GRAY_ALPHA = 4,
    PTRUN_PNG_RGBA = 6,
};

typedef struct ptrun_png_chunk {
    char name[5];
    uint32_t size; /* as the file says: the content may reach beyond the end */
} ptrun_png_chunk;

/* A file and what its chunks have said so far. Starts zeroed but for bytes, size and `at`, the place
 * behind the signature. What is borrowed is borrowed from the file's bytes. */
typedef struct ptrun_png {
    const uint8_t *bytes;
    size_t size;
    size_t at; /* the next byte to read */

    uint32_t width, height;
    int depth; /* 1, 2, 4, 8, 16; 0: no valid header yet */
    int color; /* PTRUN_PNG_GRAY … */
    bool interlaced;
    const uint8_t *palette; /* borrowed; RGB triples; NULL: no PLTE */
    size_t palette_size;    /* in bytes, any number */
    bool one_clear_entry;   /* tRNS makes exactly one palette entry transparent */

    const uint8_t *exif; /* borrowed; NULL: none */
    size_t exif_size;
    ptrun_buf xmp;      /* owned */
    uint64_t text_size; /* of all texts, inflated */

    uint32_t frames;        /* of an animation; 0: none */
    uint32_t next_sequence; /* of the next fcTL or fdAT */
    bool partial_frame;     /* the last fcTL covers only a part of the picture */
    bool animated;          /* as ptrun_png_read_header left it */
    bool lacks_palette;     /* likewise */
} ptrun_png;

/* Read up to the first IDAT; `at` then stands at its content, *idat describes it. Every CRC on the way
 * must be right. IMAGE_TRUNCATED, IMAGE_CORRUPT, IMAGE_UNSUPPORTED, OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_png_read_header(ptrun_png *png, ptrun_png_chunk *idat, ptrun_error *err);

/* Read the chunk header at `at`, which then stands at the content. IMAGE_TRUNCATED, IMAGE_CORRUPT. */
PTRUN_MUST_USE ptrun_status ptrun_png_next_chunk(ptrun_png *png, ptrun_png_chunk *chunk, ptrun_error *err);

/* Read on once all rows are there; `at` stands behind the content of an IDAT. Here no CRC is looked at
 * and the end may be missing, but a broken chunk still refuses the file. Statuses as ptrun_png_read_header.
 */
PTRUN_MUST_USE ptrun_status ptrun_png_read_trailer(ptrun_png *png, ptrun_error *err);

#endif
