/* Sizes and names of recipes. Expected sizes are torchvision's (0.29, _compute_resized_output_size). */
#include "prep/recipe.h"

#include "check.h"
#include "prep/geometry.h"

#include <stdlib.h>

static ptrun_step resize_shorter(int32_t shorter, int32_t max_size)
{
    ptrun_step step = {.kind = PTRUN_STEP_RESIZE};
    step.resize.shorter = shorter;
    step.resize.max_size = max_size;
    return step;
}

static ptrun_step resize_to(int32_t width, int32_t height)
{
    ptrun_step step = {.kind = PTRUN_STEP_RESIZE};
    step.resize.width = width;
    step.resize.height = height;
    return step;
}

static ptrun_step crop_to(int32_t width, int32_t height)
{
    ptrun_step step = {.kind = PTRUN_STEP_CENTER_CROP};
    step.crop.width = width;
    step.crop.height = height;
    return step;
}

static void check_size(ptrun_step step, int32_t width, int32_t height, int32_t out_width, int32_t out_height)
{
    ptrun_error err = {0};
    CHECK(ptrun_geometry_resize(&step, &width, &height, &err) == PTRUN_OK);
    CHECK(width == out_width && height == out_height);
}

static void check_refused(ptrun_step step, int32_t width, int32_t height, ptrun_status status)
{
    ptrun_error err = {0};
    CHECK(ptrun_geometry_resize(&step, &width, &height, &err) == status);
    CHECK(err.status == status && err.detail[0] != '\0');
}

static void test_resize_sizes(void)
{
    check_size(resize_shorter(256, 0), 500, 375, 341, 256);
    check_size(resize_shorter(256, 0), 375, 500, 256, 341);
    check_size(resize_shorter(256, 0), 7, 7, 256, 256);
    check_size(resize_shorter(256, 0), 1, 2000, 256, 512000);
    check_size(resize_shorter(256, 300), 500, 375, 300, 225);
    check_size(resize_shorter(256, 341), 500, 375, 341, 256);
    check_size(resize_to(224, 100), 3, 9, 224, 100);
    check_refused(resize_shorter(8, 9), 1, 20000, PTRUN_IMAGE_UNSUPPORTED);
    check_refused(resize_shorter(65535, 0), 1, 65535, PTRUN_IMAGE_TOO_LARGE);
    check_refused(resize_shorter(256, 256), 500, 375, PTRUN_RECIPE_INVALID);
}

static void check_crop(ptrun_crop_axis crop, int32_t source, int32_t count, int32_t before)
{
    CHECK(crop.source == source && crop.count == count && crop.before == before);
}

static void test_crop_rounding(void)
{
    const ptrun_crop_rounding torchvision = PTRUN_CROP_TORCHVISION, transformers = PTRUN_CROP_TRANSFORMERS;
    check_crop(ptrun_geometry_crop(341, 224, torchvision), 58, 224, 0); /* 58.5 to the even 58 */
    check_crop(ptrun_geometry_crop(343, 224, torchvision), 60, 224, 0); /* 59.5 to the even 60 */
    check_crop(ptrun_geometry_crop(343, 224, transformers), 59, 224, 0);
    check_crop(ptrun_geometry_crop(224, 224, torchvision), 0, 224, 0);
    check_crop(ptrun_geometry_crop(5, 8, torchvision), 0, 5, 1);
    check_crop(ptrun_geometry_crop(5, 8, transformers), 0, 5, 2);
}

static void test_output_size(void)
{
    ptrun_recipe recipe = {.n_steps = 2, .steps = {resize_shorter(256, 0), crop_to(224, 200)}};
    ptrun_error err = {0};
    int32_t width = 0, height = 0;
    CHECK(ptrun_recipe_output_size(&recipe, 1, 2000, &width, &height, &err) == PTRUN_OK);
    CHECK(width == 224 && height == 200);

    recipe.n_steps = 1; /* without the crop all of it would be computed */
    CHECK(ptrun_recipe_output_size(&recipe, 1, 2000, &width, &height, &err) == PTRUN_IMAGE_TOO_LARGE);
    recipe.n_steps = 0;
    CHECK(ptrun_recipe_output_size(&recipe, 31, 17, &width, &height, &err) == PTRUN_OK);
    CHECK(width == 31 && height == 17);
}

static void test_fixed_size(void)
{
    int32_t width = 0, height = 0;
    ptrun_recipe recipe = {.n_steps = 2, .steps = {resize_shorter(256, 0), crop_to(224, 200)}};
    CHECK(ptrun_recipe_fixed_size(&recipe, &width, &height) && width == 224 && height == 200);
    recipe.n_steps = 1;
    CHECK(!ptrun_recipe_fixed_size(&recipe, &width, &height));
    recipe.steps[0] = resize_to(10, 20);
    CHECK(ptrun_recipe_fixed_size(&recipe, &width, &height) && width == 10 && height == 20);
    recipe.n_steps = 2;
    recipe.steps[1] = resize_shorter(5, 0);
    CHECK(ptrun_recipe_fixed_size(&recipe, &width, &height) && width == 5 && height == 10);
    recipe.n_steps = 0;
    CHECK(!ptrun_recipe_fixed_size(&recipe, &width, &height));
}

static void test_names(void)
{
    CHECK_TEXT(ptrun_filter_name(PTRUN_FILTER_NEAREST), "nearest");
    CHECK_TEXT(ptrun_filter_name(PTRUN_FILTER_LANCZOS), "lanczos");
    CHECK(!ptrun_filter_name((ptrun_filter)(PTRUN_FILTER_LANCZOS + 1)));
    CHECK_TEXT(ptrun_color_name(PTRUN_COLOR_BGR), "bgr");
    CHECK_TEXT(ptrun_crop_rounding_name(PTRUN_CROP_TRANSFORMERS), "transformers");
    ptrun_activation activation = PTRUN_ACTIVATION_UNSET;
    CHECK(ptrun_activation_parse("none", &activation) && activation == PTRUN_ACTIVATION_NONE);
    CHECK(!ptrun_activation_parse("unset", &activation) && activation == PTRUN_ACTIVATION_NONE);
    CHECK_TEXT(ptrun_activation_name(PTRUN_ACTIVATION_SOFTMAX), "softmax");
}

static void test_release(void)
{
    ptrun_recipe recipe = {
        .n_labels = 2, .labels = calloc(2, sizeof(char *)), .select_key = strdup("logits")};
    recipe.labels[1] = strdup("cat");
    ptrun_recipe_release(&recipe);
    CHECK(!recipe.labels && !recipe.select_key && recipe.n_labels == 0);
    ptrun_recipe_release(&recipe);
}

int main(void)
{
    test_resize_sizes();
    test_crop_rounding();
    test_output_size();
    test_fixed_size();
    test_names();
    test_release();
    return CHECK_DONE();
}
