/* BMP, the uncompressed kinds, as Pillow 13.0 reads them (BmpImagePlugin.py, libImaging/RawDecode.c and
 * Unpack.c). Pixels are stored as they are, so no library is needed. */
#include "image/bytes.h"
#include "image/decoder.h"

#include "base/error.h"

#include <string.h>

enum { FILE_HEADER_SIZE = 14, CORE_HEADER_SIZE = 12, PLAIN = 0, RLE8 = 1, RLE4 = 2, BITFIELDS = 3 };

typedef struct {
    const uint8_t *bytes;
    size_t size;
    size_t at;     /* behind the headers, then behind the palette */
    size_t offset; /* of the pixels, as the file says; 0: they follow */
    int64_t width, height;
    bool top_down;
    uint32_t compression;
    uint32_t bits;       /* of a pixel, on which the length of a stored row depends */
    uint32_t value_bits; /* of a pixel as Pillow unpacks it: other than `bits` for some grey palettes */
    uint32_t masks[4];   /* red, green, blue, alpha, where there are more than 8 bits */
    uint64_t n_colors;   /* of the palette */
    uint32_t color_size; /* of an entry: 3 or 4 bytes */
    uint8_t colors[256][3];
} bitmap;

bool ptrun_bmp_matches(const uint8_t *bytes, size_t size)
{
    return ptrun_decoder_begins(bytes, size, "BM", 2);
}

const char *ptrun_bmp_version(void)
{
    return "built in";
}

static ptrun_status truncated(ptrun_error *err)
{
    return ptrun_fail(err, PTRUN_IMAGE_TRUNCATED, "the data ends within the header");
}

/* Masks stand in the header or, where it is the short one of 40 bytes, behind it. */
static ptrun_status read_masks(bitmap *b, const uint8_t *header, uint32_t header_size, ptrun_error *err)
{
    if (header_size == 40) {
        if (b->size - b->at < 12) return truncated(err);
        b->at += 12;
    }
    for (int i = 0; i < 3; i++) b->masks[i] = ptrun_le32(header + 40 + 4 * i);
    b->masks[3] = header_size >= 56 ? ptrun_le32(header + 52) : 0;
    return PTRUN_OK;
}

static ptrun_status read_info_header(bitmap *b, const uint8_t *header, uint32_t header_size, ptrun_error *err)
{
    b->top_down = header[11] == 0xFF;
    b->width = ptrun_le32(header + 4);
    b->height = ptrun_le32(header + 8);
    if (b->top_down) b->height = (INT64_C(1) << 32) - b->height;
    b->bits = ptrun_le16(header + 14);
    b->compression = ptrun_le32(header + 16);
    b->n_colors = ptrun_le32(header + 32);
    b->color_size = 4;
    return b->compression == BITFIELDS ? read_masks(b, header, header_size, err) : PTRUN_OK;
}

static void read_core_header(bitmap *b, const uint8_t *header)
{
    b->width = ptrun_le16(header + 4);
    b->height = ptrun_le16(header + 6);
    b->bits = ptrun_le16(header + 10);
    b->compression = PLAIN;
    b->color_size = 3;
}

static ptrun_status read_headers(bitmap *b, ptrun_error *err)
{
    if (b->size < FILE_HEADER_SIZE + 4) return truncated(err);
    const uint8_t *header = b->bytes + FILE_HEADER_SIZE;
    uint32_t header_size = ptrun_le32(header);
    if (header_size > b->size - FILE_HEADER_SIZE) return truncated(err);
    b->offset = ptrun_le32(b->bytes + 10);
    b->at = FILE_HEADER_SIZE + header_size;
    size_t behind_headers = b->at;
    ptrun_status status = PTRUN_OK;
    switch (header_size) {
    case CORE_HEADER_SIZE: read_core_header(b, header); break;
    case 40:
    case 52:
    case 56:
    case 64:
    case 108:
    case 124: status = read_info_header(b, header, header_size, err); break;
    default: return ptrun_fail(err, PTRUN_IMAGE_UNSUPPORTED, "a BMP header of %u bytes", header_size);
    }
    if (status != PTRUN_OK || b->bits > 8) return status;
    if (b->n_colors == 0) b->n_colors = UINT64_C(1) << b->bits;
    /* Files that forget their palette when they say where the pixels are. */
    if (b->offset == behind_headers) b->offset += b->color_size * b->n_colors;
    return PTRUN_OK;
}

static bool is_supported_mask(const bitmap *b)
{
    static const uint32_t rgba[][4] = {
        {0xFF0000, 0xFF00, 0xFF, 0},          {0xFF000000, 0xFF0000, 0xFF00, 0},
        {0xFF000000, 0xFF00, 0xFF, 0},        {0xFF000000, 0xFF0000, 0xFF00, 0xFF},
        {0xFF, 0xFF00, 0xFF0000, 0xFF000000}, {0xFF0000, 0xFF00, 0xFF, 0xFF000000},
        {0xFF000000, 0xFF00, 0xFF, 0xFF0000}, {0, 0, 0, 0},
    };
    static const uint32_t rgb565[3] = {0xF800, 0x7E0, 0x1F}, rgb555[3] = {0x7C00, 0x3E0, 0x1F};
    if (b->bits == 16)
        return memcmp(b->masks, rgb565, sizeof rgb565) == 0 || memcmp(b->masks, rgb555, sizeof rgb555) == 0;
    if (b->bits == 24) return memcmp(b->masks, rgba[0], sizeof rgb565) == 0;
    for (size_t i = 0; i < sizeof rgba / sizeof *rgba; i++)
        if (b->bits == 32 && memcmp(b->masks, rgba[i], sizeof *rgba) == 0) return true;
    return false;
}

static ptrun_status check_kind(bitmap *b, ptrun_error *err)
{
    static const uint32_t usual[4] = {0xFF0000, 0xFF00, 0xFF, 0}, usual16[4] = {0x7C00, 0x3E0, 0x1F, 0};
    if (b->bits != 1 && b->bits != 4 && b->bits != 8 && b->bits != 16 && b->bits != 24 && b->bits != 32)
        return ptrun_fail(err, PTRUN_IMAGE_UNSUPPORTED, "a BMP of %u bits a pixel", b->bits);
    if (b->compression == RLE8 || b->compression == RLE4)
        return ptrun_fail(err, PTRUN_IMAGE_UNSUPPORTED, "a run-length coded BMP");
    if (b->compression != PLAIN && b->compression != BITFIELDS)
        return ptrun_fail(err, PTRUN_IMAGE_UNSUPPORTED, "a BMP of compression %u", b->compression);
    if (b->compression == BITFIELDS && !is_supported_mask(b))
        return ptrun_fail(err, PTRUN_IMAGE_UNSUPPORTED, "a BMP with masks %x %x %x %x", b->masks[0],
                          b->masks[1], b->masks[2], b->masks[3]);
    if (b->compression == PLAIN || !(b->masks[0] | b->masks[1]))
        memcpy(b->masks, b->bits == 16 ? usual16 : usual, sizeof b->masks);
    return PTRUN_OK;
}

/* Whether the palette only counts up, or is black and white: Pillow then drops it and reads the pixels as
 * grey values of 8 bits, or of 1 bit where there are no more than two colours, whatever `bits` says. */
static bool is_gray(const bitmap *b, const uint8_t *palette, size_t size)
{
    for (uint64_t i = 0; i < b->n_colors; i++) {
        const uint8_t *color = palette + i * b->color_size, value = (uint8_t)(b->n_colors == 2 ? i * 255 : i);
        if (i * b->color_size + 3 > size) return false;
        if (color[0] != value || color[1] != value || color[2] != value) return false;
    }
    return true;
}

static ptrun_status read_palette(bitmap *b, ptrun_error *err)
{
    const uint8_t *palette = b->bytes + b->at;
    uint64_t size = b->n_colors * b->color_size, left = b->size - b->at;
    if (size > left) size = left;
    b->at += size;
    size_t entries = size / b->color_size;
    if (b->n_colors > 65536)
        return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "a palette of %llu colours",
                          (unsigned long long)b->n_colors);
    if (is_gray(b, palette, size)) {
        b->value_bits = b->n_colors <= 2 ? 1 : 8;
        for (int i = 0; i < 256; i++) memset(b->colors[i], b->value_bits == 1 && i ? 255 : i, 3);
        return PTRUN_OK;
    }
    if (entries > 256) return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "a palette of %zu colours", entries);
    for (size_t i = 0; i < entries; i++, palette += b->color_size) {
        b->colors[i][0] = palette[2];
        b->colors[i][1] = palette[1];
        b->colors[i][2] = palette[0];
    }
    return PTRUN_OK;
}

static void put_indices(const bitmap *b, const uint8_t *from, uint8_t *to)
{
    uint32_t bits = b->value_bits, top = (1u << bits) - 1;
    for (size_t x = 0; x < (size_t)b->width; x++, to += 3) {
        size_t bit = x * bits;
        memcpy(to, b->colors[from[bit / 8] >> (8 - bits - bit % 8) & top], 3);
    }
}

/* Channels of 5 or 6 bits are spread over 0..255 and cut, not rounded. */
static void put_16_bits(const bitmap *b, const uint8_t *from, uint8_t *to)
{
    for (int64_t x = 0; x < b->width; x++, from += 2, to += 3)
        for (int i = 0; i < 3; i++) {
            uint32_t mask = b->masks[i], unit = mask & (~mask + 1), top = mask / unit;
            to[i] = (uint8_t)((ptrun_le16(from) & mask) / unit * 255 / top);
        }
}

/* Channels of whole bytes: the masks say which. */
static void put_bytes(const bitmap *b, const uint8_t *from, uint8_t *to)
{
    size_t place[3];
    for (int i = 0; i < 3; i++)
        place[i] = b->masks[i] >> 24 ? 3 : b->masks[i] >> 16 ? 2 : b->masks[i] >> 8 ? 1 : 0;
    for (int64_t x = 0; x < b->width; x++, from += b->bits / 8, to += 3)
        for (int i = 0; i < 3; i++) to[i] = from[place[i]];
}

static ptrun_status read_rows(const bitmap *b, ptrun_image *image, ptrun_error *err)
{
    size_t width = (size_t)b->width, height = (size_t)b->height;
    size_t stride = (width * b->bits + 31) / 8 & ~(size_t)3, row = (width * b->value_bits + 7) / 8;
    size_t start = b->offset ? b->offset : b->at, left = start < b->size ? b->size - start : 0;
    if (row > stride)
        return ptrun_fail(err, PTRUN_IMAGE_UNSUPPORTED,
                          "a BMP of %u bits a pixel with a grey palette of %llu colours", b->bits,
                          (unsigned long long)b->n_colors);
    if (left < (height - 1) * stride + row)
        return ptrun_fail(err, PTRUN_IMAGE_TRUNCATED, "the data ends at row %zu of %zu",
                          (left + stride - row) / stride + 1, height);
    for (size_t y = 0; y < height; y++) {
        const uint8_t *from = b->bytes + start + y * stride;
        uint8_t *to = image->pixels + (b->top_down ? y : height - 1 - y) * width * 3;
        if (b->bits <= 8) put_indices(b, from, to);
        else if (b->bits == 16) put_16_bits(b, from, to);
        else put_bytes(b, from, to);
    }
    return PTRUN_OK;
}

ptrun_status ptrun_bmp_decode(const uint8_t *bytes, size_t size, const ptrun_image_request *request,
                              ptrun_image *image, ptrun_image_info *info, ptrun_error *err)
{
    bitmap b = {.bytes = bytes, .size = size};
    ptrun_status status = read_headers(&b, err);
    if (status == PTRUN_OK) status = check_kind(&b, err);
    b.value_bits = b.bits;
    if (status == PTRUN_OK && b.bits <= 8) status = read_palette(&b, err);
    if (status == PTRUN_OK) status = ptrun_decoder_begin(b.width, b.height, request, image, info, err);
    return status == PTRUN_OK ? read_rows(&b, image, err) : status;
}
