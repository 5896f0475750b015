/* The decoders on one small file each; what they do with every kind of file is held against Pillow in
 * tests/parity/test_decode.py. */
#include "check.h"

#include "image/decoder.h"

#include <stdlib.h>

static const uint8_t jpeg[] = {
    0xFF, 0xD8, 0xFF, 0xDB, 0x00, 0x43, 0x00, 0x0D, 0x09, 0x0A, 0x0B, 0x0A, 0x08, 0x0D, 0x0B, 0x0A,
    0x0B, 0x0E, 0x0E, 0x0D, 0x0F, 0x13, 0x20, 0x15, 0x13, 0x12, 0x12, 0x13, 0x27, 0x1C, 0x1E, 0x17,
    0x20, 0x2E, 0x29, 0x31, 0x30, 0x2E, 0x29, 0x2D, 0x2C, 0x33, 0x3A, 0x4A, 0x3E, 0x33, 0x36, 0x46,
    0x37, 0x2C, 0x2D, 0x40, 0x57, 0x41, 0x46, 0x4C, 0x4E, 0x52, 0x53, 0x52, 0x32, 0x3E, 0x5A, 0x61,
    0x5A, 0x50, 0x60, 0x4A, 0x51, 0x52, 0x4F, 0xFF, 0xC0, 0x00, 0x0B, 0x08, 0x00, 0x03, 0x00, 0x05,
    0x01, 0x01, 0x11, 0x00, 0xFF, 0xC4, 0x00, 0x14, 0x00, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x06, 0xFF, 0xC4, 0x00, 0x1A, 0x10, 0x00,
    0x01, 0x05, 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x05,
    0x00, 0x03, 0x06, 0x14, 0x35, 0x91, 0xFF, 0xDA, 0x00, 0x08, 0x01, 0x01, 0x00, 0x00, 0x3F, 0x00,
    0x46, 0x2A, 0x3A, 0x1E, 0xB6, 0x7B, 0x3C, 0x5F, 0xFF, 0xD9};
static const uint8_t jpeg_gray[] = {0, 12, 31, 50, 63, 92, 104, 123, 142, 155, 165, 177, 196, 215, 228};

/* 2 x 2, 8-bit RGB, one stored block; rows 1 2 3 4 5 6 and, filtered by "up", 9 more each. */
static const uint8_t png[] = {
    0x89, 'P',  'N', 'G', 0x0D, 0x0A, 0x1A, 0x0A, 0,    0,    0,    13,   'I',  'H',  'D',  'R',  0,
    0,    0,    2,   0,   0,    0,    2,    8,    2,    0,    0,    0,    0xFD, 0xD4, 0x9A, 0x73, 0,
    0,    0,    25,  'I', 'D',  'A',  'T',  0x78, 0x01, 0x01, 0x0E, 0x00, 0xF1, 0xFF, 0,    1,    2,
    3,    4,    5,   6,   2,    9,    9,    9,    9,    9,    9,    0x01, 0xA4, 0x00, 0x4E, 0x00, 0x00,
    0x00, 0x00, 0,   0,   0,    0,    'I',  'E',  'N',  'D',  0xAE, 0x42, 0x60, 0x82};
static const uint8_t png_rgb[] = {1, 2, 3, 4, 5, 6, 10, 11, 12, 13, 14, 15};

/* 2 x 1, palette of 2 colours, indices 1 0. */
static const uint8_t gif[] = {'G', 'I', 'F', '8', '9', 'a', 2, 0, 1, 0, 0x80, 0, 0, 7,    8,    9, 20, 30,
                              40,  ',', 0,   0,   0,   0,   2, 0, 1, 0, 0,    2, 2, 0x0C, 0x0A, 0, ';'};
static const uint8_t gif_rgb[] = {20, 30, 40, 7, 8, 9};

/* 1 x 2, 24 bits, bottom row first. */
static const uint8_t bmp[] = {'B', 'M', 62, 0, 0, 0, 0, 0,  0, 0, 54, 0, 0, 0, 40, 0, 0, 0, 1, 0, 0,
                              0,   2,   0,  0, 0, 1, 0, 24, 0, 0, 0,  0, 0, 0, 0,  0, 0, 0, 0, 0, 0,
                              0,   0,   0,  0, 0, 0, 0, 0,  0, 0, 0,  0, 4, 5, 6,  0, 1, 2, 3, 0};
static const uint8_t bmp_rgb[] = {3, 2, 1, 6, 5, 4};

typedef struct {
    const char *format;
    const uint8_t *bytes;
    size_t size;
    int width, height;
    const uint8_t *pixels; /* 3 a pixel, or 1 for the grey JPEG */
    int step;
} sample;

static const sample samples[] = {
    {"jpeg", jpeg, sizeof jpeg, 5, 3, jpeg_gray, 1},
    {"png", png, sizeof png, 2, 2, png_rgb, 3},
    {"gif", gif, sizeof gif, 2, 1, gif_rgb, 3},
    {"bmp", bmp, sizeof bmp, 1, 2, bmp_rgb, 3},
};

static bool has_pixels(const ptrun_image *image, const sample *s)
{
    if (image->width != s->width || image->height != s->height || image->channels != 3) return false;
    for (int i = 0; i < s->width * s->height * 3; i++)
        if (image->pixels[i] != s->pixels[s->step == 3 ? i : i / 3]) return false;
    return true;
}

static void test_samples(void)
{
    ptrun_image image = {0};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const sample *s = &samples[i];
        ptrun_error err = {0};
        ptrun_image_info info;
        CHECK(ptrun_image_decode(s->bytes, s->size, &(ptrun_image_request){.max_pixels = 100}, &image, &info,
                                 &err) == PTRUN_OK);
        CHECK_TEXT(info.format, s->format);
        CHECK(info.width == s->width && info.height == s->height && info.orientation == 1);
        CHECK(has_pixels(&image, s));
    }
    ptrun_image_release(&image);
}

/* Whatever is cut off, a decoder says so, or the picture was whole already; it never reads beyond the end
 * (the bytes are in a block of their own for the sanitizers' sake). */
static void test_prefixes(void)
{
    ptrun_image image = {0};
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
        for (size_t size = 0; size < samples[i].size; size++) {
            uint8_t *bytes = malloc(size ? size : 1);
            if (!bytes) continue;
            memcpy(bytes, samples[i].bytes, size);
            ptrun_error err = {0};
            ptrun_image_info info;
            ptrun_status status = ptrun_image_decode(bytes, size, &(ptrun_image_request){.max_pixels = 100},
                                                     &image, &info, &err);
            CHECK(status == PTRUN_IMAGE_TRUNCATED || (status == PTRUN_OK && has_pixels(&image, &samples[i])));
            CHECK(err.status == status && (status == PTRUN_OK || err.detail[0]));
            free(bytes);
        }
    ptrun_image_release(&image);
}

static void test_limit(void)
{
    for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
        const sample *s = &samples[i];
        int64_t pixels = (int64_t)s->width * s->height;
        ptrun_image image = {0};
        ptrun_image_info info;
        ptrun_error err = {0};
        CHECK(ptrun_image_decode(s->bytes, s->size, &(ptrun_image_request){.max_pixels = pixels - 1}, &image,
                                 &info, &err) == PTRUN_IMAGE_TOO_LARGE);
        CHECK(!image.pixels);
        err = (ptrun_error){0};
        CHECK(ptrun_image_decode(s->bytes, s->size, &(ptrun_image_request){.max_pixels = pixels}, &image,
                                 &info, &err) == PTRUN_OK);
        ptrun_image_release(&image);
    }
}

static void test_table(void)
{
    size_t count;
    const ptrun_decoder *rows = ptrun_decoder_table(&count);
    CHECK(count == 5);
    for (size_t i = 0; i < count; i++) {
        CHECK(rows[i].version()[0] && rows[i].suffixes[0][0] == '.');
        CHECK(rows[i].decode || strcmp(rows[i].name, "webp") == 0);
    }
    CHECK(ptrun_decoder_takes_name("a/b.JPG") && ptrun_decoder_takes_name("x.y.png"));
    CHECK(ptrun_decoder_takes_name(".gif") && ptrun_decoder_takes_name("a.WebP"));
    CHECK(!ptrun_decoder_takes_name("jpg") && !ptrun_decoder_takes_name("a.jpg/b"));
    CHECK(!ptrun_decoder_takes_name("a.jpgx") && !ptrun_decoder_takes_name("a.") &&
          !ptrun_decoder_takes_name(""));
}

static ptrun_status refusal(const char *bytes, size_t size, ptrun_error *err)
{
    ptrun_image image = {0};
    ptrun_image_info info;
    *err = (ptrun_error){0};
    ptrun_status status = ptrun_image_decode((const uint8_t *)bytes, size,
                                             &(ptrun_image_request){.max_pixels = 100}, &image, &info, err);
    CHECK(!image.pixels);
    return status;
}

static void test_refusals(void)
{
    ptrun_error err;
    CHECK(refusal("", 0, &err) == PTRUN_IMAGE_TRUNCATED);
    CHECK(refusal("\xFF\xD8", 2, &err) == PTRUN_IMAGE_TRUNCATED);
    CHECK(refusal("RIFF", 4, &err) == PTRUN_IMAGE_TRUNCATED || strstr(err.detail, "no libwebp"));
    CHECK(refusal("RIFF\0\0\0\0WAVE", 12, &err) == PTRUN_IMAGE_UNKNOWN_FORMAT);
    CHECK(refusal("II*\0\0\0\0\0", 8, &err) == PTRUN_IMAGE_UNSUPPORTED);
    CHECK_TEXT(err.detail, "a TIFF file");
    CHECK(refusal("text", 4, &err) == PTRUN_IMAGE_UNKNOWN_FORMAT);
    CHECK_TEXT(err.detail, "no known image format begins with 74 65 78 74");
}

int main(void)
{
    test_samples();
    test_prefixes();
    test_limit();
    test_table();
    test_refusals();
    return CHECK_DONE();
}
