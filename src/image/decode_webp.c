/* WebP by libwebp: the first frame on a black canvas, as Pillow 13.0 gets it from WebPAnimDecoder
 * (src/_webp.c). The container is read by libwebpdemux, as that decoder does, so the same damaged files
 * are refused; the frame is decoded straight into the picture. Alpha is dropped. */
#include "image/decoder.h"

#include <string.h>

bool ptrun_webp_matches(const uint8_t *bytes, size_t size)
{
    if (!ptrun_decoder_begins(bytes, size, "RIFF", 4)) return false;
    if (size <= 8) return true;
    return ptrun_decoder_begins(bytes + 8, size - 8, "WEBPVP8 ", 8) ||
           ptrun_decoder_begins(bytes + 8, size - 8, "WEBPVP8L", 8) ||
           ptrun_decoder_begins(bytes + 8, size - 8, "WEBPVP8X", 8);
}

#ifndef PTRUN_HAVE_WEBP

const char *ptrun_webp_version(void)
{
    return "this build has no libwebp";
}

#else

#include "base/error.h"
#include "image/exif.h"

#include <webp/decode.h>
#include <webp/demux.h>

const char *ptrun_webp_version(void)
{
    return "libwebp " PTRUN_HAVE_WEBP;
}

static ptrun_status fail(VP8StatusCode code, ptrun_error *err)
{
    switch (code) {
    case VP8_STATUS_OUT_OF_MEMORY: return ptrun_fail_memory(err, "decoding a WebP");
    case VP8_STATUS_NOT_ENOUGH_DATA: return ptrun_fail(err, PTRUN_IMAGE_TRUNCATED, "the data ends");
    case VP8_STATUS_UNSUPPORTED_FEATURE:
        return ptrun_fail(err, PTRUN_IMAGE_UNSUPPORTED, "a feature that libwebp does not know");
    default: return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "damaged data (libwebp's status %d)", (int)code);
    }
}

static ptrun_status read_frame(const WebPIterator *frame, ptrun_image *image, ptrun_error *err)
{
    WebPDecoderConfig config;
    if (!WebPInitDecoderConfig(&config)) return ptrun_fail(err, PTRUN_INTERNAL, "libwebp is another version");
    size_t stride = (size_t)image->width * 3, size = stride * (size_t)image->height;
    size_t start = (size_t)frame->y_offset * stride + (size_t)frame->x_offset * 3;
    if (frame->width != image->width || frame->height != image->height) memset(image->pixels, 0, size);
    config.output.colorspace = MODE_RGB;
    config.output.is_external_memory = 1;
    config.output.u.RGBA.rgba = image->pixels + start;
    config.output.u.RGBA.stride = (int)stride;
    config.output.u.RGBA.size = size - start;
    VP8StatusCode code = WebPDecode(frame->fragment.bytes, frame->fragment.size, &config);
    return code == VP8_STATUS_OK ? PTRUN_OK : fail(code, err);
}

static int32_t read_orientation(const WebPDemuxer *demuxer)
{
    WebPChunkIterator exif = {0}, xmp = {0};
    (void)WebPDemuxGetChunk(demuxer, "EXIF", 1, &exif);
    (void)WebPDemuxGetChunk(demuxer, "XMP ", 1, &xmp);
    int32_t orientation =
        ptrun_exif_orientation(exif.chunk.bytes, exif.chunk.size, xmp.chunk.bytes, xmp.chunk.size);
    WebPDemuxReleaseChunkIterator(&exif);
    WebPDemuxReleaseChunkIterator(&xmp);
    return orientation;
}

static ptrun_status decode(const WebPDemuxer *demuxer, const ptrun_image_request *request, ptrun_image *image,
                           ptrun_image_info *info, ptrun_error *err)
{
    ptrun_status status =
        ptrun_decoder_begin(WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_WIDTH),
                            WebPDemuxGetI(demuxer, WEBP_FF_CANVAS_HEIGHT), request, image, info, err);
    if (status != PTRUN_OK) return status;
    info->orientation = read_orientation(demuxer);
    WebPIterator frame;
    if (!WebPDemuxGetFrame(demuxer, 1, &frame)) return ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "no frame");
    status = read_frame(&frame, image, err);
    WebPDemuxReleaseIterator(&frame);
    return status;
}

ptrun_status ptrun_webp_decode(const uint8_t *bytes, size_t size, const ptrun_image_request *request,
                               ptrun_image *image, ptrun_image_info *info, ptrun_error *err)
{
    WebPData data = {bytes, size};
    WebPDemuxState state;
    WebPDemuxer *demuxer = WebPDemuxPartial(&data, &state);
    ptrun_status status;
    if (demuxer && state == WEBP_DEMUX_DONE) status = decode(demuxer, request, image, info, err);
    else if (state == WEBP_DEMUX_PARSE_ERROR)
        status = ptrun_fail(err, PTRUN_IMAGE_CORRUPT, "the container is damaged");
    else status = ptrun_fail(err, PTRUN_IMAGE_TRUNCATED, "the data ends within the container");
    WebPDemuxDelete(demuxer);
    return status;
}

#endif
