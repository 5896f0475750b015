/* From image to tensor: colour order, crops, padding, scale and normalise. */
#include "prep/prep.h"

#include "check.h"

#include <stdlib.h>

static ptrun_image image_of(int32_t width, int32_t height, const uint8_t *pixels)
{
    ptrun_image image = {0};
    ptrun_error err = {0};
    CHECK(ptrun_image_reshape(&image, width, height, 3, &err) == PTRUN_OK);
    memcpy(image.pixels, pixels, (size_t)width * (size_t)height * 3);
    return image;
}

static ptrun_layout layout; /* of all tensors */

/* Run `recipe` on an image; the tensor (freed by the caller) and its size. */
static float *run(const ptrun_recipe *recipe, int32_t width, int32_t height, const uint8_t *pixels,
                  ptrun_image *shape)
{
    ptrun_prep *prep = NULL;
    ptrun_prep_scratch *scratch = NULL;
    ptrun_error err = {0};
    ptrun_image image = image_of(width, height, pixels), resized = {0};
    CHECK(ptrun_prep_open(&prep, recipe, &err) == PTRUN_OK);
    CHECK(ptrun_prep_scratch_open(&scratch, &err) == PTRUN_OK);
    CHECK(ptrun_prep_resized(prep, &image, 1, scratch, &resized, &err) == PTRUN_OK);
    size_t count = (size_t)resized.width * (size_t)resized.height * (size_t)resized.channels;
    float *out = malloc(count * sizeof *out);
    ptrun_prep_tensor(prep, &resized, layout, out);
    *shape = resized;
    shape->pixels = NULL;
    ptrun_prep_close(&prep);
    ptrun_prep_scratch_close(&scratch);
    ptrun_image_release(&image);
    CHECK(!prep && !scratch);
    return out;
}

static ptrun_step crop(int32_t width, int32_t height, ptrun_crop_rounding rounding)
{
    ptrun_step step = {.kind = PTRUN_STEP_CENTER_CROP};
    step.crop.width = width;
    step.crop.height = height;
    step.crop.rounding = rounding;
    return step;
}

static ptrun_step scale(bool multiply, double factor)
{
    ptrun_step step = {.kind = PTRUN_STEP_SCALE};
    step.scale.multiply = multiply;
    step.scale.factor = factor;
    return step;
}

static const uint8_t two_pixels[] = {1, 128, 255, 7, 77, 254};

static void test_channel_order(void)
{
    ptrun_image shape;
    ptrun_recipe recipe = {0};
    float *rgb = run(&recipe, 2, 1, two_pixels, &shape);
    CHECK(shape.width == 2 && shape.height == 1 && shape.channels == 3);
    CHECK(rgb[0] == 1 && rgb[1] == 7 && rgb[2] == 128 && rgb[3] == 77 && rgb[4] == 255 && rgb[5] == 254);
    recipe.color = PTRUN_COLOR_BGR;
    float *bgr = run(&recipe, 2, 1, two_pixels, &shape);
    CHECK(bgr[0] == 255 && bgr[1] == 254 && bgr[2] == 128 && bgr[3] == 77 && bgr[4] == 1 && bgr[5] == 7);
    layout = PTRUN_LAYOUT_CHANNELS_LAST;
    float *last = run(&recipe, 2, 1, two_pixels, &shape);
    for (int pixel = 0; pixel < 2; pixel++)
        for (int c = 0; c < 3; c++) CHECK(last[3 * pixel + c] == bgr[2 * c + pixel]);
    free(last);
    recipe.color = PTRUN_COLOR_GRAY;
    float *gray = run(&recipe, 2, 1, two_pixels, &shape);
    CHECK(shape.channels == 1 && gray[0] == 105 && gray[1] == 76);
    layout = PTRUN_LAYOUT_CHANNELS_FIRST;
    free(rgb);
    free(bgr);
    free(gray);
}

static void test_scale_and_normalize(void)
{
    ptrun_image shape;
    ptrun_step normalize = {.kind = PTRUN_STEP_NORMALIZE,
                            .normalize = {3, {0.485f, 0.456f, 0.406f}, {0.229f, 0.224f, 0.225f}}};
    ptrun_recipe recipe = {.n_steps = 2, .steps = {scale(false, 255), normalize}};
    float *out = run(&recipe, 2, 1, two_pixels, &shape);
    volatile float sevenths = 7.0f / 255.0f, centred = sevenths - 0.485f; /* each rounded to float32 */
    CHECK(out[1] == centred / 0.229f);
    free(out);

    recipe.n_steps = 1;
    recipe.steps[0] = scale(true, 1.0 / 255.0);
    out = run(&recipe, 2, 1, two_pixels, &shape);
    CHECK(out[3] == (float)(77 * (1.0 / 255.0)));
    free(out);
}

/* A 3 x 1 image of reds 1, 2, 3 in a crop of 6 x 3. */
static void check_padding(ptrun_crop_rounding rounding, const float expected[18])
{
    const uint8_t pixels[] = {1, 0, 0, 2, 0, 0, 3, 0, 0};
    ptrun_image shape;
    ptrun_recipe recipe = {.n_steps = 1, .steps = {crop(6, 3, rounding)}};
    float *out = run(&recipe, 3, 1, pixels, &shape);
    CHECK(shape.width == 6 && shape.height == 3);
    CHECK(memcmp(out, expected, 18 * sizeof *out) == 0);
    free(out);
}

static void test_padding(void)
{
    const float torchvision[18] = {[6 + 1] = 1, [6 + 2] = 2, [6 + 3] = 3};
    const float transformers[18] = {[6 + 2] = 1, [6 + 3] = 2, [6 + 4] = 3};
    check_padding(PTRUN_CROP_TORCHVISION, torchvision);
    check_padding(PTRUN_CROP_TRANSFORMERS, transformers);
}

static void test_steps_in_any_order(void)
{
    uint8_t pixels[8 * 6 * 3];
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)(i % 3 ? 9 : 40);
    ptrun_step resize = {.kind = PTRUN_STEP_RESIZE};
    resize.resize.shorter = 12;
    resize.resize.filter = PTRUN_FILTER_BICUBIC;
    ptrun_recipe recipe = {.n_steps = 5,
                           .steps = {crop(4, 5, 0), resize, crop(10, 11, 0), crop(3, 2, 0), resize}};
    ptrun_image shape;
    float *out = run(&recipe, 8, 6, pixels, &shape);
    CHECK(shape.width == 18 && shape.height == 12);
    CHECK(out[0] == 40 && out[18 * 12] == 9); /* an even colour stays what it is */
    free(out);
}

/* The pixels outside of what is wanted change nothing. */
static void check_wanted(const ptrun_recipe *recipe, int32_t width, int32_t height, ptrun_window *out)
{
    size_t size = (size_t)width * (size_t)height * 3;
    uint8_t *clean = malloc(size), *spoilt = malloc(size);
    for (size_t i = 0; i < size; i++) {
        clean[i] = (uint8_t)(i * i % 251);
        spoilt[i] = (uint8_t)(255 - clean[i]);
    }
    ptrun_prep *prep = NULL;
    ptrun_error err = {0};
    CHECK(ptrun_prep_open(&prep, recipe, &err) == PTRUN_OK);
    const ptrun_image_info info = {"jpeg", width, height, 1};
    ptrun_window wanted = ptrun_prep_wanted(prep, &info);
    ptrun_prep_close(&prep);
    CHECK(wanted.x >= 0 && wanted.y >= 0 && wanted.width > 0 && wanted.height > 0);
    CHECK(wanted.x + wanted.width <= width && wanted.y + wanted.height <= height);
    *out = wanted;
    for (int32_t y = wanted.y; y < wanted.y + wanted.height; y++) {
        size_t at = ((size_t)y * (size_t)width + (size_t)wanted.x) * 3;
        memcpy(spoilt + at, clean + at, (size_t)wanted.width * 3);
    }
    ptrun_image shape, again;
    float *a = run(recipe, width, height, clean, &shape), *b = run(recipe, width, height, spoilt, &again);
    CHECK(shape.width == again.width && shape.height == again.height);
    CHECK(memcmp(a, b, (size_t)shape.width * (size_t)shape.height * (size_t)shape.channels * sizeof *a) == 0);
    free(a);
    free(b);
    free(clean);
    free(spoilt);
}

static void test_wanted(void)
{
    ptrun_step resize = {.kind = PTRUN_STEP_RESIZE};
    resize.resize.shorter = 30;
    ptrun_window wanted;
    for (int filter = PTRUN_FILTER_NEAREST; filter <= PTRUN_FILTER_LANCZOS; filter++) {
        resize.resize.filter = (ptrun_filter)filter;
        ptrun_recipe recipe = {.n_steps = 3, .steps = {resize, crop(20, 22, 0), scale(false, 255)}};
        check_wanted(&recipe, 151, 83, &wanted);
        check_wanted(&recipe, 40, 300, &wanted); /* vertical first */
        check_wanted(&recipe, 13, 17, &wanted);
        check_wanted(&recipe, 30, 30, &wanted); /* its size already */
        CHECK(wanted.x == 5 && wanted.width == 20 && wanted.y == 4 && wanted.height == 22);
        recipe.n_steps = 1;
        check_wanted(&recipe, 61, 50, &wanted);
        CHECK(wanted.width == 61 && wanted.height == 50);
    }
    ptrun_recipe crops = {.n_steps = 2, .steps = {crop(20, 90, 0), crop(10, 10, 0)}};
    check_wanted(&crops, 50, 60, &wanted); /* cropped along one side, padded along the other */
    CHECK(wanted.x == 15 && wanted.width == 20 && wanted.height == 60);
}

/* 341 x 256, of which the crop begins at (58, 16): (58.5 * 500 / 341) - (500 / 341) + 0.5 is 84.8. */
static void test_wanted_of_a_photograph(void)
{
    ptrun_step resize = {.kind = PTRUN_STEP_RESIZE};
    resize.resize.shorter = 256;
    resize.resize.filter = PTRUN_FILTER_BILINEAR;
    ptrun_recipe recipe = {.n_steps = 2, .steps = {resize, crop(224, 224, 0)}};
    ptrun_window wanted;
    check_wanted(&recipe, 500, 375, &wanted);
    CHECK(wanted.x == 84 && wanted.width == 330 && wanted.y == 23 && wanted.height == 329);
}

static void test_impossible_size(void)
{
    ptrun_recipe recipe = {.n_steps = 1};
    recipe.steps[0].kind = PTRUN_STEP_RESIZE;
    recipe.steps[0].resize.shorter = 65535;
    ptrun_prep *prep = NULL;
    ptrun_prep_scratch *scratch = NULL;
    ptrun_error err = {0};
    ptrun_image image = image_of(2, 1, two_pixels), resized = {0};
    CHECK(ptrun_prep_open(&prep, &recipe, &err) == PTRUN_OK);
    CHECK(ptrun_prep_scratch_open(&scratch, &err) == PTRUN_OK);
    CHECK(ptrun_prep_resized(prep, &image, 1, scratch, &resized, &err) == PTRUN_IMAGE_TOO_LARGE);
    ptrun_prep_close(&prep);
    ptrun_prep_scratch_close(&scratch);
    ptrun_image_release(&image);
}

int main(void)
{
    test_channel_order();
    test_scale_and_normalize();
    test_padding();
    test_steps_in_any_order();
    test_wanted();
    test_wanted_of_a_photograph();
    test_impossible_size();
    return CHECK_DONE();
}
