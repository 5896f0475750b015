/* The reference: the two passes as they are defined, one output after the other. */
#include "prep/resize_kernel.h"

static bool plain_usable(void)
{
    return true;
}

static size_t plain_memory(const ptrun_axis *axis)
{
    (void)axis;
    return 0;
}

static const int32_t *weights_of(const ptrun_axis *axis, int32_t i)
{
    return axis->weights + (size_t)i * (size_t)axis->max_taps;
}

/* Sums start at one half, so that the shift rounds. They fit: weights add up to 1, with little more than that
 * in absolute value, and 255 << 22 leaves a bit to spare. */
static const int32_t half = 1 << (PTRUN_WEIGHT_BITS - 1);

static uint8_t pixel_of(int32_t sum)
{
    int32_t value = sum >> PTRUN_WEIGHT_BITS;
    return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

static void plain_row(const ptrun_resize_pass *pass, const uint8_t *in, uint8_t *out)
{
    const ptrun_axis *axis = pass->axis;
    for (int32_t i = 0; i < axis->request.count; i++) {
        const int32_t *weights = weights_of(axis, i);
        const uint8_t *first = in + (ptrdiff_t)(axis->start[i] - pass->base) * pass->channels;
        for (int32_t c = 0; c < pass->channels; c++) {
            int32_t sum = half;
            for (int32_t x = 0; x < axis->taps[i]; x++)
                sum += weights[x] * first[(ptrdiff_t)x * pass->channels + c];
            *out++ = pixel_of(sum);
        }
    }
}

static void plain_horizontal(const ptrun_resize_pass *pass)
{
    for (int32_t y = 0; y < pass->lines; y++)
        plain_row(pass, pass->in + (size_t)y * pass->in_stride, pass->out + (size_t)y * pass->out_stride);
}

static void plain_vertical(const ptrun_resize_pass *pass)
{
    enum { COLUMNS = 64 }; /* side by side, for the sake of the compiler's vectors */
    const ptrun_axis *axis = pass->axis;
    for (int32_t i = 0; i < axis->request.count; i++) {
        const uint8_t *first = pass->in + (size_t)(axis->start[i] - pass->base) * pass->in_stride;
        uint8_t *out = pass->out + (size_t)i * pass->out_stride;
        for (int32_t x = 0; x < pass->lines; x += COLUMNS) {
            int32_t columns = pass->lines - x < COLUMNS ? pass->lines - x : COLUMNS, sums[COLUMNS];
            for (int32_t c = 0; c < columns; c++) sums[c] = half;
            for (int32_t y = 0; y < axis->taps[i]; y++) {
                const uint8_t *row = first + (size_t)y * pass->in_stride + x;
                int32_t weight = weights_of(axis, i)[y];
                for (int32_t c = 0; c < columns; c++) sums[c] += weight * row[c];
            }
            for (int32_t c = 0; c < columns; c++) out[x + c] = pixel_of(sums[c]);
        }
    }
}

const ptrun_resize_kernel ptrun_resize_plain = {
    .name = "plain",
    .usable = plain_usable,
    .memory = plain_memory,
    .horizontal = plain_horizontal,
    .vertical = plain_vertical,
};
