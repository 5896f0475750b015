#include "image/png_chunks.h"

#include "base/error.h"
#include "base/hash.h"
#include "image/bytes.h"

#include <string.h>

#define ZLIB_CONST
#include <zlib.h>

/* Pillow's MAX_TEXT_CHUNK and MAX_TEXT_MEMORY. */
enum { MAX_TEXT = 1 << 20, MAX_ALL_TEXTS = 64 << 20 };

static const char xmp_key[] = "XML:com.adobe.xmp";

static bool is_named(const ptrun_png_chunk *chunk, const char *name)
{
    return memcmp(chunk->name, name, 4) == 0;
}

static bool is_name_byte(uint8_t c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

ptrun_status ptrun_png_next_chunk(ptrun_png *png, ptrun_png_chunk *chunk, ptrun_error *err)
{
    if (png->size - png->at < 8)
        return ptrun_fail(err, PTRUN_IMAGE_TRUNCATED, "the data ends where a chunk should begin");
    const uint8_t *head = png->bytes + png->at;
    for (int i = 4; i < 8; i++)
        if (!is_name_byte(head[i]))
            return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "no chunk at byte %zu", png->at);
    chunk->size = ptrun_be32(head);
    memcpy(chunk->name, head + 4, 4);
    chunk->name[4] = '\0';
    png->at += 8;
    return PTRUN_OK;
}

/* Inflate a text or profile, only to see whether Pillow would: too much is refused, damage is not.
 * The text is appended to `text` unless that is NULL; *length counts it. */
static ptrun_status inflate_text(const uint8_t *data, size_t size, ptrun_buf *text, size_t *length,
                                 ptrun_error *err)
{
    z_stream z = {.next_in = data, .avail_in = (uInt)size};
    uint8_t piece[16384];
    if (inflateInit(&z) != Z_OK) return ptrun_fail_memory(err, "a text chunk");
    int code = Z_OK;
    *length = 0;
    while (code == Z_OK && *length < MAX_TEXT) {
        z.next_out = piece;
        z.avail_out = sizeof piece;
        code = inflate(&z, Z_SYNC_FLUSH);
        size_t got = sizeof piece - z.avail_out;
        if (text) ptrun_buf_put(text, piece, got);
        *length += got;
    }
    bool too_much = code == Z_OK && z.avail_in > 0;
    (void)inflateEnd(&z);
    if (too_much) return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "a text of more than %d bytes", MAX_TEXT);
    if (text && text->failed) return ptrun_fail_memory(err, "a text chunk");
    if (code == Z_DATA_ERROR || code == Z_NEED_DICT) *length = 0;
    if (text && *length == 0) ptrun_buf_clear(text);
    return PTRUN_OK;
}

static ptrun_status count_text(ptrun_png *png, size_t length, ptrun_error *err)
{
    png->text_size += length;
    if (png->text_size <= MAX_ALL_TEXTS) return PTRUN_OK;
    return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "texts of more than %d bytes", MAX_ALL_TEXTS);
}

/* A text's compressed or plain bytes; kept where its key says that it is XMP. */
static ptrun_status take_text(ptrun_png *png, const uint8_t *key, size_t key_size, const uint8_t *data,
                              size_t size, bool compressed, ptrun_error *err)
{
    bool is_xmp = key_size == sizeof xmp_key - 1 && memcmp(key, xmp_key, key_size) == 0;
    ptrun_buf *text = is_xmp ? &png->xmp : NULL;
    if (text) ptrun_buf_clear(text);
    if (compressed) {
        ptrun_status status = inflate_text(data, size, text, &size, err);
        if (status != PTRUN_OK) return status;
    } else if (text) {
        ptrun_buf_put(text, data, size);
        if (text->failed) return ptrun_fail_memory(err, "a text chunk");
    }
    return key_size ? count_text(png, size, err) : PTRUN_OK;
}

static ptrun_status read_iCCP(ptrun_png *png, const uint8_t *data, size_t size, ptrun_error *err)
{
    (void)png;
    const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
    size_t method = nul ? (size_t)(nul - data) + 1 : 0, length;
    if (method >= size || data[method] != 0)
        return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "chunk iCCP: unknown compression");
    return inflate_text(data + method + 1, size - method - 1, NULL, &length, err);
}

static ptrun_status read_tEXt(ptrun_png *png, const uint8_t *data, size_t size, ptrun_error *err)
{
    const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
    if (!nul) return PTRUN_OK;
    size_t key = (size_t)(nul - data);
    return take_text(png, data, key, nul + 1, size - key - 1, false, err);
}

static ptrun_status read_zTXt(ptrun_png *png, const uint8_t *data, size_t size, ptrun_error *err)
{
    const uint8_t *nul = size ? memchr(data, 0, size) : NULL;
    size_t key = nul ? (size_t)(nul - data) : size;
    if (size - key < 2) return PTRUN_OK;
    if (nul[1] != 0) return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "chunk zTXt: unknown compression");
    return take_text(png, data, key, nul + 2, size - key - 2, true, err);
}

/* key, NUL, compressed?, method, language, NUL, key in that language, NUL, text */
static ptrun_status read_iTXt(ptrun_png *png, const uint8_t *data, size_t size, ptrun_error *err)
{
    const uint8_t *end = data + size, *key_end = size ? memchr(data, 0, size) : NULL;
    if (!key_end || end - key_end < 3) return PTRUN_OK;
    bool compressed = key_end[1] != 0;
    if (compressed && key_end[2] != 0) return PTRUN_OK;
    const uint8_t *text = key_end + 3;
    for (int i = 0; i < 2; i++) {
        text = end > text ? memchr(text, 0, (size_t)(end - text)) : NULL;
        if (!text) return PTRUN_OK;
        text++;
    }
    return take_text(png, data, (size_t)(key_end - data), text, (size_t)(end - text), compressed, err);
}

static ptrun_status read_eXIf(ptrun_png *png, const uint8_t *data, size_t size, ptrun_error *err)
{
    (void)err;
    png->exif = data;
    png->exif_size = size;
    return PTRUN_OK;
}

static bool is_valid_depth(int color, int depth)
{
    switch (color) {
    case PTRUN_PNG_GRAY: return depth == 1 || depth == 2 || depth == 4 || depth == 8 || depth == 16;
    case PTRUN_PNG_PALETTE: return depth == 1 || depth == 2 || depth == 4 || depth == 8;
    case PTRUN_PNG_RGB:
    case PTRUN_PNG_GRAY_ALPHA:
    case PTRUN_PNG_RGBA: return depth == 8 || depth == 16;
    default: return false;
    }
}

static ptrun_status read_IHDR(ptrun_png *png, const uint8_t *data, size_t size, ptrun_error *err)
{
    (void)size;
    png->width = ptrun_be32(data);
    png->height = ptrun_be32(data + 4);
    if (is_valid_depth(data[9], data[8])) {
        png->depth = data[8];
        png->color = data[9];
    }
    if (data[12]) png->interlaced = true;
    if (data[11]) return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "unknown filter method %d", data[11]);
    return PTRUN_OK;
}

static bool is_palette_image(const ptrun_png *png)
{
    return png->depth && png->color == PTRUN_PNG_PALETTE;
}

static ptrun_status read_PLTE(ptrun_png *png, const uint8_t *data, size_t size, ptrun_error *err)
{
    (void)err;
    if (!is_palette_image(png)) return PTRUN_OK;
    png->palette = data;
    png->palette_size = size;
    return PTRUN_OK;
}

/* Transparency never changes a colour; what is looked at is only what Pillow trips over. */
static ptrun_status read_tRNS(ptrun_png *png, const uint8_t *data, size_t size, ptrun_error *err)
{
    if (is_palette_image(png)) {
        size_t clear = 0, opaque = 0;
        for (size_t i = 0; i < size; i++) {
            clear += data[i] == 0;
            opaque += data[i] == 255;
        }
        png->one_clear_entry = clear == 1 && opaque == size - 1;
    } else if (png->depth &&
               ((png->color == PTRUN_PNG_GRAY && size < 2) || (png->color == PTRUN_PNG_RGB && size < 6))) {
        return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "chunk tRNS of only %zu bytes", size);
    }
    return PTRUN_OK;
}

static ptrun_status read_acTL(ptrun_png *png, const uint8_t *data, size_t size, ptrun_error *err)
{
    (void)size, (void)err;
    uint32_t frames = ptrun_be32(data);
    png->frames = png->frames || frames > 0x80000000u ? 0 : frames;
    return PTRUN_OK;
}

static ptrun_status read_sequence(ptrun_png *png, const uint8_t *data, ptrun_error *err)
{
    if (ptrun_be32(data) != png->next_sequence)
        return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "animation frames out of sequence");
    png->next_sequence++;
    return PTRUN_OK;
}

static ptrun_status read_fcTL(ptrun_png *png, const uint8_t *data, size_t size, ptrun_error *err)
{
    (void)size;
    uint64_t width = ptrun_be32(data + 4), height = ptrun_be32(data + 8);
    uint64_t right = width + ptrun_be32(data + 12), bottom = height + ptrun_be32(data + 16);
    if (right > png->width || bottom > png->height)
        return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "an animation frame beyond the picture");
    png->partial_frame = width != png->width || height != png->height;
    return read_sequence(png, data, err);
}

static ptrun_status read_fdAT(ptrun_png *png, const uint8_t *data, size_t size, ptrun_error *err)
{
    (void)size;
    if (png->next_sequence == 0)
        return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "animation data before any frame");
    return read_sequence(png, data, err);
}

/* The chunks that can make Pillow refuse a file or that it takes something from. */
static const struct {
    char name[5];
    uint8_t least; /* bytes */
    ptrun_status (*read)(ptrun_png *png, const uint8_t *data, size_t size, ptrun_error *err);
} rules[] = {
    {"IHDR", 13, read_IHDR}, {"PLTE", 0, read_PLTE},  {"tRNS", 0, read_tRNS}, {"gAMA", 4, NULL},
    {"cHRM", 32, NULL},      {"sRGB", 1, NULL},       {"pHYs", 9, NULL},      {"iCCP", 0, read_iCCP},
    {"tEXt", 0, read_tEXt},  {"zTXt", 0, read_zTXt},  {"iTXt", 0, read_iTXt}, {"eXIf", 0, read_eXIf},
    {"acTL", 8, read_acTL},  {"fcTL", 26, read_fcTL}, {"fdAT", 4, read_fdAT},
};

static ptrun_status read_content(ptrun_png *png, const ptrun_png_chunk *chunk, ptrun_error *err)
{
    const uint8_t *data = png->bytes + png->at;
    if (chunk->size > png->size - png->at)
        return ptrun_fail(err, PTRUN_IMAGE_TRUNCATED, "the data ends within the chunk %s", chunk->name);
    png->at += chunk->size;
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
        if (!is_named(chunk, rules[i].name)) continue;
        if (chunk->size < rules[i].least)
            return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "chunk %s of only %u bytes", chunk->name,
                              chunk->size);
        return rules[i].read ? rules[i].read(png, data, chunk->size, err) : PTRUN_OK;
    }
    return PTRUN_OK;
}

static ptrun_status check_crc(ptrun_png *png, const ptrun_png_chunk *chunk, ptrun_error *err)
{
    if (chunk->size > png->size - png->at || png->size - png->at - chunk->size < 4)
        return ptrun_fail(err, PTRUN_IMAGE_TRUNCATED, "the data ends within the chunk %s", chunk->name);
    const uint8_t *name = png->bytes + png->at - 4;
    if (ptrun_crc32(0, name, (size_t)chunk->size + 4) != ptrun_be32(name + 4 + chunk->size))
        return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "chunk %s: wrong CRC", chunk->name);
    return PTRUN_OK;
}

/* What Pillow trips over at the latest when it decodes or converts. */
static ptrun_status check_header(const ptrun_png *png, ptrun_error *err)
{
    if (!png->depth) return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "no valid header (IHDR) before the pixels");
    if (png->palette_size / 3 > 256)
        return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "a palette of %zu entries", png->palette_size / 3);
    if (png->palette && png->color != PTRUN_PNG_PALETTE)
        return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "two headers (IHDR) that contradict each other");
    if (png->partial_frame)
        return ptrun_fail(err, PTRUN_IMAGE_UNSUPPORTED,
                          "an animation whose first frame is not the whole picture");
    return PTRUN_OK;
}

ptrun_status ptrun_png_read_header(ptrun_png *png, ptrun_png_chunk *idat, ptrun_error *err)
{
    for (;;) {
        ptrun_status status = ptrun_png_next_chunk(png, idat, err);
        if (status != PTRUN_OK) return status;
        if (is_named(idat, "IDAT")) break;
        if (is_named(idat, "IEND") || is_named(idat, "fdAT"))
            return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "chunk %s before the pixels", idat->name);
        status = check_crc(png, idat, err);
        if (status == PTRUN_OK) status = read_content(png, idat, err);
        if (status != PTRUN_OK) return status;
        png->at += 4;
    }
    /* A picture that belongs to no frame comes on top of the animation's frames. */
    png->animated = png->frames > 1 || (png->frames == 1 && png->next_sequence == 0);
    png->lacks_palette = png->color == PTRUN_PNG_PALETTE && !png->palette;
    return check_header(png, err);
}

static ptrun_status read_rest(ptrun_png *png, ptrun_error *err)
{
    for (;;) {
        ptrun_png_chunk chunk;
        ptrun_error end = {0};
        png->at += png->size - png->at < 4 ? png->size - png->at : 4; /* the CRC of the chunk before */
        if (ptrun_png_next_chunk(png, &chunk, &end) != PTRUN_OK || is_named(&chunk, "IEND")) return PTRUN_OK;
        if (png->animated && is_named(&chunk, "fcTL")) return PTRUN_OK;
        ptrun_status status = read_content(png, &chunk, err);
        if (status != PTRUN_OK) return status;
    }
}

ptrun_status ptrun_png_read_trailer(ptrun_png *png, ptrun_error *err)
{
    ptrun_status status = read_rest(png, err);
    if (status == PTRUN_OK && png->lacks_palette && png->one_clear_entry)
        return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "transparency of a palette that is missing");
    return status;
}
