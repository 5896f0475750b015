/* Resizing: values that follow from the definition, windows, and all kernels against the plain one. Pillow's
 * own bytes are compared by tests/parity/test_resize.py. */
#include "prep/resize.h"

#include "check.h"
#include "prep/resize_kernel.h"

#include <stdlib.h>

static ptrun_image noise(int32_t width, int32_t height, int32_t channels)
{
    ptrun_image image = {0};
    ptrun_error err = {0};
    CHECK(ptrun_image_reshape(&image, width, height, channels, &err) == PTRUN_OK);
    uint32_t state = 1;
    for (int32_t i = 0; i < width * height * channels; i++) {
        state = state * 1664525u + 1013904223u;
        image.pixels[i] = (uint8_t)(state >> 24);
    }
    return image;
}

static ptrun_image resized(const ptrun_image *in, int32_t width, int32_t height, ptrun_filter filter,
                           ptrun_window window)
{
    ptrun_resize_scratch scratch = {0};
    ptrun_image out = {0};
    ptrun_error err = {0};
    CHECK(ptrun_resize(in, width, height, filter, window, &scratch, &out, &err) == PTRUN_OK);
    CHECK(out.width == window.width && out.height == window.height && out.channels == in->channels);
    ptrun_resize_scratch_release(&scratch);
    return out;
}

static void test_average_of_two(void)
{
    uint8_t pixels[] = {10, 20, 30, 11, 40, 35};
    ptrun_image in = {.pixels = pixels, .width = 2, .height = 1, .channels = 3};
    ptrun_image out = resized(&in, 1, 1, PTRUN_FILTER_BOX, (ptrun_window){0, 0, 1, 1});
    CHECK(out.pixels[0] == 11 && out.pixels[1] == 30 && out.pixels[2] == 33); /* halves are rounded up */
    ptrun_image_release(&out);
}

static void test_overshoot_is_clamped(void)
{
    uint8_t pixels[] = {0, 0, 0, 255, 255, 255};
    ptrun_image in = {.pixels = pixels, .width = 6, .height = 1, .channels = 1};
    ptrun_image out = resized(&in, 60, 1, PTRUN_FILTER_LANCZOS, (ptrun_window){0, 0, 60, 1});
    CHECK(out.pixels[20] == 0 && out.pixels[39] == 255); /* the ringing beside the edge */
    ptrun_image_release(&out);
}

static void test_equal_size_is_a_copy(void)
{
    ptrun_image in = noise(5, 4, 3);
    for (int filter = PTRUN_FILTER_NEAREST; filter <= PTRUN_FILTER_LANCZOS; filter++) {
        ptrun_image out = resized(&in, 5, 4, (ptrun_filter)filter, (ptrun_window){1, 2, 3, 2});
        for (int y = 0; y < 2; y++)
            CHECK(memcmp(out.pixels + y * 9, in.pixels + ((y + 2) * 5 + 1) * 3, 9) == 0);
        ptrun_image_release(&out);
    }
    ptrun_image_release(&in);
}

/* The window of a resize is a cut from the whole. */
static void check_window(const ptrun_image *in, int32_t width, int32_t height, ptrun_filter filter,
                         ptrun_window window)
{
    ptrun_image whole = resized(in, width, height, filter, (ptrun_window){0, 0, width, height});
    ptrun_image part = resized(in, width, height, filter, window);
    size_t length = (size_t)window.width * 3;
    for (int32_t y = 0; y < window.height; y++)
        CHECK(memcmp(part.pixels + (size_t)y * length,
                     whole.pixels + ((size_t)(window.y + y) * (size_t)width + (size_t)window.x) * 3,
                     length) == 0);
    ptrun_image_release(&whole);
    ptrun_image_release(&part);
}

static void test_windows(void)
{
    ptrun_image landscape = noise(90, 60, 3), portrait = noise(40, 300, 3);
    for (int filter = PTRUN_FILTER_NEAREST; filter <= PTRUN_FILTER_LANCZOS; filter++) {
        check_window(&landscape, 45, 37, (ptrun_filter)filter, (ptrun_window){7, 5, 20, 31});
        check_window(&landscape, 200, 150, (ptrun_filter)filter, (ptrun_window){199, 149, 1, 1});
        check_window(&portrait, 30, 70, (ptrun_filter)filter,
                     (ptrun_window){3, 60, 24, 10}); /* vertical first */
    }
    ptrun_image_release(&landscape);
    ptrun_image_release(&portrait);
}

static void check_kernels_agree(const ptrun_image *in, int32_t width, int32_t height, ptrun_filter filter)
{
    static const char *const names[] = {"avx2", "avx512", "neon"};
    ptrun_window whole = {0, 0, width, height};
    setenv("PTRUN_CPU", "plain", 1);
    CHECK_TEXT(ptrun_resize_kernel_choose()->name, "plain");
    ptrun_image expected = resized(in, width, height, filter, whole);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        setenv("PTRUN_CPU", names[i], 1); /* where it cannot run, the best one is compared */
        ptrun_image out = resized(in, width, height, filter, whole);
        CHECK(memcmp(out.pixels, expected.pixels, (size_t)width * (size_t)height * (size_t)in->channels) ==
              0);
        ptrun_image_release(&out);
    }
    unsetenv("PTRUN_CPU");
    ptrun_image_release(&expected);
}

static void test_kernels_agree(void)
{
    static const int32_t sides[] = {1, 2, 5, 16, 17, 63, 64, 65, 130};
    const int32_t n = sizeof sides / sizeof *sides;
    for (int32_t channels = 1; channels <= 3; channels += 2)
        for (int32_t i = 0; i < n; i++) {
            ptrun_image in = noise(sides[i], sides[(i + 4) % n], channels);
            for (int32_t j = 0; j < n; j++)
                for (int filter = PTRUN_FILTER_BOX; filter <= PTRUN_FILTER_LANCZOS; filter++)
                    check_kernels_agree(&in, sides[j], sides[(j + 5) % n], (ptrun_filter)filter);
            ptrun_image_release(&in);
        }
}

static void test_too_large(void)
{
    ptrun_image in = noise(2, 2, 1), out = {0};
    ptrun_resize_scratch scratch = {0};
    ptrun_error err = {0};
    ptrun_window window = {0, 0, 70000, 1};
    CHECK(ptrun_resize(&in, 70000, 1, PTRUN_FILTER_BOX, window, &scratch, &out, &err) ==
          PTRUN_IMAGE_TOO_LARGE);
    ptrun_image_release(&in);
    ptrun_resize_scratch_release(&scratch);
}

int main(void)
{
    test_average_of_two();
    test_overshoot_is_clamped();
    test_equal_size_is_a_copy();
    test_windows();
    test_kernels_agree();
    test_too_large();
    return CHECK_DONE();
}
