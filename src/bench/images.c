#include "bench/images.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "image/encode.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { QUALITY = 90 };

/* Slopes, the edges of a chequered pattern, and grain from a linear congruential generator (Knuth's MMIX). */
static void paint(ptrun_image *image)
{
    uint64_t state = 1;
    uint8_t *pixel = image->pixels;
    for (int32_t y = 0; y < image->height; y++)
        for (int32_t x = 0; x < image->width; x++) {
            state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
            int32_t grain = (int32_t)(state >> 60), edge = ((x / 40 + y / 30) & 1) * 60;
            *pixel++ = (uint8_t)(x * 120 / image->width + edge + grain);
            *pixel++ = (uint8_t)(y * 120 / image->height + edge + grain);
            *pixel++ = (uint8_t)((x + y) * 120 / (image->width + image->height) + edge + grain);
        }
}

static ptrun_status encode(ptrun_buf *file, ptrun_error *err)
{
    ptrun_image image = {0};
    ptrun_status status =
        ptrun_image_reshape(&image, PTRUN_BENCH_SYNTHETIC_WIDTH, PTRUN_BENCH_SYNTHETIC_HEIGHT, 3, err);
    if (status == PTRUN_OK) {
        paint(&image);
        status = ptrun_image_encode_jpeg(&image, QUALITY, file, err);
    }
    ptrun_image_release(&image);
    return status;
}

static ptrun_status add(ptrun_bench_images *images, const char *path, size_t length, ptrun_error *err)
{
    if (images->count == images->capacity) {
        size_t capacity = images->capacity ? images->capacity * 2 : 16;
        char **grown = ptrun_mem_resize(images->paths, capacity, sizeof *grown);
        if (!grown) return ptrun_fail_memory(err, "the names of the images");
        images->paths = grown, images->capacity = capacity;
    }
    char *copy = ptrun_mem_strdup(path, length);
    if (!copy) return ptrun_fail_memory(err, "the names of the images");
    images->paths[images->count++] = copy;
    return PTRUN_OK;
}

ptrun_status ptrun_bench_images_make(ptrun_bench_images *out, ptrun_error *err)
{
    ptrun_buf file = {0};
    char path[40];
    *out = (ptrun_bench_images){.synthetic = -1};
    ptrun_status status = encode(&file, err);
    if (status == PTRUN_OK && (out->synthetic = memfd_create("ptrun-bench", MFD_CLOEXEC)) < 0)
        status = ptrun_fail(err, PTRUN_FILE_UNREADABLE, "no file in memory: %s", strerrordesc_np(errno));
    if (status == PTRUN_OK) status = ptrun_fs_write_all(out->synthetic, file.data, file.length, err);
    snprintf(path, sizeof path, "/proc/self/fd/%d", out->synthetic);
    if (status == PTRUN_OK) status = add(out, path, strlen(path), err);
    ptrun_buf_release(&file);
    if (status != PTRUN_OK) ptrun_bench_images_release(out);
    return status;
}

/* A file that a list calls "-" is a file, whatever an argument of that name means. */
static ptrun_status add_input(ptrun_bench_images *images, const ptrun_input *input, ptrun_error *err)
{
    if (ptrun_str_equal(ptrun_buf_text(&input->path), "-")) return add(images, "./-", 3, err);
    return add(images, ptrun_buf_text(&input->path), input->path.length, err);
}

static void thin_out(ptrun_bench_images *images, uint64_t limit)
{
    size_t kept = 0, total = images->count;
    if (total <= limit) return;
    for (size_t i = 0; i < total; i++) {
        bool wanted = i * limit / total != (i + 1) * limit / total;
        if (wanted) images->paths[kept++] = images->paths[i];
        else free(images->paths[i]);
    }
    images->count = kept;
}

ptrun_status ptrun_bench_images_collect(ptrun_bench_images *out, ptrun_source *source, uint64_t limit,
                                        ptrun_bench_failure_fn failure, void *context, ptrun_error *err)
{
    ptrun_input input = {0};
    ptrun_source_event event = PTRUN_SOURCE_WAIT;
    ptrun_status status = PTRUN_OK;
    *out = (ptrun_bench_images){.synthetic = -1};
    while (status == PTRUN_OK) {
        status = ptrun_source_next(source, -1, &input, &event, err);
        if (status != PTRUN_OK || event == PTRUN_SOURCE_END) break;
        if (event == PTRUN_SOURCE_WAIT) continue;
        out->found++;
        if (input.error.status == PTRUN_OK) {
            status = add_input(out, &input, err);
        } else {
            out->failed++;
            failure(context, ptrun_buf_text(&input.path), &input.error);
        }
    }
    ptrun_buf_release(&input.path);
    if (status == PTRUN_OK) thin_out(out, limit);
    else ptrun_bench_images_release(out);
    return status;
}

/* One image from its file to the tensor, which is thrown away. */
static ptrun_status prepare(ptrun_preparer *preparer, const char *path, float **tensor, size_t *capacity,
                            ptrun_error *err)
{
    const ptrun_image *resized;
    ptrun_status status = ptrun_prepare_file(preparer, path, err);
    if (status == PTRUN_OK) status = ptrun_prepare_resize(preparer, &resized, err);
    if (status != PTRUN_OK) return status;
    size_t floats = (size_t)resized->width * (size_t)resized->height * (size_t)resized->channels;
    if (floats > *capacity) {
        float *grown = ptrun_mem_resize(*tensor, floats, sizeof *grown);
        if (!grown) return ptrun_fail_memory(err, "the tensor");
        *tensor = grown, *capacity = floats;
    }
    ptrun_prepare_tensor(preparer, PTRUN_LAYOUT_CHANNELS_FIRST, *tensor);
    return PTRUN_OK;
}

ptrun_status ptrun_bench_images_look(ptrun_bench_images *images, ptrun_preparer *preparer, const atomic_int *stop,
                                     ptrun_bench_failure_fn failure, void *context, ptrun_error *err)
{
    float *tensor = NULL;
    size_t capacity = 0, kept = 0, i = 0;
    ptrun_status status = PTRUN_OK;
    for (; i < images->count && status == PTRUN_OK && !atomic_load(stop); i++) {
        ptrun_error error = {0};
        int64_t start = ptrun_clock_now();
        ptrun_status looked = prepare(preparer, images->paths[i], &tensor, &capacity, &error);
        int64_t took = ptrun_clock_now() - start;
        if (looked == PTRUN_OK) {
            if (kept == 0) images->first_time = images->least_time = took;
            if (took < images->least_time) images->least_time = took;
            images->paths[kept++] = images->paths[i];
            continue;
        }
        images->failed++;
        failure(context, images->paths[i], &error);
        free(images->paths[i]);
        if (looked == PTRUN_OUT_OF_MEMORY) status = ptrun_fail(err, looked, "%s", error.detail);
    }
    while (i < images->count) free(images->paths[i++]);
    images->count = kept;
    free(tensor);
    return status;
}

void ptrun_bench_images_release(ptrun_bench_images *images)
{
    for (size_t i = 0; i < images->count; i++) free(images->paths[i]);
    free(images->paths);
    if (images->synthetic > 0) close(images->synthetic);
    *images = (ptrun_bench_images){0};
}
