/* JPEG by libjpeg-turbo, driven as Pillow 13.0 drives it: JpegImagePlugin.py first walks the header and
 * refuses some files, then libImaging/JpegDecode.c decodes from a suspending source. Both decide which
 * damaged files are accepted, so both are followed here. */
#include "image/bytes.h"
#include "image/decoder.h"
#include "image/exif.h"

#include "base/buf.h"
#include "base/error.h"

#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include <jerror.h>
#include <jpeglib.h>

#ifndef JCS_EXTENSIONS
#error "libjpeg-turbo is needed: other JPEG libraries give other pixels"
#endif

enum { EOI = 0xD9, SOS = 0xDA, JPG = 0xC8, JPG0 = 0xF0, JPG13 = 0xFD, RST0 = 0xD0 };

/* What the walk over the header found. */
typedef struct {
    uint32_t width, height;
    int components; /* 0: no frame header yet */
    ptrun_buf exif; /* the EXIF segments one after the other */
    const uint8_t *xmp;
    size_t xmp_size;
} jpeg_header;

bool ptrun_jpeg_matches(const uint8_t *bytes, size_t size)
{
    return ptrun_decoder_begins(bytes, size, "\xFF\xD8\xFF", 3);
}

#define TEXT_(x) #x
#define TEXT(x)  TEXT_(x)

const char *ptrun_jpeg_version(void)
{
    return "libjpeg-turbo " TEXT(LIBJPEG_TURBO_VERSION);
}

static bool begins(const uint8_t *data, size_t size, const char *text, size_t length)
{
    return size >= length && memcmp(data, text, length) == 0;
}

static bool is_frame_header(int marker)
{
    return marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != JPG && marker != 0xCC;
}

/* Pillow looks for the next marker right behind these, whatever the standard says about a length. */
static bool has_no_segment(int marker)
{
    return marker == 0x00 || marker == JPG || (marker >= RST0 && marker <= EOI) ||
           (marker >= JPG0 && marker <= JPG13);
}

static ptrun_status read_frame_header(jpeg_header *header, const uint8_t *data, size_t size, ptrun_error *err)
{
    if (size < 6 || size % 3 != 0)
        return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "a frame header of %zu bytes", size);
    if (data[0] != 8)
        return ptrun_fail(err, PTRUN_IMAGE_UNSUPPORTED, "%d bits a sample, only 8 are supported", data[0]);
    if (data[5] != 1 && data[5] != 3 && data[5] != 4)
        return ptrun_fail(err, PTRUN_IMAGE_UNSUPPORTED, "%d components, only 1, 3 and 4 are supported",
                          data[5]);
    header->height = ptrun_be16(data + 1);
    header->width = ptrun_be16(data + 3);
    header->components = data[5];
    return PTRUN_OK;
}

static ptrun_status read_segment(jpeg_header *header, int marker, const uint8_t *data, size_t size,
                                 ptrun_error *err)
{
    static const char xmp_name[] = "http://ns.adobe.com/xap/1.0/";
    if (is_frame_header(marker)) return read_frame_header(header, data, size, err);
    if ((marker == 0xE0 && begins(data, size, "JFIF", 4) && size < 7) ||
        (marker == 0xEE && begins(data, size, "Adobe", 5) && size < 7) ||
        (marker == 0xE2 && begins(data, size, "ICC_PROFILE\0", 12) && size < 14 && !header->components))
        return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "a segment FF%02X of only %zu bytes", marker, size);
    if (marker == 0xE1 && begins(data, size, "Exif\0\0", 6)) {
        size_t name = header->exif.length ? 6 : 0;
        ptrun_buf_put(&header->exif, data + name, size - name);
    } else if (marker == 0xE1 && begins(data, size, xmp_name, sizeof xmp_name)) {
        header->xmp = data + sizeof xmp_name;
        header->xmp_size = size - sizeof xmp_name;
    }
    return PTRUN_OK;
}

/* From the signature to the first scan. Bytes between segments are skipped, padding too. */
static ptrun_status walk_header(jpeg_header *header, const uint8_t *bytes, size_t size, ptrun_error *err)
{
    for (size_t at = 2; at + 1 < size;) {
        int marker = bytes[at + 1];
        if (bytes[at] != 0xFF || marker == 0xFF) {
            at++;
            continue;
        }
        if (marker > 0x00 && marker < 0xC0)
            return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "FF%02X at byte %zu is no marker", marker, at);
        at += 2;
        if (has_no_segment(marker)) continue;
        if (size - at < 2) break;
        size_t length = ptrun_be16(bytes + at);
        if (length > size - at)
            return ptrun_fail(err, PTRUN_IMAGE_TRUNCATED, "the data ends within the segment FF%02X", marker);
        size_t data = length > 2 ? length - 2 : 0;
        ptrun_status status = read_segment(header, marker, bytes + at + 2, data, err);
        if (status != PTRUN_OK) return status;
        at += 2 + data;
        if (marker != SOS) continue;
        if (header->components) return PTRUN_OK;
        return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "a scan before any frame header");
    }
    return ptrun_fail(err, PTRUN_IMAGE_TRUNCATED, "the data ends within the header");
}

/* One decompression. Pillow feeds libjpeg with pieces of WINDOW bytes and never more than it asks for;
 * so does this, because an error in bytes that libjpeg has not seen yet refuses no file. */
enum { WINDOW = 65536 };

typedef struct {
    struct jpeg_decompress_struct cinfo;
    struct jpeg_error_mgr errors;
    struct jpeg_source_mgr source;
    jmp_buf escape;
    size_t hidden; /* bytes of the file that follow the window */
    size_t skip;   /* bytes to drop as soon as they are in the window */
    const jpeg_header *header;
    int32_t enough;      /* as asked for */
    ptrun_window wanted; /* the pixels to make, which may reach beyond the picture */
} session;

static void on_nothing(j_decompress_ptr cinfo)
{
    (void)cinfo;
}

static boolean on_empty(j_decompress_ptr cinfo)
{
    (void)cinfo;
    return FALSE;
}

static void on_skip(j_decompress_ptr cinfo, long count)
{
    session *s = cinfo->client_data;
    size_t now = (size_t)count < s->source.bytes_in_buffer ? (size_t)count : s->source.bytes_in_buffer;
    s->source.next_input_byte += now;
    s->source.bytes_in_buffer -= now;
    s->skip = (size_t)count - now;
}

static void on_message(j_common_ptr cinfo)
{
    (void)cinfo;
}

static void on_error(j_common_ptr cinfo)
{
    session *s = cinfo->client_data;
    longjmp(s->escape, 1);
}

/* Show libjpeg the next piece. False at the end of the file. */
static bool widen(session *s)
{
    do {
        if (s->hidden == 0) return false;
        size_t more = s->hidden < WINDOW ? s->hidden : WINDOW;
        s->source.bytes_in_buffer += more;
        s->hidden -= more;
        if (s->skip) on_skip(&s->cinfo, (long)s->skip);
    } while (s->skip);
    return true;
}

static void start_session(session *s, const uint8_t *bytes, size_t size)
{
    s->cinfo.err = jpeg_std_error(&s->errors);
    s->errors.error_exit = on_error;
    s->errors.output_message = on_message;
    jpeg_create_decompress(&s->cinfo); /* keeps err and client_data */
    s->cinfo.src = &s->source;
    s->source.init_source = on_nothing;
    s->source.fill_input_buffer = on_empty;
    s->source.skip_input_data = on_skip;
    s->source.resync_to_restart = jpeg_resync_to_restart;
    s->source.term_source = on_nothing;
    s->source.next_input_byte = bytes;
    s->hidden = size;
}

/* libjpeg's own view of the header; it must be the walk's, which the limits were checked against. */
static ptrun_status read_header(session *s, ptrun_error *err)
{
    struct jpeg_decompress_struct *cinfo = &s->cinfo;
    const jpeg_header *header = s->header;
    int found;
    do {
        found = jpeg_read_header(cinfo, FALSE);
        if (found == JPEG_SUSPENDED && !widen(s))
            return ptrun_fail(err, PTRUN_IMAGE_TRUNCATED, "the data ends within the header");
    } while (found != JPEG_HEADER_OK);
    if (cinfo->image_width != header->width || cinfo->image_height != header->height ||
        cinfo->num_components != header->components)
        return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "two frame headers that contradict each other");
    cinfo->out_color_space = cinfo->num_components == 4 ? JCS_CMYK : JCS_RGB;
    return PTRUN_OK;
}

/* Pillow takes every four-channel file as inverted, with or without an Adobe marker (rawmode "CMYK;I"),
 * and its convert("RGB") rounds the product of ink and light (libImaging/Convert.c, cmyk2rgb). */
static void cmyk_to_rgb(uint8_t *rgb, const uint8_t *cmyk, size_t width)
{
    for (size_t x = 0; x < width; x++, rgb += 3, cmyk += 4) {
        uint32_t light = cmyk[3];
        for (int i = 0; i < 3; i++) {
            uint32_t product = (255u - cmyk[i]) * light + 128;
            rgb[i] = (uint8_t)(light - (((product >> 8) + product) >> 8));
        }
    }
}

/* Upsampling looks at the next sample on each side, two pixels away at most; a crop has none beyond its edge.
 */
enum { CONTEXT = 2, NARROWEST = 64 };

/* Leave the inverse DCT, upsampling and colour of the columns out that the wanted pixels do not need. Files
 * of several scans are left alone: they may be smoothed, which looks further. */
static void narrow(session *s)
{
    struct jpeg_decompress_struct *cinfo = &s->cinfo;
    JDIMENSION x = (JDIMENSION)s->wanted.x, end = x + (JDIMENSION)s->wanted.width + CONTEXT;
    x -= x < CONTEXT ? x : CONTEXT;
    if (end > cinfo->output_width) end = cinfo->output_width;
    JDIMENSION width = end - x;
    bool whole = jpeg_has_multiple_scans(cinfo) || width < NARROWEST;
    if (whole) x = 0;
    else jpeg_crop_scanline(cinfo, &x, &width); /* moves x to the left, to a whole block */
    s->wanted.x = (int32_t)x;
    s->wanted.width = (int32_t)cinfo->output_width;
}

/* Before scan line `y`: whether the row of blocks that is decoded next, if one is, needs its inverse DCT; and
 * of a line that is not wanted, nor upsampled together with one that is, libjpeg makes one pixel only. */
static void choose_work(session *s, int32_t y)
{
    struct jpeg_decompress_struct *cinfo = &s->cinfo;
    int32_t height = cinfo->max_v_samp_factor * DCTSIZE, blocks = (int32_t)cinfo->output_iMCU_row * height;
    int32_t first = s->wanted.y, end = first + s->wanted.height;
    bool needed = blocks + height > first - CONTEXT && blocks < end + CONTEXT;
    bool near = y + MAX_SAMP_FACTOR > first && y < end;
    for (int i = 0; i < cinfo->num_components; i++) cinfo->comp_info[i].component_needed = needed;
    cinfo->output_width = near ? (JDIMENSION)s->wanted.width : 1;
}

static ptrun_status read_rows(session *s, ptrun_image *image, ptrun_error *err)
{
    struct jpeg_decompress_struct *cinfo = &s->cinfo;
    size_t stride = (size_t)image->width * 3, left = (size_t)s->wanted.x * 3;
    JDIMENSION width = cinfo->output_width;
    JSAMPROW spare = *cinfo->mem->alloc_sarray((j_common_ptr)cinfo, JPOOL_IMAGE, width * 4, 1);
    bool ink = cinfo->out_color_space == JCS_CMYK;
    while (cinfo->output_scanline < cinfo->output_height) {
        JDIMENSION y = cinfo->output_scanline;
        bool wanted = (int32_t)y >= s->wanted.y && (int32_t)y < s->wanted.y + s->wanted.height;
        JSAMPROW pixels = image->pixels + y * stride + left, row = wanted && !ink ? pixels : spare;
        choose_work(s, (int32_t)y);
        while (jpeg_read_scanlines(cinfo, &row, 1) != 1)
            if (!widen(s))
                return ptrun_fail(err, PTRUN_IMAGE_TRUNCATED, "the data ends at row %u of %u", y + 1,
                                  cinfo->output_height);
        if (wanted && ink) cmyk_to_rgb(pixels, spare, width);
    }
    return PTRUN_OK;
}

/* Half, a quarter or an eighth of the size, where that is enough. */
static void choose_scale(session *s)
{
    uint32_t longer = s->header->width > s->header->height ? s->header->width : s->header->height;
    uint32_t enough = (uint32_t)s->enough, *denominator = &s->cinfo.scale_denom;
    while (enough && *denominator < 8 && longer / (2 * *denominator) >= enough) *denominator *= 2;
}

static ptrun_status decompress(session *s, ptrun_image *image, ptrun_error *err)
{
    ptrun_status status = read_header(s, err);
    if (status != PTRUN_OK) return status;
    choose_scale(s);
    while (!jpeg_start_decompress(&s->cinfo))
        if (!widen(s))
            return ptrun_fail(err, PTRUN_IMAGE_TRUNCATED, "the data ends in scan %d",
                              s->cinfo.input_scan_number);
    status = ptrun_image_reshape(image, s->cinfo.output_width, s->cinfo.output_height, 3, err);
    if (status != PTRUN_OK) return status;
    narrow(s);
    status = read_rows(s, image, err);
    if (status != PTRUN_OK) return status;
    /* Nothing that is missing after the last row matters, but an error that libjpeg meets there does. A
     * second frame header is one as soon as it begins (to libjpeg-turbo 3, which Pillow brings along). */
    if (!jpeg_finish_decompress(&s->cinfo) && is_frame_header(s->cinfo.unread_marker))
        return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "a second frame header after the picture");
    return PTRUN_OK;
}

static ptrun_status fail_with_message(session *s, ptrun_error *err)
{
    char message[JMSG_LENGTH_MAX];
    s->errors.format_message((j_common_ptr)&s->cinfo, message);
    switch (s->errors.msg_code) {
    case JERR_OUT_OF_MEMORY: return ptrun_fail_memory(err, "decoding a JPEG");
    case JERR_IMAGE_TOO_BIG: return ptrun_fail(err, PTRUN_IMAGE_TOO_LARGE, "%s", message);
    case JERR_SOF_UNSUPPORTED:
    case JERR_ARITH_NOTIMPL: return ptrun_fail(err, PTRUN_IMAGE_UNSUPPORTED, "%s", message);
    case JERR_CANT_SUSPEND: /* arithmetic decoding cannot wait for a second piece, in Pillow either */
        if (s->hidden == 0) return ptrun_fail(err, PTRUN_IMAGE_TRUNCATED, "the data ends");
        return ptrun_fail(err, PTRUN_IMAGE_UNSUPPORTED, "arithmetic coding of more than %d bytes", WINDOW);
    default: return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "%s", message);
    }
}

/* `s` lives in the caller: a local that changes between setjmp and longjmp would be lost. */
static ptrun_status run_session(session *s, const uint8_t *bytes, size_t size, ptrun_image *image,
                                ptrun_error *err)
{
    if (setjmp(s->escape)) return fail_with_message(s, err);
    start_session(s, bytes, size);
    return decompress(s, image, err);
}

static ptrun_status decode(jpeg_header *header, const uint8_t *bytes, size_t size,
                           const ptrun_image_request *request, ptrun_image *image, ptrun_image_info *info,
                           ptrun_error *err)
{
    ptrun_status status = walk_header(header, bytes, size, err);
    if (status != PTRUN_OK) return status;
    if (header->exif.failed) return ptrun_fail_memory(err, "EXIF data");
    status = ptrun_decoder_begin(header->width, header->height, request, image, info, err);
    if (status != PTRUN_OK) return status;
    info->orientation = ptrun_exif_orientation((const uint8_t *)header->exif.data, header->exif.length,
                                               header->xmp, header->xmp_size);
    session s = {.wanted = {0, 0, PTRUN_IMAGE_MAX_SIDE, PTRUN_IMAGE_MAX_SIDE}};
    if (request->wanted) s.wanted = request->wanted(request->context, info);
    s.cinfo.client_data = &s;
    s.header = header;
    s.enough = request->enough;
    status = run_session(&s, bytes, size, image, err);
    jpeg_destroy_decompress(&s.cinfo);
    return status;
}

ptrun_status ptrun_jpeg_decode(const uint8_t *bytes, size_t size, const ptrun_image_request *request,
                               ptrun_image *image, ptrun_image_info *info, ptrun_error *err)
{
    jpeg_header header = {0};
    ptrun_status status = decode(&header, bytes, size, request, image, info, err);
    ptrun_buf_release(&header.exif);
    return status;
}
