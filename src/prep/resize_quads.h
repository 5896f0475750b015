/* What the vector kernels share. A kernel's file defines TARGET and the functions declared below, then
 * includes this: each kernel gets its own copy, compiled for its instruction set.
 *
 * Both passes take source positions in quads, four neighbours along the axis, since that is what a
 * multiply-add of bytes sums up. In the horizontal pass a block of rows is first spread into a ring of
 * quads, so that one load brings the same four positions of many rows:
 *
 *   RGB, 16 rows:  r0..r3 of row 0 | g0..g3 of row 0 | b0..b3 | unused | r0..r3 of row 1 | …   (256 bytes)
 *   grey, 64 rows: v0..v3 of row 0 | v0..v3 of row 1 | …                                     (256 bytes)
 *
 * Every lane of four bytes becomes one byte of output: 64 of them for one quad of weights. */
#ifndef PTRUN_PREP_RESIZE_QUADS_H
#define PTRUN_PREP_RESIZE_QUADS_H

#include "prep/resize_kernel.h"

#include <string.h>

#define TARGET_INLINE TARGET __attribute__((always_inline)) static inline

enum {
    QUAD = 4,
    LANES = 64,
    SPREAD_SIZE = LANES * QUAD, /* bytes of one quad position in the ring */
    SPREAD_AHEAD = 16, /* positions that are spread at once, so that each row is read in longer runs */
    PREFETCH = 768,    /* bytes: the hardware follows one row well, but not all of a block */
    CACHE_LINE = 64,
};

/* Four weights in the digits of the kernel. */
typedef struct quad_weights {
    _Alignas(16) uint8_t digits[16];
} quad_weights;

/* Quad positions, counted from the first that is needed; position p stands at
 * spread + (p & mask) * SPREAD_SIZE. */
typedef struct quad_ring {
    uint8_t *spread;
    size_t mask;
} quad_ring;

/* To be defined by the kernel. */

/* Split four weights into digits. */
TARGET_INLINE void quad_encode(const int32_t weights[QUAD], quad_weights *out);

/* Four RGB pixels (16 bytes readable) to r0..r3 g0..g3 b0..b3 and 4 bytes of anything; `out` is aligned. */
TARGET_INLINE void quad_spread_rgb(const uint8_t *in, uint8_t *out);

/* Four columns of four rows, LANES bytes from column to column, 4 bytes a pixel, to four rows of four RGB
 * pixels, 12 bytes and 4 of anything. */
TARGET_INLINE void quad_gather_rgb(const uint8_t *in, uint8_t out[QUAD][16]);

/* The 64 sums of `count` quads from position `first` on, rounded and clamped to bytes. */
TARGET_INLINE void quad_dot(quad_ring ring, size_t first, const quad_weights *weights, int32_t count,
                            uint8_t out[LANES]);

/* One output row of `columns` bytes from `taps` rows, `stride` bytes apart, starting at `in`. */
TARGET_INLINE void quad_columns(const uint8_t *in, size_t stride, int32_t taps, const quad_weights *weights,
                                uint8_t *out, size_t columns);

/* Quads that the taps of one output can touch, the first of them anywhere in its quad. */
static inline size_t max_quads(const ptrun_axis *axis)
{
    return ((size_t)axis->max_taps + 2 * (QUAD - 1)) / QUAD;
}

static inline size_t ring_positions(const ptrun_axis *axis)
{
    size_t positions = 2 * SPREAD_AHEAD;
    while (positions < max_quads(axis) + SPREAD_AHEAD) positions *= 2;
    return positions;
}

static size_t quad_memory(const ptrun_axis *axis)
{
    return ring_positions(axis) * SPREAD_SIZE +
           (size_t)axis->request.count * max_quads(axis) * sizeof(quad_weights);
}

/* Encode the weights of output i with `lead` (0..3) zeros before them. */
TARGET_INLINE void encode_output(const ptrun_axis *axis, int32_t i, int32_t lead, quad_weights *out)
{
    const int32_t *weights = axis->weights + (size_t)i * (size_t)axis->max_taps;
    for (int32_t tap = -lead; tap < axis->taps[i]; tap += QUAD) {
        int32_t four[QUAD];
        for (int32_t t = 0; t < QUAD; t++)
            four[t] = tap + t >= 0 && tap + t < axis->taps[i] ? weights[tap + t] : 0;
        quad_encode(four, out++);
    }
}

/* A block of rows on its way through the horizontal pass. */
typedef struct quad_block {
    const ptrun_resize_pass *pass;
    quad_ring ring;
    const uint8_t *in; /* quad position 0 of the first row */
    uint8_t *out;
    int32_t rows;
    size_t row_bytes;  /* readable at `in`, and in each row after it */
    size_t positions;  /* as many are needed */
    size_t spread_end; /* positions before this one have been spread; a multiple of SPREAD_AHEAD */
} quad_block;

/* Spread `count` quads of one row. The last pixels of a row are copied, so that nothing behind it is read. */
TARGET_INLINE void spread_row(const uint8_t *row, size_t readable, size_t count, bool rgb, uint8_t *out)
{
    const size_t step = rgb ? 3 * QUAD : QUAD, size = rgb ? 16 : QUAD;
    size_t safe = readable < size ? 0 : (readable - size) / step + 1, p = 0;
    for (; p < count && p < safe; p++) {
        if (rgb) quad_spread_rgb(row + p * step, out + p * SPREAD_SIZE);
        else memcpy(out + p * SPREAD_SIZE, row + p * step, QUAD);
    }
    for (; p < count; p++) {
        uint8_t rest[16] = {0};
        memcpy(rest, row + p * step, readable - p * step < size ? readable - p * step : size);
        if (rgb) quad_spread_rgb(rest, out + p * SPREAD_SIZE);
        else memcpy(out + p * SPREAD_SIZE, rest, QUAD);
    }
}

TARGET_INLINE void spread_next(quad_block *block, bool rgb)
{
    size_t first = block->spread_end, count = block->positions - first;
    if (count > SPREAD_AHEAD) count = SPREAD_AHEAD;
    const size_t step = rgb ? 3 * QUAD : QUAD, begin = first * step;
    uint8_t *out = block->ring.spread + (first & block->ring.mask) * SPREAD_SIZE;
    for (int32_t r = 0; r < block->rows; r++, out += rgb ? 16 : QUAD) {
        const uint8_t *row = block->in + (size_t)r * block->pass->in_stride + begin;
        for (size_t ahead = 0; ahead < SPREAD_AHEAD * step; ahead += CACHE_LINE)
            __builtin_prefetch(row + PREFETCH + ahead);
        spread_row(row, block->row_bytes - begin, count, rgb, out);
    }
    block->spread_end = first + SPREAD_AHEAD;
}

/* Columns i .. i+count-1 (at most 4) of the block's output. Whole vectors are stored where what is too much
 * falls on columns that are yet to come. */
TARGET_INLINE void store_columns(const quad_block *block, int32_t i, int32_t count, const uint8_t *lanes,
                                 bool rgb)
{
    size_t stride = block->pass->out_stride, length = 3 * (size_t)count;
    uint8_t *out = block->out + (size_t)i * (rgb ? 3 : 1);
    bool whole = i + 6 <= block->pass->axis->request.count;
    for (int32_t r = 0; !rgb && r < block->rows; r++, out += stride)
        for (int32_t c = 0; c < count; c++) out[c] = lanes[c * LANES + r];
    for (int32_t r = 0; rgb && r < block->rows; r += QUAD) {
        uint8_t pixels[QUAD][16];
        quad_gather_rgb(lanes + (ptrdiff_t)r * QUAD, pixels);
        for (int32_t k = 0; k < QUAD && r + k < block->rows; k++, out += stride) {
            if (whole) memcpy(out, pixels[k], sizeof pixels[k]);
            else memcpy(out, pixels[k], length);
        }
    }
}

TARGET_INLINE void resize_block(quad_block *block, const quad_weights *weights, bool rgb)
{
    const ptrun_axis *axis = block->pass->axis;
    const int32_t columns = axis->request.count;
    _Alignas(64) uint8_t lanes[QUAD * LANES];
    for (int32_t i = 0; i < columns; i += QUAD) {
        int32_t count = columns - i < QUAD ? columns - i : QUAD;
        for (int32_t c = 0; c < count; c++, weights += max_quads(axis)) {
            size_t from = (size_t)(axis->start[i + c] - axis->start[0]), first = from / QUAD;
            size_t end = (from + (size_t)axis->taps[i + c] - 1) / QUAD + 1;
            while (block->spread_end < end) spread_next(block, rgb);
            quad_dot(block->ring, first, weights, (int32_t)(end - first), lanes + (ptrdiff_t)c * LANES);
        }
        store_columns(block, i, count, lanes, rgb);
    }
}

TARGET static void resize_block_rgb(quad_block *block, const quad_weights *weights)
{
    resize_block(block, weights, true);
}

TARGET static void resize_block_gray(quad_block *block, const quad_weights *weights)
{
    resize_block(block, weights, false);
}

TARGET static void quad_horizontal(const ptrun_resize_pass *pass)
{
    const ptrun_axis *axis = pass->axis;
    const quad_ring ring = {pass->memory, ring_positions(axis) - 1};
    quad_weights *weights = (quad_weights *)(ring.spread + ring_positions(axis) * SPREAD_SIZE);
    for (int32_t i = 0; i < axis->request.count; i++)
        encode_output(axis, i, (axis->start[i] - axis->start[0]) % QUAD,
                      weights + (size_t)i * max_quads(axis));

    int32_t begin, end, rows = pass->channels == 3 ? LANES / QUAD : LANES;
    ptrun_axis_span(axis, &begin, &end);
    memset(ring.spread, 0, (ring.mask + 1) * SPREAD_SIZE); /* lanes of rows that do not exist */
    for (int32_t row = 0; row < pass->lines; row += rows) {
        quad_block block = {
            .pass = pass,
            .ring = ring,
            .in = pass->in + (size_t)row * pass->in_stride +
                  (size_t)(begin - pass->base) * (size_t)pass->channels,
            .out = pass->out + (size_t)row * pass->out_stride,
            .rows = pass->lines - row < rows ? pass->lines - row : rows,
            .row_bytes = (size_t)(pass->end - begin) * (size_t)pass->channels,
            .positions = ((size_t)(end - begin) + QUAD - 1) / QUAD,
        };
        if (pass->channels == 3) resize_block_rgb(&block, weights);
        else resize_block_gray(&block, weights);
    }
}

TARGET static void quad_vertical(const ptrun_resize_pass *pass)
{
    const ptrun_axis *axis = pass->axis;
    quad_weights *weights = pass->memory;
    for (int32_t i = 0; i < axis->request.count; i++) {
        encode_output(axis, i, 0, weights);
        quad_columns(pass->in + (size_t)(axis->start[i] - pass->base) * pass->in_stride, pass->in_stride,
                     axis->taps[i], weights, pass->out + (size_t)i * pass->out_stride, (size_t)pass->lines);
    }
}

#endif
