/* GIF: the first frame as Pillow 13.0 shows it (GifImagePlugin.py), which differs from what browsers show:
 * the background colour is ignored, transparent pixels show their colour, a frame beyond the canvas
 * enlarges it, a palette that only counts is none.
 *
 * The LZW is undone here, not by giflib, which makes up pixels for codes that the table does not have:
 * Pillow (libImaging/GifDecode.c) refuses such files. */
#include "image/bytes.h"
#include "image/decoder.h"

#include "base/error.h"

#include <string.h>

enum { SIGNATURE_SIZE = 6, SCREEN_SIZE = 13, FRAME_SIZE = 9 };
enum { GRAPHIC_CONTROL = 0xF9, COMMENT = 0xFE, APPLICATION = 0xFF };
enum { TABLE_SIZE = 4096, MAX_WIDTH = 12 };

typedef struct {
    const uint8_t *bytes;
    size_t size;
    size_t at; /* the next byte to read */
    uint32_t canvas_width, canvas_height;
    uint32_t left, top, width, height; /* of the frame */
    bool interlaced;
    uint8_t clear_index; /* what the canvas is filled with */
    uint8_t colors[256][3];
} gif_file;

bool ptrun_gif_matches(const uint8_t *bytes, size_t size)
{
    return ptrun_decoder_begins(bytes, size, "GIF87a", SIGNATURE_SIZE) ||
           ptrun_decoder_begins(bytes, size, "GIF89a", SIGNATURE_SIZE);
}

const char *ptrun_gif_version(void)
{
    return "built in";
}

/* The next `count` bytes; NULL where they are not all there. */
static const uint8_t *take(gif_file *gif, size_t count)
{
    if (gif->size - gif->at < count) return NULL;
    gif->at += count;
    return gif->bytes + gif->at - count;
}

static ptrun_status truncated(ptrun_error *err)
{
    return ptrun_fail(err, PTRUN_IMAGE_TRUNCATED, "the data ends before the pixels");
}

/* Read a palette of `flags`, if they announce one. One that is (0, 0, 0), (1, 1, 1), … changes nothing;
 * another replaces what was there, and beyond it all is black. */
static ptrun_status read_palette(gif_file *gif, uint8_t flags, ptrun_error *err)
{
    if (!(flags & 0x80)) return PTRUN_OK;
    size_t size = (size_t)3 << ((flags & 7) + 1);
    const uint8_t *palette = take(gif, size);
    if (!palette) return truncated(err);
    for (size_t i = 0; i < size; i++) {
        if (palette[i] == i / 3) continue;
        memset(gif->colors, 0, sizeof gif->colors);
        memcpy(gif->colors, palette, size);
        break;
    }
    return PTRUN_OK;
}

static ptrun_status read_screen(gif_file *gif, ptrun_error *err)
{
    const uint8_t *screen = take(gif, SCREEN_SIZE);
    if (!screen) return truncated(err);
    gif->canvas_width = ptrun_le16(screen + 6);
    gif->canvas_height = ptrun_le16(screen + 8);
    for (int i = 0; i < 256; i++) memset(gif->colors[i], i, 3);
    return read_palette(gif, screen[10], err);
}

/* The next block of an extension, *size bytes (0 to 255). False at the end mark. A block that is cut off is
 * as good as the end mark: nothing follows it. */
static bool next_block(gif_file *gif, const uint8_t **block, size_t *size)
{
    const uint8_t *length = take(gif, 1);
    *size = length ? *length : 0;
    *block = take(gif, *size);
    if (!*block) {
        *size = 0;
        gif->at = gif->size;
    }
    return *size > 0;
}

/* Read an extension as Pillow does, which behind an empty one looks for blocks once more. */
static ptrun_status read_extension(gif_file *gif, ptrun_error *err)
{
    static const char looping[] = "NETSCAPE2.0";
    const uint8_t *label = take(gif, 1), *block;
    size_t size;
    if (!label) return truncated(err);
    bool more = next_block(gif, &block, &size);
    if (*label == GRAPHIC_CONTROL && more) {
        if (size < 3 || (block[0] & 1 && size < 4))
            return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "a graphic control extension of %zu bytes", size);
        if (block[0] & 1) gif->clear_index = block[3];
    }
    if (*label == COMMENT && !more) return PTRUN_OK;
    if (*label == APPLICATION && size >= sizeof looping - 1 &&
        memcmp(block, looping, sizeof looping - 1) == 0)
        (void)next_block(gif, &block, &size);
    while (next_block(gif, &block, &size)) continue;
    return PTRUN_OK;
}

/* Up to the first frame's pixels. Stray bytes between blocks are skipped. */
static ptrun_status find_frame(gif_file *gif, ptrun_error *err)
{
    for (const uint8_t *mark; (mark = take(gif, 1)) && *mark != ',';) {
        if (*mark == ';') return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "a GIF without a picture");
        ptrun_status status = *mark == '!' ? read_extension(gif, err) : PTRUN_OK;
        if (status != PTRUN_OK) return status;
    }
    const uint8_t *frame = take(gif, FRAME_SIZE);
    if (!frame) return truncated(err);
    gif->left = ptrun_le16(frame);
    gif->top = ptrun_le16(frame + 2);
    gif->width = ptrun_le16(frame + 4);
    gif->height = ptrun_le16(frame + 6);
    gif->interlaced = frame[8] & 0x40;
    if (gif->width == 0 || gif->height == 0)
        return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "a frame of %u x %u pixels", gif->width, gif->height);
    return read_palette(gif, frame[8], err);
}

/* The strings of the LZW table, each its prefix and one more value, and where the decoder is. */
typedef struct {
    gif_file *gif;
    size_t block_left; /* bytes of the current block */
    uint32_t bits;     /* read and not yet used, the next one lowest */
    uint32_t n_bits;
    uint32_t clear_bits;
    uint32_t clear;      /* 1 << clear_bits: the code that empties the table; the next one ends the picture */
    uint32_t width;      /* bits of a code */
    uint32_t next;       /* the first code that the table does not have */
    uint32_t last;       /* the code before; `clear` where the table was just emptied */
    uint8_t first_value; /* of its string */
    uint16_t prefix[TABLE_SIZE];
    uint8_t value[TABLE_SIZE];
    uint8_t pending[TABLE_SIZE + 1]; /* values that are still to be given, the next one last */
    size_t n_pending;
} lzw;

static void empty_table(lzw *z)
{
    z->width = z->clear_bits + 1;
    z->next = z->clear + 2;
    z->last = z->clear;
}

/* As Pillow, take whole blocks only. False where the data ends. */
static bool next_code(lzw *z, uint32_t *code)
{
    gif_file *gif = z->gif;
    for (; z->n_bits < z->width; z->n_bits += 8) {
        while (z->block_left == 0) {
            const uint8_t *size = take(gif, 1);
            if (!size || gif->size - gif->at < *size) return false;
            z->block_left = *size;
        }
        z->bits |= (uint32_t)*take(gif, 1) << z->n_bits;
        z->block_left--;
    }
    *code = z->bits & ((1u << z->width) - 1);
    z->bits >>= z->width;
    z->n_bits -= z->width;
    return true;
}

/* Unwind the string of `code` into z->pending. False for a code that the table does not have. */
static bool unwind(lzw *z, uint32_t code)
{
    if (code > (z->last == z->clear ? z->clear : z->next)) return false;
    if (code == z->next) {
        z->pending[z->n_pending++] = z->first_value;
        code = z->last;
    }
    for (; code >= z->clear; code = z->prefix[code]) {
        if (code >= TABLE_SIZE || z->n_pending == TABLE_SIZE) return false;
        z->pending[z->n_pending++] = z->value[code];
    }
    z->first_value = (uint8_t)code;
    z->pending[z->n_pending++] = z->first_value;
    return true;
}

static void add_string(lzw *z)
{
    if (z->last == z->clear || z->next >= TABLE_SIZE) return;
    z->value[z->next] = z->first_value;
    z->prefix[z->next] = (uint16_t)z->last;
    if (z->next == (1u << z->width) - 1 && z->width < MAX_WIDTH) z->width++;
    z->next++;
}

static ptrun_status next_string(lzw *z, ptrun_error *err)
{
    uint32_t code;
    for (;;) {
        if (!next_code(z, &code)) return ptrun_fail(err, PTRUN_IMAGE_TRUNCATED, "the data ends");
        if (code != z->clear) break;
        empty_table(z);
    }
    if (code == z->clear + 1) return ptrun_fail(err, PTRUN_IMAGE_TRUNCATED, "the picture ends");
    if (!unwind(z, code)) return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "a wrong code");
    add_string(z);
    z->last = code;
    return PTRUN_OK;
}

typedef struct {
    uint32_t first, step;
} pass;

static ptrun_status read_pass(lzw *z, pass rows, ptrun_image *image, ptrun_error *err)
{
    const gif_file *gif = z->gif;
    for (uint32_t y = rows.first; y < gif->height; y += rows.step) {
        uint8_t *to = image->pixels + ((size_t)(gif->top + y) * (size_t)image->width + gif->left) * 3;
        for (uint32_t x = 0; x < gif->width; x++, to += 3) {
            if (z->n_pending == 0 && next_string(z, err) != PTRUN_OK)
                return ptrun_error_prefix(err, "row %u of %u: ", y + 1, gif->height);
            memcpy(to, gif->colors[z->pending[--z->n_pending]], 3);
        }
    }
    return PTRUN_OK;
}

static ptrun_status read_pixels(gif_file *gif, ptrun_image *image, ptrun_error *err)
{
    static const pass whole[] = {{0, 1}}, interlaced[] = {{0, 8}, {4, 8}, {2, 4}, {1, 2}};
    const uint8_t *bits = take(gif, 1);
    if (!bits) return truncated(err);
    if (*bits > MAX_WIDTH) return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "codes of %d bits", *bits);
    lzw z = {.gif = gif, .clear_bits = *bits, .clear = 1u << *bits};
    empty_table(&z);
    ptrun_status status = PTRUN_OK;
    for (int i = 0; i < (gif->interlaced ? 4 : 1) && status == PTRUN_OK; i++)
        status = read_pass(&z, gif->interlaced ? interlaced[i] : whole[i], image, err);
    return status;
}

static void fill(ptrun_image *image, const uint8_t color[3])
{
    size_t count = (size_t)image->width * (size_t)image->height;
    for (size_t i = 0; i < count; i++) memcpy(image->pixels + 3 * i, color, 3);
}

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

ptrun_status ptrun_gif_decode(const uint8_t *bytes, size_t size, const ptrun_image_request *request,
                              ptrun_image *image, ptrun_image_info *info, ptrun_error *err)
{
    gif_file gif = {.bytes = bytes, .size = size};
    ptrun_status status = read_screen(&gif, err);
    if (status == PTRUN_OK) status = find_frame(&gif, err);
    if (status != PTRUN_OK) return status;
    uint32_t width = larger(gif.canvas_width, gif.left + gif.width);
    uint32_t height = larger(gif.canvas_height, gif.top + gif.height);
    status = ptrun_decoder_begin(width, height, request, image, info, err);
    if (status != PTRUN_OK) return status;
    if (gif.width < width || gif.height < height) fill(image, gif.colors[gif.clear_index]);
    return read_pixels(&gif, image, err);
}
