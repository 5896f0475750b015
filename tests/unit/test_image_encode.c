/* A small JPEG reads back as nearly the same picture. */
#include "check.h"
#include "image/encode.h"

#include <stdlib.h>

static void check_channels(int32_t channels)
{
    ptrun_image image = {0}, back = {0};
    ptrun_image_info info;
    ptrun_buf jpeg = {0};
    ptrun_error err = {0};
    CHECK(ptrun_image_reshape(&image, 40, 24, channels, &err) == PTRUN_OK);
    for (int32_t i = 0; i < 40 * 24; i++)
        for (int32_t c = 0; c < channels; c++)
            image.pixels[i * channels + c] = (uint8_t)(i % 40 * 5 + c * 10);
    CHECK(ptrun_image_encode_jpeg(&image, 95, &jpeg, &err) == PTRUN_OK);
    CHECK(ptrun_image_decode((const uint8_t *)jpeg.data, jpeg.length, &(ptrun_image_request){.max_pixels = 10000}, &back, &info, &err) == PTRUN_OK);
    CHECK(back.width == 40 && back.height == 24 && back.channels == 3);
    int worst = 0;
    for (int32_t i = 0; i < 40 * 24; i++) {
        int error = abs(back.pixels[i * 3] - image.pixels[i * channels]);
        if (error > worst) worst = error;
    }
    CHECK(worst < 24);
    ptrun_image_release(&image);
    ptrun_image_release(&back);
    ptrun_buf_release(&jpeg);
}

int main(void)
{
    check_channels(1);
    check_channels(3);
    return CHECK_DONE();
}
