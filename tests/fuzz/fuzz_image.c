/* libFuzzer target: any bytes through every decoder. Beside the sanitizers' silence it asks that a picture
 * keeps to the limits, that a refusal says why, and that whatever came out can be turned and made grey.
 *
 *   clang -std=c11 -D_GNU_SOURCE -g -O1 -fsanitize=fuzzer,address,undefined -Iinclude -Isrc \
 *     -DPTRUN_HAVE_WEBP='"1"' tests/fuzz/fuzz_image.c src/image/[!.]*.c src/base/[!.]*.c \
 *     -ljpeg -lz -lwebp -lwebpdemux -lnettle -lpthread -ldl -lm -o fuzz_image */
#include "image/image.h"

#include <stdlib.h>

enum { MAX_PIXELS = 1 << 20 };

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    ptrun_image image = {0}, scratch = {0};
    ptrun_image_info info;
    ptrun_error err = {0};
    const ptrun_image_request request = {.max_pixels = MAX_PIXELS};
    ptrun_status status = ptrun_image_decode(bytes, size, &request, &image, &info, &err);
    if (status != err.status || (status != PTRUN_OK && !err.detail[0])) abort();
    if (status == PTRUN_OK) {
        if (image.width != info.width || image.height != info.height || image.channels != 3) abort();
        if ((int64_t)image.width * image.height > MAX_PIXELS) abort();
        if (info.orientation < 1 || info.orientation > 8) abort();
        if (ptrun_image_orient(&image, info.orientation, &scratch, &err) != PTRUN_OK) abort();
        ptrun_image_to_gray(&image);
    }
    ptrun_image_release(&image);
    ptrun_image_release(&scratch);
    return 0;
}
