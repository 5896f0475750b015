/* Decodes the files named on standard input, one name a line, and prints for each one line of words:
 *   STATUS WIDTH HEIGHT ORIENTATION CRC-RGB CRC-UPRIGHT CRC-GREY DETAIL…
 * where the CRC-32s are those of the decoded pixels, of the picture turned by its orientation, and of the
 * latter in grey. --max-pixels N is the limit. One picture is reused for all files, as a worker does.
 *
 * With --windows N each file is decoded again for N windows of it, at most 49, and must be judged as when all
 * of it is wanted, with the same pixels within; else the STATUS is "window". */
#include "base/error.h"
#include "base/fs.h"
#include "base/hash.h"
#include "image/image.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static uint32_t checksum(const ptrun_image *image)
{
    return ptrun_crc32(0, image->pixels,
                       (size_t)image->width * (size_t)image->height * (size_t)image->channels);
}

/* The n-th of some windows of a side: where it begins, and how long it is. */
static void choose_side(int n, int32_t side, int32_t *from, int32_t *length)
{
    static const struct {
        int32_t skip_before, skip_after; /* of 64 */
    } parts[] = {{0, 0}, {11, 11}, {0, 40}, {40, 0}, {27, 3}, {63, 0}, {31, 32}};
    int32_t before = side * parts[n].skip_before / 64, after = side * parts[n].skip_after / 64;
    *from = before;
    *length = side - before - after > 0 ? side - before - after : 1;
}

enum { SIDES = 7 };

static ptrun_window choose_window(const void *context, const ptrun_image_info *info)
{
    const int *n = context;
    ptrun_window window;
    choose_side((*n / SIDES + 3 * *n) % SIDES, info->height, &window.y, &window.height);
    choose_side(*n % SIDES, info->width, &window.x, &window.width);
    return window;
}

static bool same_window(const ptrun_image *a, const ptrun_image *b, ptrun_window window)
{
    size_t stride = (size_t)a->width * 3, at = (size_t)window.y * stride + (size_t)window.x * 3;
    if (a->width != b->width || a->height != b->height) return false;
    for (int32_t y = 0; y < window.height; y++, at += stride)
        if (memcmp(a->pixels + at, b->pixels + at, (size_t)window.width * 3) != 0) return false;
    return true;
}

/* Decode the bytes for every window, as `whole`, `info` and `err` are the outcome for all of the picture. */
static bool check_windows(int count, const ptrun_bytes *bytes, ptrun_image_request request,
                          const ptrun_image *whole, const ptrun_image_info *info, const ptrun_error *err)
{
    ptrun_image image = {0};
    bool same = true;
    int n;
    request.wanted = choose_window;
    request.context = &n;
    for (n = 0; n < count && same; n++) {
        ptrun_error window_err = {0};
        ptrun_image_info window_info = {0};
        if (image.pixels) memset(image.pixels, 0x55 + n, image.capacity);
        ptrun_status status =
            ptrun_image_decode(bytes->data, bytes->size, &request, &image, &window_info, &window_err);
        same = status == err->status && strcmp(window_err.detail, err->detail) == 0 &&
               memcmp(&window_info, info, sizeof *info) == 0;
        if (same && status == PTRUN_OK) same = same_window(whole, &image, choose_window(&n, info));
    }
    ptrun_image_release(&image);
    return same;
}

static ptrun_status decode(const char *path, const ptrun_image_request *request, ptrun_image *image,
                           ptrun_image *scratch, ptrun_image_info *info, uint32_t sums[3], int windows,
                           bool *same, ptrun_error *err)
{
    ptrun_bytes bytes;
    ptrun_status status = ptrun_fs_read(path, 0, &bytes, err);
    if (status != PTRUN_OK) return status;
    status = ptrun_image_decode(bytes.data, bytes.size, request, image, info, err);
    *same = check_windows(windows, &bytes, *request, image, info, err);
    ptrun_bytes_release(&bytes);
    if (status != PTRUN_OK) return status;
    sums[0] = checksum(image);
    status = ptrun_image_orient(image, info->orientation, scratch, err);
    if (status != PTRUN_OK) return status;
    sums[1] = checksum(image);
    ptrun_image_to_gray(image);
    sums[2] = checksum(image);
    return PTRUN_OK;
}

int main(int argc, char **argv)
{
    int windows = argc == 3 && strcmp(argv[1], "--windows") == 0 ? (int)strtol(argv[2], NULL, 10) : 0;
    ptrun_image_request request = {.max_pixels = PTRUN_IMAGE_MAX_PIXELS};
    if (argc == 3 && strcmp(argv[1], "--max-pixels") == 0) request.max_pixels = atoll(argv[2]);
    ptrun_image image = {0}, scratch = {0};
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    while ((length = getline(&line, &capacity, stdin)) > 0) {
        if (line[length - 1] == '\n') line[length - 1] = '\0';
        ptrun_error err = {0};
        ptrun_image_info info = {0};
        uint32_t sums[3] = {0};
        bool same = true;
        ptrun_status status = decode(line, &request, &image, &scratch, &info, sums, windows, &same, &err);
        printf("%s %d %d %d %08x %08x %08x %s\n", same ? ptrun_status_word(status) : "window", info.width,
               info.height, info.orientation, sums[0], sums[1], sums[2],
               status == PTRUN_OK ? "" : ptrun_error_message(&err));
    }
    free(line);
    ptrun_image_release(&image);
    ptrun_image_release(&scratch);
    return 0;
}
