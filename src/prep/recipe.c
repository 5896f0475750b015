#include "prep/recipe.h"

#include "base/error.h"
#include "base/str.h"
#include "image/image.h"
#include "prep/geometry.h"

#include <stdlib.h>

static const char *const color_names[] = {"rgb", "bgr", "gray", NULL};
static const char *const filter_names[] = {"nearest", "box",     "bilinear", "hamming",
                                           "bicubic", "lanczos", NULL};
static const char *const rounding_names[] = {"torchvision", "transformers", NULL};
static const char *const activation_names[] = {"unset", "softmax", "sigmoid", "none", NULL};

const char *ptrun_filter_name(ptrun_filter filter)
{
    return filter_names[filter];
}

const char *ptrun_color_name(ptrun_color color)
{
    return color_names[color];
}

const char *ptrun_crop_rounding_name(ptrun_crop_rounding rounding)
{
    return rounding_names[rounding];
}

const char *ptrun_activation_name(ptrun_activation activation)
{
    return activation_names[activation];
}

bool ptrun_activation_parse(const char *word, ptrun_activation *out)
{
    for (int i = PTRUN_ACTIVATION_SOFTMAX; activation_names[i]; i++) { /* "unset" is no word of a recipe */
        if (!ptrun_str_equal(activation_names[i], word)) continue;
        *out = (ptrun_activation)i;
        return true;
    }
    return false;
}

int32_t ptrun_recipe_channels(const ptrun_recipe *recipe)
{
    return recipe->color == PTRUN_COLOR_GRAY ? 1 : 3;
}

/* Pixels that are really computed must fit an image; of a resize before a crop only the crop is. */
static ptrun_status check_sides(int32_t width, int32_t height, ptrun_error *err)
{
    if (width <= PTRUN_IMAGE_MAX_SIDE && height <= PTRUN_IMAGE_MAX_SIDE) return PTRUN_OK;
    return ptrun_fail(err, PTRUN_IMAGE_TOO_LARGE, "the recipe makes it %d x %d pixels, at most %d a side",
                      (int)width, (int)height, PTRUN_IMAGE_MAX_SIDE);
}

ptrun_status ptrun_recipe_output_size(const ptrun_recipe *recipe, int32_t width, int32_t height,
                                      int32_t *out_width, int32_t *out_height, ptrun_error *err)
{
    ptrun_status status = PTRUN_OK;
    for (int32_t i = 0; i < recipe->n_steps && !status; i++) {
        const ptrun_step *step = &recipe->steps[i];
        if (step->kind == PTRUN_STEP_RESIZE) {
            status = check_sides(width, height, err);
            if (!status) status = ptrun_geometry_resize(step, &width, &height, err);
        } else if (step->kind == PTRUN_STEP_CENTER_CROP) {
            width = step->crop.width;
            height = step->crop.height;
        }
    }
    if (!status) status = check_sides(width, height, err);
    *out_width = width;
    *out_height = height;
    return status;
}

bool ptrun_recipe_fixed_size(const ptrun_recipe *recipe, int32_t *width, int32_t *height)
{
    int32_t first = 0;
    bool fixed = false;
    for (int32_t i = 0; i < recipe->n_steps && !fixed; i++) {
        const ptrun_step *step = &recipe->steps[i];
        first = i;
        fixed = step->kind == PTRUN_STEP_CENTER_CROP ||
                (step->kind == PTRUN_STEP_RESIZE && step->resize.shorter == 0);
    }
    if (!fixed) return false;

    /* From the first step that does not look at its input on, the input's size is of no account. */
    ptrun_recipe rest = {.n_steps = recipe->n_steps - first};
    ptrun_error ignored = {0};
    for (int32_t i = 0; i < rest.n_steps; i++) rest.steps[i] = recipe->steps[first + i];
    return ptrun_recipe_output_size(&rest, 1, 1, width, height, &ignored) == PTRUN_OK;
}

void ptrun_recipe_release(ptrun_recipe *recipe)
{
    free(recipe->select_key);
    for (size_t i = 0; i < recipe->n_labels; i++) free(recipe->labels[i]);
    free(recipe->labels);
    *recipe = (ptrun_recipe){0};
}
