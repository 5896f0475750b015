/* PNG. The chunks are read by png_chunks.c; this file turns the IDATs into rows and the rows into RGB.
 *
 * zlib inflates and the filters are undone here, row by row, because which damaged files Pillow takes
 * follows from how it does so (Pillow 13.0, libImaging/ZipDecode.c): it hands zlib pieces of at most
 * 65,536 bytes that never span two chunks, asks for one row at a time, and stops at the last row. */
#include "image/bytes.h"
#include "image/decoder.h"
#include "image/exif.h"
#include "image/png_chunks.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

enum { MAX_PIECE = 65536 };

typedef struct {
    ptrun_png *png;
    z_stream z;
    size_t idat_left;        /* content of the current IDAT that zlib has not seen */
    bool ended;              /* zlib's stream ended with the row before: the other rows are zero */
    int bits;                /* of a pixel */
    uint8_t *row, *previous; /* a filter byte and the bytes of the widest row */
    uint8_t colors[256][3];  /* RGB of each value, up to 8 bits and one channel */
} png_pixels;

bool ptrun_png_matches(const uint8_t *bytes, size_t size)
{
    return ptrun_decoder_begins(bytes, size, "\x89PNG\r\n\x1A\n", PTRUN_PNG_SIGNATURE_SIZE);
}

const char *ptrun_png_version(void)
{
    return "zlib " ZLIB_VERSION;
}

/* Give zlib its next piece; IDATs must follow each other. */
static ptrun_status next_piece(png_pixels *p, ptrun_error *err)
{
    ptrun_png *png = p->png;
    while (p->idat_left == 0) {
        ptrun_png_chunk chunk;
        if (png->size - png->at < 4) return ptrun_fail(err, PTRUN_IMAGE_TRUNCATED, "the data ends");
        png->at += 4; /* the CRC, which Pillow does not look at */
        ptrun_status status = ptrun_png_next_chunk(png, &chunk, err);
        if (status != PTRUN_OK) return status;
        if (memcmp(chunk.name, "IDAT", 4) != 0)
            return ptrun_fail(err, PTRUN_IMAGE_TRUNCATED, "the pixels end before chunk %s", chunk.name);
        p->idat_left = chunk.size;
    }
    size_t size = p->idat_left < MAX_PIECE ? p->idat_left : MAX_PIECE;
    p->idat_left -= size;
    if (size > png->size - png->at) size = png->size - png->at;
    if (size == 0) return ptrun_fail(err, PTRUN_IMAGE_TRUNCATED, "the data ends");
    p->z.next_in = png->bytes + png->at;
    p->z.avail_in = (uInt)size;
    png->at += size;
    return PTRUN_OK;
}

/* Inflate a filter byte and `size` bytes into p->row. */
static ptrun_status inflate_row(png_pixels *p, size_t size, ptrun_error *err)
{
    p->z.next_out = p->row;
    p->z.avail_out = (uInt)size + 1;
    for (;;) {
        if (p->z.avail_in == 0) {
            ptrun_status status = next_piece(p, err);
            if (status != PTRUN_OK) return status;
        }
        int code = inflate(&p->z, Z_NO_FLUSH);
        if (code == Z_MEM_ERROR) return ptrun_fail_memory(err, "decoding a PNG");
        if (code < 0) return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "%s", p->z.msg ? p->z.msg : "damaged data");
        if (p->z.avail_out == 0) {
            p->ended = code == Z_STREAM_END;
            return PTRUN_OK;
        }
        p->z.avail_in = 0; /* zlib wants more, or its stream ended within a row and the rest is ignored */
    }
}

static uint8_t paeth(int left, int up, int corner)
{
    int to_left = abs(up - corner), to_up = abs(left - corner), to_corner = abs(left + up - 2 * corner);
    if (to_left <= to_up && to_left <= to_corner) return (uint8_t)left;
    return (uint8_t)(to_up <= to_corner ? up : corner);
}

/* Undo the row's filter; `back` is the distance to the byte on the left. */
static ptrun_status unfilter(png_pixels *p, size_t size, size_t back, ptrun_error *err)
{
    uint8_t *row = p->row + 1;
    const uint8_t *up = p->previous + 1;
    size_t i;
    switch (p->row[0]) {
    case 0: break;
    case 1:
        for (i = back; i < size; i++) row[i] = (uint8_t)(row[i] + row[i - back]);
        break;
    case 2:
        for (i = 0; i < size; i++) row[i] = (uint8_t)(row[i] + up[i]);
        break;
    case 3:
        for (i = 0; i < back; i++) row[i] = (uint8_t)(row[i] + up[i] / 2);
        for (; i < size; i++) row[i] = (uint8_t)(row[i] + (row[i - back] + up[i]) / 2);
        break;
    case 4:
        for (i = 0; i < back; i++) row[i] = (uint8_t)(row[i] + up[i]);
        for (; i < size; i++) row[i] = (uint8_t)(row[i] + paeth(row[i - back], up[i], up[i - back]));
        break;
    default: return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "unknown filter %d", p->row[0]);
    }
    return PTRUN_OK;
}

/* The next row of `size` bytes, unfiltered, behind p->row[0]. */
static ptrun_status read_row(png_pixels *p, size_t size, ptrun_error *err)
{
    if (p->ended) {
        memset(p->row, 0, size + 1);
        return PTRUN_OK;
    }
    ptrun_status status = inflate_row(p, size, err);
    return status == PTRUN_OK ? unfilter(p, size, (size_t)(p->bits + 7) / 8, err) : status;
}

/* `count` pixels of p->row to RGB at `to`, `step` bytes apart. Alpha is dropped; of 16 bits the high byte
 * stays, but grey saturates (Pillow reads it as I;16). */
static void put_row(const png_pixels *p, size_t count, uint8_t *to, size_t step)
{
    const uint8_t *from = p->row + 1;
    int color = p->png->color, depth = p->png->depth;
    if (color == PTRUN_PNG_RGB && depth == 8 && step == 3) {
        memcpy(to, from, count * 3);
    } else if (p->bits == 8) {
        for (size_t x = 0; x < count; x++, to += step) memcpy(to, p->colors[from[x]], 3);
    } else if (p->bits < 8) {
        for (size_t x = 0; x < count; x++, to += step) {
            size_t bit = x * (size_t)depth;
            int value = from[bit / 8] >> (8 - depth - (int)(bit % 8)) & ((1 << depth) - 1);
            memcpy(to, p->colors[value], 3);
        }
    } else if (color == PTRUN_PNG_GRAY) {
        for (size_t x = 0; x < count; x++, from += 2, to += step) memset(to, from[0] ? 255 : from[1], 3);
    } else {
        size_t sample = color == PTRUN_PNG_GRAY_ALPHA ? 0 : (size_t)depth / 8, pixel = (size_t)p->bits / 8;
        for (size_t x = 0; x < count; x++, from += pixel, to += step) {
            to[0] = from[0];
            to[1] = from[sample];
            to[2] = from[2 * sample];
        }
    }
}

/* Every (dx, dy)-th pixel from (x, y) on: the whole picture, or a pass of Adam7. */
typedef struct {
    uint32_t x, y, dx, dy;
} pass;

static ptrun_status read_pass(png_pixels *p, pass at, ptrun_image *image, ptrun_error *err)
{
    uint32_t width = p->png->width, height = p->png->height;
    if (at.x >= width) return PTRUN_OK;
    size_t count = (width - at.x + at.dx - 1) / at.dx, size = (count * (size_t)p->bits + 7) / 8;
    memset(p->previous, 0, size + 1);
    for (uint32_t y = at.y; y < height; y += at.dy) {
        ptrun_status status = read_row(p, size, err);
        if (status != PTRUN_OK) {
            ptrun_error_prefix(err, "row %u of %u: ", y + 1, height);
            return status;
        }
        put_row(p, count, image->pixels + ((size_t)y * width + at.x) * 3, (size_t)at.dx * 3);
        uint8_t *row = p->row;
        p->row = p->previous;
        p->previous = row;
    }
    return PTRUN_OK;
}

static ptrun_status read_passes(png_pixels *p, ptrun_image *image, ptrun_error *err)
{
    static const pass whole[] = {{0, 0, 1, 1}};
    static const pass adam7[] = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4},
                                 {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}};
    const pass *passes = p->png->interlaced ? adam7 : whole;
    size_t count = p->png->interlaced ? sizeof adam7 / sizeof *adam7 : 1;
    for (size_t i = 0; i < count; i++) {
        ptrun_status status = read_pass(p, passes[i], image, err);
        if (status != PTRUN_OK) return status;
    }
    return PTRUN_OK;
}

/* Grey levels spread over 0..255; palette entries, black beyond the palette. */
static void make_colors(png_pixels *p)
{
    const ptrun_png *png = p->png;
    if (png->palette) {
        memcpy(p->colors, png->palette, png->palette_size / 3 * 3);
    } else if (png->color == PTRUN_PNG_GRAY && png->depth <= 8) {
        int top = (1 << png->depth) - 1;
        for (int value = 0; value <= top; value++) memset(p->colors[value], value * (255 / top), 3);
    }
}

static ptrun_status read_pixels(png_pixels *p, ptrun_image *image, ptrun_error *err)
{
    static const uint8_t channels[] = {[PTRUN_PNG_GRAY] = 1,
                                       [PTRUN_PNG_RGB] = 3,
                                       [PTRUN_PNG_PALETTE] = 1,
                                       [PTRUN_PNG_GRAY_ALPHA] = 2,
                                       [PTRUN_PNG_RGBA] = 4};
    p->bits = channels[p->png->color] * p->png->depth;
    size_t widest = ((size_t)p->png->width * (size_t)p->bits + 7) / 8 + 1;
    p->row = ptrun_mem_alloc(widest, 1);
    p->previous = ptrun_mem_alloc(widest, 1);
    if (!p->row || !p->previous || inflateInit(&p->z) != Z_OK)
        return ptrun_fail_memory(err, "decoding a PNG");
    make_colors(p);
    return read_passes(p, image, err);
}

static ptrun_status decode(ptrun_png *png, const ptrun_image_request *request, ptrun_image *image,
                           ptrun_image_info *info, ptrun_error *err)
{
    ptrun_png_chunk idat;
    ptrun_status status = ptrun_png_read_header(png, &idat, err);
    if (status != PTRUN_OK) return status;
    status = ptrun_decoder_begin(png->width, png->height, request, image, info, err);
    if (status != PTRUN_OK) return status;
    png_pixels pixels = {.png = png, .idat_left = idat.size};
    status = read_pixels(&pixels, image, err);
    (void)inflateEnd(&pixels.z);
    free(pixels.row);
    free(pixels.previous);
    if (status != PTRUN_OK) return status;
    /* Rows can be complete before their IDAT is. */
    size_t rest = png->size - png->at;
    png->at += pixels.idat_left < rest ? pixels.idat_left : rest;
    status = ptrun_png_read_trailer(png, err);
    info->orientation =
        ptrun_exif_orientation(png->exif, png->exif_size, (const uint8_t *)png->xmp.data, png->xmp.length);
    return status;
}

ptrun_status ptrun_png_decode(const uint8_t *bytes, size_t size, const ptrun_image_request *request,
                              ptrun_image *image, ptrun_image_info *info, ptrun_error *err)
{
    if (size < PTRUN_PNG_SIGNATURE_SIZE)
        return ptrun_fail(err, PTRUN_IMAGE_TRUNCATED, "the data ends within the signature");
    ptrun_png png = {.bytes = bytes, .size = size, .at = PTRUN_PNG_SIGNATURE_SIZE};
    ptrun_status status = decode(&png, request, image, info, err);
    ptrun_buf_release(&png.xmp);
    return status;
}
