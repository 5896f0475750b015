#include "image/decoder.h"

#include "base/error.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>

#ifndef PTRUN_HAVE_WEBP
#define ptrun_webp_decode NULL
#endif

static const char *const jpeg_suffixes[] = {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", NULL};
static const char *const png_suffixes[] = {".png", ".apng", NULL};
static const char *const gif_suffixes[] = {".gif", NULL};
static const char *const bmp_suffixes[] = {".bmp", NULL};
static const char *const webp_suffixes[] = {".webp", NULL};

static const ptrun_decoder decoders[] = {
    {"jpeg", jpeg_suffixes, ptrun_jpeg_matches, ptrun_jpeg_decode, ptrun_jpeg_version},
    {"png", png_suffixes, ptrun_png_matches, ptrun_png_decode, ptrun_png_version},
    {"gif", gif_suffixes, ptrun_gif_matches, ptrun_gif_decode, ptrun_gif_version},
    {"bmp", bmp_suffixes, ptrun_bmp_matches, ptrun_bmp_decode, ptrun_bmp_version},
    {"webp", webp_suffixes, ptrun_webp_matches, ptrun_webp_decode, ptrun_webp_version},
};

enum { N_DECODERS = sizeof decoders / sizeof *decoders };

const ptrun_decoder *ptrun_decoder_table(size_t *count)
{
    *count = N_DECODERS;
    return decoders;
}

bool ptrun_decoder_takes_name(const char *name)
{
    const char *dot = strrchr(name, '.');
    if (!dot || strchr(dot, '/')) return false;
    for (size_t i = 0; i < N_DECODERS; i++)
        for (const char *const *suffix = decoders[i].suffixes; *suffix; suffix++)
            if (ptrun_str_equal_nocase(dot, *suffix)) return true;
    return false;
}

bool ptrun_decoder_begins(const uint8_t *bytes, size_t size, const char *magic, size_t length)
{
    return memcmp(bytes, magic, size < length ? size : length) == 0;
}

ptrun_status ptrun_decoder_begin(int64_t width, int64_t height, const ptrun_image_request *request,
                                 ptrun_image *image, ptrun_image_info *info, ptrun_error *err)
{
    if (width <= 0 || height <= 0)
        return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "the header says %lld x %lld pixels", (long long)width,
                          (long long)height);
    if (width <= PTRUN_IMAGE_MAX_SIDE && height <= PTRUN_IMAGE_MAX_SIDE &&
        width * height > request->max_pixels)
        return ptrun_fail(err, PTRUN_IMAGE_TOO_LARGE, "%lld x %lld is %lld pixels, the limit is %lld",
                          (long long)width, (long long)height, (long long)(width * height),
                          (long long)request->max_pixels);
    ptrun_status status = ptrun_image_reshape(image, width, height, 3, err);
    if (status != PTRUN_OK) return status;
    info->width = image->width;
    info->height = image->height;
    info->orientation = 1;
    return PTRUN_OK;
}

/* Files that are no input but often take the place of one: what they are, for the message. */
typedef struct {
    ptrun_status status;
    unsigned offset, length;
    const char *magic;
    const char *what;
} lookalike;

#define MAGIC(offset, text) offset, sizeof text - 1, text

static const lookalike lookalikes[] = {
    {PTRUN_IMAGE_UNSUPPORTED, MAGIC(0, "II*\0"), "a TIFF file"},
    {PTRUN_IMAGE_UNSUPPORTED, MAGIC(0, "MM\0*"), "a TIFF file"},
    {PTRUN_IMAGE_UNSUPPORTED, MAGIC(0, "II+\0"), "a TIFF file"},
    {PTRUN_IMAGE_UNSUPPORTED, MAGIC(0, "MM\0+"), "a TIFF file"},
    {PTRUN_IMAGE_UNSUPPORTED, MAGIC(4, "ftypavi"), "an AVIF file"},
    {PTRUN_IMAGE_UNSUPPORTED, MAGIC(4, "ftyphe"), "a HEIC file"},
    {PTRUN_IMAGE_UNSUPPORTED, MAGIC(4, "ftypmif1"), "a HEIF file"},
    {PTRUN_IMAGE_UNSUPPORTED, MAGIC(4, "ftypmsf1"), "a HEIF file"},
    {PTRUN_IMAGE_UNSUPPORTED, MAGIC(4, "jP  \r\n\x87\n"), "a JPEG 2000 file"},
    {PTRUN_IMAGE_UNSUPPORTED, MAGIC(0, "\xFF\x4F\xFF\x51"), "a JPEG 2000 file"},
    {PTRUN_IMAGE_UNSUPPORTED, MAGIC(4, "JXL \r\n\x87\n"), "a JPEG XL file"},
    {PTRUN_IMAGE_UNSUPPORTED, MAGIC(0, "\xFF\x0A"), "a JPEG XL file"},
    {PTRUN_IMAGE_UNSUPPORTED, MAGIC(0, "8BPS"), "a Photoshop file"},
    {PTRUN_IMAGE_UNSUPPORTED, MAGIC(0, "\0\0\1\0"), "an icon (ICO) file"},
    {PTRUN_IMAGE_UNSUPPORTED, MAGIC(0, "P5\n"), "a PGM file"},
    {PTRUN_IMAGE_UNSUPPORTED, MAGIC(0, "P6\n"), "a PPM file"},
    {PTRUN_IMAGE_UNSUPPORTED, MAGIC(0, "DDS "), "a DDS file"},
    {PTRUN_IMAGE_UNSUPPORTED, MAGIC(0, "qoif"), "a QOI file"},
    {PTRUN_IMAGE_UNSUPPORTED, MAGIC(0, "v/1\x01"), "an OpenEXR file"},
    {PTRUN_IMAGE_UNSUPPORTED, MAGIC(0, "%PDF-"), "a PDF file"},
    {PTRUN_IMAGE_UNSUPPORTED, MAGIC(0, "%!PS"), "a PostScript file"},
    {PTRUN_IMAGE_UNSUPPORTED, MAGIC(0, "<svg"), "an SVG file"},
    {PTRUN_IMAGE_UNKNOWN_FORMAT, MAGIC(0, "<?xml"), "an XML (SVG?) file"},
    {PTRUN_IMAGE_UNKNOWN_FORMAT, MAGIC(0, "<!DOCTYPE"), "a web page"},
    {PTRUN_IMAGE_UNKNOWN_FORMAT, MAGIC(0, "<!doctype"), "a web page"},
    {PTRUN_IMAGE_UNKNOWN_FORMAT, MAGIC(0, "<html"), "a web page"},
    {PTRUN_IMAGE_UNKNOWN_FORMAT, MAGIC(0, "version https://git-lfs"), "a Git LFS pointer"},
    {PTRUN_IMAGE_UNKNOWN_FORMAT, MAGIC(0, "PK\3\4"), "a ZIP archive (a model?)"},
};

/* No row of the table matched: say what the file is where that is known, else how it begins. */
static ptrun_status refuse(const uint8_t *bytes, size_t size, ptrun_error *err)
{
    for (size_t i = 0; i < sizeof lookalikes / sizeof *lookalikes; i++) {
        const lookalike *like = &lookalikes[i];
        if (size >= like->offset + like->length &&
            memcmp(bytes + like->offset, like->magic, like->length) == 0)
            return ptrun_fail(err, like->status, "%s", like->what);
    }
    char start[3 * 8 + 1];
    for (size_t i = 0; i < 8 && i < size; i++) snprintf(start + 3 * i, 4, " %02x", bytes[i]);
    return ptrun_fail(err, PTRUN_IMAGE_UNKNOWN_FORMAT, "no known image format begins with%s", start);
}

ptrun_status ptrun_image_decode(const uint8_t *bytes, size_t size, const ptrun_image_request *request,
                                ptrun_image *image, ptrun_image_info *info, ptrun_error *err)
{
    *info = (ptrun_image_info){0};
    if (size == 0) return ptrun_fail(err, PTRUN_IMAGE_TRUNCATED, "the file is empty");
    for (size_t i = 0; i < N_DECODERS; i++) {
        const ptrun_decoder *decoder = &decoders[i];
        if (!decoder->matches(bytes, size)) continue;
        if (!decoder->decode)
            return ptrun_fail(err, PTRUN_IMAGE_UNSUPPORTED, "a %s file: %s", decoder->name,
                              decoder->version());
        info->format = decoder->name;
        return decoder->decode(bytes, size, request, image, info, err);
    }
    return refuse(bytes, size, err);
}
