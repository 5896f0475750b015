/* Decodes the files named on standard input, one name a line, and prints for each one line of words:
 *   STATUS WIDTH HEIGHT ORIENTATION CRC-RGB CRC-UPRIGHT CRC-GREY DETAIL…
 * where the CRC-32s are those of the decoded pixels, of the picture turned by its orientation, and of the
 * latter in grey. --max-pixels N is the limit. One picture is reused for all files, as a worker does. */
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

static ptrun_status decode(const char *path, int64_t max_pixels, ptrun_image *image, ptrun_image *scratch,
                           ptrun_image_info *info, uint32_t sums[3], ptrun_error *err)
{
    ptrun_bytes bytes;
    ptrun_status status = ptrun_fs_read(path, 0, &bytes, err);
    if (status != PTRUN_OK) return status;
    status = ptrun_image_decode(bytes.data, bytes.size, max_pixels, image, info, err);
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
    int64_t max_pixels =
        argc == 3 && strcmp(argv[1], "--max-pixels") == 0 ? atoll(argv[2]) : PTRUN_IMAGE_MAX_PIXELS;
    ptrun_image image = {0}, scratch = {0};
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    while ((length = getline(&line, &capacity, stdin)) > 0) {
        if (line[length - 1] == '\n') line[length - 1] = '\0';
        ptrun_error err = {0};
        ptrun_image_info info = {0};
        uint32_t sums[3] = {0};
        ptrun_status status = decode(line, max_pixels, &image, &scratch, &info, sums, &err);
        printf("%s %d %d %d %08x %08x %08x %s\n", ptrun_status_word(status), info.width, info.height,
               info.orientation, sums[0], sums[1], sums[2],
               status == PTRUN_OK ? "" : ptrun_error_message(&err));
    }
    free(line);
    ptrun_image_release(&image);
    ptrun_image_release(&scratch);
    return 0;
}
