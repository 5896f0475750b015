#include "image/encode.h"

#include "base/error.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

#include <jpeglib.h>

typedef struct {
    struct jpeg_error_mgr manager; /* first: libjpeg knows only this part */
    jmp_buf out;
    char text[JMSG_LENGTH_MAX];
} failure;

static void leave(j_common_ptr info)
{
    failure *f = (failure *)(void *)info->err;
    info->err->format_message(info, f->text);
    longjmp(f->out, 1);
}

static void ignore(j_common_ptr info)
{
    (void)info;
}

static void write_rows(struct jpeg_compress_struct *encoder, const ptrun_image *image, int quality)
{
    size_t stride = (size_t)image->width * (size_t)image->channels;
    encoder->image_width = (JDIMENSION)image->width, encoder->image_height = (JDIMENSION)image->height;
    encoder->input_components = image->channels;
    encoder->in_color_space = image->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(encoder);
    jpeg_set_quality(encoder, quality, TRUE);
    encoder->optimize_coding = TRUE;
    jpeg_start_compress(encoder, TRUE);
    for (int32_t y = 0; y < image->height; y++) {
        JSAMPROW row = image->pixels + (size_t)y * stride; /* read only; libjpeg does not say so */
        jpeg_write_scanlines(encoder, &row, 1);
    }
    jpeg_finish_compress(encoder);
}

ptrun_status ptrun_image_encode_jpeg(const ptrun_image *image, int quality, ptrun_buf *out, ptrun_error *err)
{
    struct jpeg_compress_struct encoder = {0};
    failure f;
    unsigned char *volatile bytes = NULL;
    volatile unsigned long size = 0;
    encoder.err = jpeg_std_error(&f.manager);
    f.manager.error_exit = leave;
    f.manager.output_message = ignore;
    ptrun_status status = PTRUN_OK;
    if (setjmp(f.out) == 0) {
        jpeg_create_compress(&encoder);
        jpeg_mem_dest(&encoder, (unsigned char **)&bytes, (unsigned long *)&size);
        write_rows(&encoder, image, quality);
        ptrun_buf_put(out, bytes, size);
        if (out->failed) status = ptrun_fail_memory(err, "a small picture");
    } else {
        status = ptrun_fail(err, PTRUN_IMAGE_UNSUPPORTED, "%s", f.text);
    }
    jpeg_destroy_compress(&encoder);
    free(bytes);
    return status;
}
