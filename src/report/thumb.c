#include "report/thumb.h"

#include "base/fs.h"
#include "image/encode.h"

enum { MAX_PIXELS = 40000000, MAX_BYTES = 256 << 20, QUALITY = 80 };

static int32_t scaled(int64_t side, int64_t longer)
{
    int64_t small = longer > PTRUN_THUMB_SIDE ? side * PTRUN_THUMB_SIDE / longer : side;
    return small > 0 ? (int32_t)small : 1;
}

ptrun_status ptrun_thumb_make(ptrun_thumbs *thumbs, const char *path, ptrun_buf *out, int32_t *width,
                              int32_t *height, ptrun_error *err)
{
    ptrun_bytes bytes = {0};
    ptrun_image_info info = {0};
    ptrun_image *image = &thumbs->image;
    const ptrun_image_request request = {.max_pixels = MAX_PIXELS, .enough = 2 * PTRUN_THUMB_SIDE};
    ptrun_status status = ptrun_fs_read(path, MAX_BYTES, &bytes, err);
    if (status == PTRUN_OK)
        status = ptrun_image_decode(bytes.data, bytes.size, &request, image, &info, err);
    ptrun_bytes_release(&bytes);
    if (status == PTRUN_OK) status = ptrun_image_orient(image, info.orientation, &thumbs->scratch, err);
    if (status != PTRUN_OK) return status;
    int32_t longer = image->width > image->height ? image->width : image->height;
    *width = scaled(image->width, longer), *height = scaled(image->height, longer);
    status = ptrun_resize(image, *width, *height, PTRUN_FILTER_BILINEAR,
                          (ptrun_window){0, 0, *width, *height}, &thumbs->resize, &thumbs->small, err);
    return status == PTRUN_OK ? ptrun_image_encode_jpeg(&thumbs->small, QUALITY, out, err) : status;
}

void ptrun_thumbs_release(ptrun_thumbs *thumbs)
{
    ptrun_image_release(&thumbs->image);
    ptrun_image_release(&thumbs->scratch);
    ptrun_image_release(&thumbs->small);
    ptrun_resize_scratch_release(&thumbs->resize);
}
