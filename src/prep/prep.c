#include "prep/prep.h"

#include "base/error.h"
#include "base/mem.h"
#include "prep/geometry.h"
#include "prep/resize.h"
#include "prep/tensor.h"

#include <stdlib.h>
#include <string.h>

struct ptrun_prep {
    const ptrun_recipe *recipe; /* borrowed */
    ptrun_tensor_table table;
};

struct ptrun_prep_scratch {
    ptrun_resize_scratch resize;
    ptrun_image turn[2]; /* results of the geometric steps, in turn */
    ptrun_image inside;  /* what a padded crop shows of the image */
};

ptrun_status ptrun_prep_open(ptrun_prep **out, const ptrun_recipe *recipe, ptrun_error *err)
{
    *out = NULL;
    ptrun_prep *prep = ptrun_mem_alloc(1, sizeof *prep);
    if (!prep) return ptrun_fail_memory(err, "the preprocessing");
    prep->recipe = recipe;
    ptrun_tensor_table_fill(&prep->table, recipe);
    *out = prep;
    return PTRUN_OK;
}

void ptrun_prep_close(ptrun_prep **prep)
{
    ptrun_mem_release(prep);
}

ptrun_status ptrun_prep_scratch_open(ptrun_prep_scratch **out, ptrun_error *err)
{
    *out = ptrun_mem_zalloc(1, sizeof **out);
    return *out ? PTRUN_OK : ptrun_fail_memory(err, "the preprocessing");
}

void ptrun_prep_scratch_close(ptrun_prep_scratch **scratch)
{
    if (!*scratch) return;
    ptrun_resize_scratch_release(&(*scratch)->resize);
    for (int i = 0; i < 2; i++) ptrun_image_release(&(*scratch)->turn[i]);
    ptrun_image_release(&(*scratch)->inside);
    ptrun_mem_release(scratch);
}

/* A resize that is not yet done: of a resize before a crop, only what the crop shows is computed. Without a
 * resize, width and height are those of the image. */
typedef struct pending {
    int32_t width, height;
    ptrun_filter filter;
} pending;

static ptrun_status do_resize(const ptrun_image *in, pending size, ptrun_prep_scratch *scratch,
                              ptrun_image *out, ptrun_error *err)
{
    ptrun_window whole = {0, 0, size.width, size.height};
    return ptrun_resize(in, size.width, size.height, size.filter, whole, &scratch->resize, out, err);
}

/* `inside` in the middle of zeros. */
static void pad(const ptrun_image *inside, const ptrun_step *step, int32_t left, int32_t top,
                ptrun_image *out)
{
    size_t channels = (size_t)inside->channels, length = (size_t)inside->width * channels;
    size_t stride = (size_t)step->crop.width * channels;
    uint8_t *to = out->pixels + (size_t)top * stride + (size_t)left * channels;
    memset(out->pixels, 0, (size_t)step->crop.height * stride);
    for (int32_t y = 0; y < inside->height; y++)
        memcpy(to + (size_t)y * stride, inside->pixels + (size_t)y * length, length);
}

static ptrun_status do_crop(const ptrun_image *in, pending size, const ptrun_step *step,
                            ptrun_prep_scratch *scratch, ptrun_image *out, ptrun_error *err)
{
    ptrun_crop_axis x = ptrun_geometry_crop(size.width, step->crop.width, step->crop.rounding);
    ptrun_crop_axis y = ptrun_geometry_crop(size.height, step->crop.height, step->crop.rounding);
    ptrun_window window = {x.source, y.source, x.count, y.count};
    bool padded = x.count < step->crop.width || y.count < step->crop.height;
    ptrun_image *inside = padded ? &scratch->inside : out;

    ptrun_status status =
        ptrun_resize(in, size.width, size.height, size.filter, window, &scratch->resize, inside, err);
    if (status || !padded) return status;
    status = ptrun_image_reshape(out, step->crop.width, step->crop.height, in->channels, err);
    if (!status) pad(inside, step, x.before, y.before, out);
    return status;
}

/* The geometric steps of the recipe; *current is the image before them, then the result. */
static ptrun_status do_geometry(const ptrun_recipe *recipe, const ptrun_image **current,
                                ptrun_prep_scratch *scratch, ptrun_error *err)
{
    pending size = {(*current)->width, (*current)->height, PTRUN_FILTER_NEAREST};
    ptrun_status status = PTRUN_OK;
    for (int32_t i = 0; i < recipe->n_steps && !status; i++) {
        const ptrun_step *step = &recipe->steps[i];
        const ptrun_step *next = i + 1 < recipe->n_steps ? step + 1 : NULL;
        ptrun_image *out = *current == &scratch->turn[0] ? &scratch->turn[1] : &scratch->turn[0];
        if (step->kind == PTRUN_STEP_RESIZE) {
            size.filter = step->resize.filter;
            status = ptrun_geometry_resize(step, &size.width, &size.height, err);
            if (status || (next && next->kind == PTRUN_STEP_CENTER_CROP)) continue;
            status = do_resize(*current, size, scratch, out, err);
        } else if (step->kind == PTRUN_STEP_CENTER_CROP) {
            status = do_crop(*current, size, step, scratch, out, err);
        } else {
            continue;
        }
        *current = out;
        size = (pending){out->width, out->height, PTRUN_FILTER_NEAREST};
    }
    return status;
}

ptrun_window ptrun_prep_wanted(const ptrun_prep *prep, const ptrun_image_info *info)
{
    const ptrun_recipe *recipe = prep->recipe;
    const ptrun_window all = {0, 0, info->width, info->height};
    pending size = {info->width, info->height, PTRUN_FILTER_NEAREST};
    int32_t i = 0;
    if (recipe->n_steps == 0 || (recipe->apply_orientation && info->orientation != 1)) return all;
    if (recipe->steps[0].kind == PTRUN_STEP_RESIZE) {
        ptrun_error ignored = {0}; /* ptrun_prep_resized will meet it, too */
        size.filter = recipe->steps[0].resize.filter;
        if (ptrun_geometry_resize(&recipe->steps[0], &size.width, &size.height, &ignored)) return all;
        i = 1;
    }
    if (i == recipe->n_steps || recipe->steps[i].kind != PTRUN_STEP_CENTER_CROP) return all;
    const ptrun_step *step = &recipe->steps[i];
    ptrun_crop_axis x = ptrun_geometry_crop(size.width, step->crop.width, step->crop.rounding);
    ptrun_crop_axis y = ptrun_geometry_crop(size.height, step->crop.height, step->crop.rounding);
    ptrun_window window = {x.source, y.source, x.count, y.count};
    return ptrun_resize_source(info->width, info->height, size.width, size.height, size.filter, window);
}

ptrun_status ptrun_prep_resized(const ptrun_prep *prep, ptrun_image *image, int32_t orientation,
                                ptrun_prep_scratch *scratch, ptrun_image *out, ptrun_error *err)
{
    ptrun_status status = PTRUN_OK;
    if (prep->recipe->apply_orientation)
        status = ptrun_image_orient(image, orientation, &scratch->turn[0], err);
    if (status) return status;
    if (prep->recipe->color == PTRUN_COLOR_GRAY) ptrun_image_to_gray(image);

    const ptrun_image *current = image;
    status = do_geometry(prep->recipe, &current, scratch, err);
    if (status) return status;
    *out = *current;
    out->capacity = 0; /* borrowed */
    return PTRUN_OK;
}

void ptrun_prep_tensor(const ptrun_prep *prep, const ptrun_image *resized, ptrun_layout layout, float *out)
{
    ptrun_tensor_write(&prep->table, resized, layout, out);
}

const ptrun_recipe *ptrun_prep_recipe(const ptrun_prep *prep)
{
    return prep->recipe;
}
