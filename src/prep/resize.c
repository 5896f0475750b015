#include "prep/resize.h"

#include "base/error.h"
#include "base/mem.h"
#include "prep/resize_kernel.h"

#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 };

/* At least `size` bytes at a multiple of ALIGNMENT. */
static ptrun_status take_memory(ptrun_resize_scratch *scratch, size_t size, ptrun_error *err)
{
    if (size <= scratch->capacity) return PTRUN_OK;
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    free(scratch->memory);
    scratch->memory = aligned_alloc(ALIGNMENT, size);
    scratch->capacity = scratch->memory ? size : 0;
    return scratch->memory ? PTRUN_OK : ptrun_fail_memory(err, "a resize");
}

void ptrun_resize_scratch_release(ptrun_resize_scratch *scratch)
{
    ptrun_axis_release(&scratch->horizontal);
    ptrun_axis_release(&scratch->vertical);
    ptrun_image_release(&scratch->between);
    free(scratch->memory);
    *scratch = (ptrun_resize_scratch){0};
}

static size_t row_bytes(const ptrun_image *image)
{
    return (size_t)image->width * (size_t)image->channels;
}

static void copy_window(const ptrun_image *in, ptrun_window window, ptrun_image *out)
{
    size_t stride = row_bytes(in), length = row_bytes(out);
    const uint8_t *from = in->pixels + (size_t)window.y * stride + (size_t)window.x * (size_t)in->channels;
    for (int32_t y = 0; y < window.height; y++)
        memcpy(out->pixels + (size_t)y * length, from + (size_t)y * stride, length);
}

/* The source positions of `count` outputs from `first` on. Pillow adds the step up, which is not the same as
 * multiplying it. */
static void nearest_positions(int32_t in, int32_t out, int32_t first, int32_t count, int32_t *positions)
{
    double step = (double)in / out, at = step * 0.5;
    for (int32_t i = 0; i < first; i++) at += step;
    for (int32_t i = 0; i < count; i++, at += step) positions[i] = (int32_t)at;
}

static ptrun_status resize_nearest(const ptrun_image *in, int32_t width, int32_t height, ptrun_window window,
                                   ptrun_resize_scratch *scratch, ptrun_image *out, ptrun_error *err)
{
    size_t columns = (size_t)window.width, rows = (size_t)window.height, channels = (size_t)in->channels;
    ptrun_status status = take_memory(scratch, (columns + rows) * sizeof(int32_t), err);
    if (status) return status;

    int32_t *x = scratch->memory, *y = x + columns;
    nearest_positions(in->width, width, window.x, window.width, x);
    nearest_positions(in->height, height, window.y, window.height, y);
    uint8_t *to = out->pixels;
    for (size_t i = 0; i < rows; i++) {
        const uint8_t *row = in->pixels + (size_t)y[i] * row_bytes(in);
        for (size_t j = 0; j < columns; j++)
            for (size_t c = 0; c < channels; c++) *to++ = row[(size_t)x[j] * channels + c];
    }
    return PTRUN_OK;
}

/* A rectangle of pixels somewhere in memory, and where in its image its first pixel stands. */
typedef struct view {
    uint8_t *pixels;
    size_t stride;
    int32_t x, y, width, height, channels;
} view;

static view view_image(const ptrun_image *image, int32_t x, int32_t y)
{
    return (view){image->pixels, row_bytes(image), x, y, image->width, image->height, image->channels};
}

/* The columns that the horizontal axis asks for, on the rows of `out`. */
static void horizontal_pass(ptrun_resize_scratch *scratch, view in, view out)
{
    scratch->kernel->horizontal(&(ptrun_resize_pass){
        .axis = &scratch->horizontal,
        .base = in.x,
        .end = in.x + in.width,
        .lines = out.height,
        .channels = in.channels,
        .in = in.pixels + (size_t)(out.y - in.y) * in.stride,
        .in_stride = in.stride,
        .out = out.pixels,
        .out_stride = out.stride,
        .memory = scratch->memory,
    });
}

/* The rows that the vertical axis asks for, on the columns of `out`. */
static void vertical_pass(ptrun_resize_scratch *scratch, view in, view out)
{
    scratch->kernel->vertical(&(ptrun_resize_pass){
        .axis = &scratch->vertical,
        .base = in.y,
        .end = in.y + in.height,
        .lines = out.width * out.channels,
        .channels = in.channels,
        .in = in.pixels + (size_t)(out.x - in.x) * (size_t)in.channels,
        .in_stride = in.stride,
        .out = out.pixels,
        .out_stride = out.stride,
        .memory = scratch->memory,
    });
}

/* Weights of the axes that change, and the kernel's memory for them. */
static ptrun_status prepare_axes(const ptrun_image *in, int32_t width, int32_t height, ptrun_filter filter,
                                 ptrun_window window, ptrun_resize_scratch *scratch, ptrun_error *err)
{
    ptrun_axis_request across = {filter, in->width, width, window.x, window.width};
    ptrun_axis_request down = {filter, in->height, height, window.y, window.height};
    ptrun_status status = PTRUN_OK;
    size_t size = 0;
    if (!scratch->kernel) scratch->kernel = ptrun_resize_kernel_choose();
    if (width != in->width) {
        status = ptrun_axis_prepare(&scratch->horizontal, &across, err);
        if (!status) size = scratch->kernel->memory(&scratch->horizontal);
    }
    if (!status && height != in->height) {
        status = ptrun_axis_prepare(&scratch->vertical, &down, err);
        if (!status && scratch->kernel->memory(&scratch->vertical) > size)
            size = scratch->kernel->memory(&scratch->vertical);
    }
    return status ? status : take_memory(scratch, size, err);
}

/* Both passes, each rounded to bytes. The order is Pillow's: vertical first for images that lose far more
 * height than width, else horizontal first; the first pass makes only what the second needs. */
static ptrun_status resize_both(const ptrun_image *in, int32_t width, int32_t height, ptrun_window window,
                                ptrun_resize_scratch *scratch, ptrun_image *out, ptrun_error *err)
{
    int64_t lost_width = (int64_t)in->width - width, lost_height = (int64_t)in->height - height;
    bool vertical_first = lost_height > 0 && lost_height > 2 * lost_width;
    view source = view_image(in, 0, 0), result = view_image(out, window.x, window.y);
    int32_t first, end;

    ptrun_axis_span(vertical_first ? &scratch->horizontal : &scratch->vertical, &first, &end);
    int32_t columns = vertical_first ? end - first : window.width;
    int32_t rows = vertical_first ? window.height : end - first;
    ptrun_status status = ptrun_image_reshape(&scratch->between, columns, rows, in->channels, err);
    if (status) return status;

    view between =
        view_image(&scratch->between, vertical_first ? first : window.x, vertical_first ? window.y : first);
    if (vertical_first) {
        vertical_pass(scratch, source, between);
        horizontal_pass(scratch, between, result);
    } else {
        horizontal_pass(scratch, source, between);
        vertical_pass(scratch, between, result);
    }
    return PTRUN_OK;
}

/* Along one axis: source positions from *first on, how many. */
static int32_t source_span(int32_t in, int32_t out, ptrun_filter filter, int32_t *first, int32_t count)
{
    if (in == out) return count;
    int32_t end = in;
    if (filter == PTRUN_FILTER_NEAREST) *first = 0; /* sums of steps: not worth adding up twice */
    else ptrun_axis_reach(&(ptrun_axis_request){filter, in, out, *first, count}, first, &end);
    return end - *first;
}

ptrun_window ptrun_resize_source(int32_t in_width, int32_t in_height, int32_t width, int32_t height,
                                 ptrun_filter filter, ptrun_window window)
{
    window.width = source_span(in_width, width, filter, &window.x, window.width);
    window.height = source_span(in_height, height, filter, &window.y, window.height);
    return window;
}

ptrun_status ptrun_resize(const ptrun_image *in, int32_t width, int32_t height, ptrun_filter filter,
                          ptrun_window window, ptrun_resize_scratch *scratch, ptrun_image *out,
                          ptrun_error *err)
{
    ptrun_status status = ptrun_image_reshape(out, window.width, window.height, in->channels, err);
    if (status) return status;
    if (width == in->width && height == in->height) {
        copy_window(in, window, out);
        return PTRUN_OK;
    }
    if (filter == PTRUN_FILTER_NEAREST) return resize_nearest(in, width, height, window, scratch, out, err);

    status = prepare_axes(in, width, height, filter, window, scratch, err);
    if (status) return status;
    if (width != in->width && height != in->height)
        return resize_both(in, width, height, window, scratch, out, err);
    if (width != in->width)
        horizontal_pass(scratch, view_image(in, 0, 0), view_image(out, window.x, window.y));
    else vertical_pass(scratch, view_image(in, 0, 0), view_image(out, window.x, window.y));
    return PTRUN_OK;
}
