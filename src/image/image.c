#include "image/image.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

ptrun_status ptrun_image_reshape(ptrun_image *image, int64_t width, int64_t height, int32_t channels,
                                 ptrun_error *err)
{
    size_t pixels, size;
    if (width < 1 || width > PTRUN_IMAGE_MAX_SIDE || height < 1 || height > PTRUN_IMAGE_MAX_SIDE ||
        !ptrun_mem_mul((size_t)width, (size_t)height, &pixels) ||
        !ptrun_mem_mul(pixels, (size_t)channels, &size))
        return ptrun_fail(err, PTRUN_IMAGE_TOO_LARGE, "%lld x %lld pixels: a side may have 1 to %d",
                          (long long)width, (long long)height, PTRUN_IMAGE_MAX_SIDE);
    if (size > image->capacity) {
        /* Not realloc: the old pixels are not worth copying. */
        ptrun_image_release(image);
        image->pixels = ptrun_mem_alloc(size, 1);
        if (!image->pixels) return ptrun_fail_memory(err, "the picture");
        image->capacity = size;
    }
    image->width = (int32_t)width;
    image->height = (int32_t)height;
    image->channels = channels;
    return PTRUN_OK;
}

void ptrun_image_release(ptrun_image *image)
{
    free(image->pixels);
    *image = (ptrun_image){0};
}

/* What an orientation does to the stored picture: first exchange rows and columns, then mirror. */
typedef struct {
    bool transpose, mirror_x, mirror_y;
} turn;

static const turn turns[9] = {
    [2] = {false, true, false}, [3] = {false, true, true}, [4] = {false, false, true},
    [5] = {true, false, false}, [6] = {true, true, false}, [7] = {true, true, true},
    [8] = {true, false, true},
};

ptrun_status ptrun_image_orient(ptrun_image *image, int32_t orientation, ptrun_image *scratch,
                                ptrun_error *err)
{
    if (orientation < 2 || orientation > 8) return PTRUN_OK;
    turn how = turns[orientation];
    int32_t width = how.transpose ? image->height : image->width;
    int32_t height = how.transpose ? image->width : image->height;
    ptrun_status status = ptrun_image_reshape(scratch, width, height, image->channels, err);
    if (status != PTRUN_OK) return status;

    size_t channels = (size_t)image->channels;
    ptrdiff_t line = (ptrdiff_t)((size_t)image->width * channels);
    ptrdiff_t step = how.transpose ? line : (ptrdiff_t)channels;
    uint8_t *to = scratch->pixels;
    for (int32_t y = 0; y < height; y++) {
        ptrdiff_t from = (how.mirror_y ? height - 1 - y : y) * (how.transpose ? (ptrdiff_t)channels : line);
        if (how.mirror_x) from += step * (width - 1);
        for (int32_t x = 0; x < width; x++, to += channels, from += how.mirror_x ? -step : step)
            memcpy(to, image->pixels + from, channels);
    }
    ptrun_image turned = *scratch;
    *scratch = *image;
    *image = turned;
    return PTRUN_OK;
}
