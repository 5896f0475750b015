#include "prep/geometry.h"

#include "base/error.h"
#include "prep/resize.h"

/* The sides of an image whose shorter side becomes step->resize.shorter. Python divides in float64 and
 * cuts, which is integer division for all numbers of this size. */
static ptrun_status follow_shorter(const ptrun_step *step, int64_t *width, int64_t *height, ptrun_error *err)
{
    bool portrait = *width <= *height;
    int64_t shorter = portrait ? *width : *height, longer = portrait ? *height : *width;
    int64_t new_shorter = step->resize.shorter, new_longer = new_shorter * longer / shorter;
    int64_t bound = step->resize.max_size;

    if (bound && bound <= new_shorter)
        return ptrun_fail(err, PTRUN_RECIPE_INVALID, "max_size %lld is not above the shorter side %lld",
                          (long long)bound, (long long)new_shorter);
    if (bound && new_longer > bound) {
        new_shorter = bound * new_shorter / new_longer;
        new_longer = bound;
    }
    *width = portrait ? new_shorter : new_longer;
    *height = portrait ? new_longer : new_shorter;
    return PTRUN_OK;
}

ptrun_status ptrun_geometry_resize(const ptrun_step *step, int32_t *width, int32_t *height, ptrun_error *err)
{
    int64_t w = *width, h = *height;
    if (step->resize.shorter > 0) {
        ptrun_status status = follow_shorter(step, &w, &h, err);
        if (status) return status;
    } else {
        w = step->resize.width;
        h = step->resize.height;
    }
    if (w < 1 || h < 1)
        return ptrun_fail(err, PTRUN_IMAGE_UNSUPPORTED, "%d x %d pixels would become %lld x %lld",
                          (int)*width, (int)*height, (long long)w, (long long)h);
    if (w > PTRUN_RESIZE_MAX_SIDE || h > PTRUN_RESIZE_MAX_SIDE)
        return ptrun_fail(err, PTRUN_IMAGE_TOO_LARGE, "%d x %d pixels would become %lld x %lld", (int)*width,
                          (int)*height, (long long)w, (long long)h);
    *width = (int32_t)w;
    *height = (int32_t)h;
    return PTRUN_OK;
}

ptrun_crop_axis ptrun_geometry_crop(int32_t size, int32_t wanted, ptrun_crop_rounding rounding)
{
    int32_t difference = wanted > size ? wanted - size : size - wanted;
    int32_t half = difference / 2, odd = difference % 2;
    if (wanted > size) {
        int32_t before = rounding == PTRUN_CROP_TORCHVISION ? half : half + odd;
        return (ptrun_crop_axis){.count = size, .before = before};
    }
    /* torchvision rounds difference / 2.0 half to even, transformers cuts. */
    int32_t source = rounding == PTRUN_CROP_TORCHVISION ? half + (odd & half) : half;
    return (ptrun_crop_axis){.source = source, .count = wanted};
}
