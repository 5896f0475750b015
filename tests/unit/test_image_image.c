#include "check.h"

#include "image/image.h"

#include <stdlib.h>

/* A picture of 3 x 2 pixels whose red is 10 * y + x. */
static void make(ptrun_image *image)
{
    ptrun_error err = {0};
    CHECK(ptrun_image_reshape(image, 3, 2, 3, &err) == PTRUN_OK);
    for (int i = 0; i < 6; i++) {
        image->pixels[3 * i] = (uint8_t)(10 * (i / 3) + i % 3);
        image->pixels[3 * i + 1] = 100;
        image->pixels[3 * i + 2] = 200;
    }
}

static void test_reshape(void)
{
    ptrun_image image = {0};
    ptrun_error err = {0};
    CHECK(ptrun_image_reshape(&image, 4, 3, 3, &err) == PTRUN_OK);
    CHECK(image.capacity == 36);
    uint8_t *memory = image.pixels;
    CHECK(ptrun_image_reshape(&image, 6, 2, 3, &err) == PTRUN_OK);
    CHECK(image.pixels == memory && image.width == 6 && image.height == 2);
    CHECK(ptrun_image_reshape(&image, 2, 2, 1, &err) == PTRUN_OK);
    CHECK(image.pixels == memory && image.capacity == 36 && image.channels == 1);
    static const int64_t sides[][2] = {{0, 1},     {1, 0},     {-1, 1},
                                       {65536, 1}, {1, 65536}, {INT64_MAX, INT64_MAX}};
    for (size_t i = 0; i < sizeof sides / sizeof *sides; i++) {
        err = (ptrun_error){0};
        CHECK(ptrun_image_reshape(&image, sides[i][0], sides[i][1], 3, &err) == PTRUN_IMAGE_TOO_LARGE);
    }
    CHECK(image.pixels == memory && image.width == 2);
    ptrun_image_release(&image);
    CHECK(!image.pixels && !image.capacity && !image.width);
    ptrun_image_release(&image);
}

static void test_gray(void)
{
    static const uint8_t rgb[] = {0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255, 12, 34, 56};
    static const uint8_t gray[] = {0, 255, 76, 150, 29, 30};
    ptrun_image image = {0};
    make(&image);
    memcpy(image.pixels, rgb, sizeof rgb);
    ptrun_image_to_gray(&image);
    CHECK(image.channels == 1 && memcmp(image.pixels, gray, sizeof gray) == 0);
    ptrun_image_to_gray(&image);
    CHECK(image.channels == 1 && memcmp(image.pixels, gray, sizeof gray) == 0);
    ptrun_image_release(&image);
}

static uint8_t gray_of(uint32_t r, uint32_t g, uint32_t b)
{
    return (uint8_t)((19595 * r + 38470 * g + 7471 * b + 32768) >> 16);
}

/* Every colour, and pictures of every number of pixels that a vector may leave over. */
static void test_gray_of_every_colour(void)
{
    ptrun_image image = {0};
    ptrun_error err = {0};
    uint32_t wrong = 0;
    for (uint32_t red = 0; red < 256; red++) {
        int32_t width = red < 100 ? 1 + (int32_t)red : 256;
        CHECK(ptrun_image_reshape(&image, 256, 256, 3, &err) == PTRUN_OK);
        for (uint32_t i = 0; i < 65536; i++) {
            image.pixels[3 * i] = (uint8_t)red;
            image.pixels[3 * i + 1] = (uint8_t)(i >> 8);
            image.pixels[3 * i + 2] = (uint8_t)i;
        }
        ptrun_image_to_gray(&image);
        for (uint32_t i = 0; i < 65536; i++) wrong += image.pixels[i] != gray_of(red, i >> 8, i & 255);
        CHECK(ptrun_image_reshape(&image, width, 1, 3, &err) == PTRUN_OK);
        for (int32_t i = 0; i < width; i++) memcpy(image.pixels + 3 * i, (uint8_t[]){(uint8_t)i, 7, 200}, 3);
        ptrun_image_to_gray(&image);
        for (int32_t i = 0; i < width; i++) wrong += image.pixels[i] != gray_of((uint32_t)i, 7, 200);
    }
    CHECK(wrong == 0);
    ptrun_image_release(&image);
}

/* 0 1 2 / 10 11 12, turned by each orientation. */
static void test_orient(void)
{
    static const struct {
        int width;
        uint8_t red[6];
    } expected[] = {
        {3, {0, 1, 2, 10, 11, 12}}, {3, {0, 1, 2, 10, 11, 12}}, {3, {2, 1, 0, 12, 11, 10}},
        {3, {12, 11, 10, 2, 1, 0}}, {3, {10, 11, 12, 0, 1, 2}}, {2, {0, 10, 1, 11, 2, 12}},
        {2, {10, 0, 11, 1, 12, 2}}, {2, {12, 2, 11, 1, 10, 0}}, {2, {2, 12, 1, 11, 0, 10}},
        {3, {0, 1, 2, 10, 11, 12}},
    };
    ptrun_image image = {0}, scratch = {0};
    for (int orientation = 0; orientation < 10; orientation++) {
        ptrun_error err = {0};
        make(&image);
        CHECK(ptrun_image_orient(&image, orientation, &scratch, &err) == PTRUN_OK);
        CHECK(image.width == expected[orientation].width && image.width * image.height == 6);
        for (int i = 0; i < 6; i++)
            CHECK(image.pixels[3 * i] == expected[orientation].red[i] && image.pixels[3 * i + 2] == 200);
    }
    ptrun_image_release(&image);
    ptrun_image_release(&scratch);
}

int main(void)
{
    test_reshape();
    test_gray();
    test_gray_of_every_colour();
    test_orient();
    return CHECK_DONE();
}
