/* NEON with the dot product of bytes (Armv8.2 and later). A weight of 24 bits is three signed digits of 8
 * bits, w = d0 + 2^8 d1 + 2^16 d2, and SDOT sums four products in 32 bits. It takes signed bytes only: 128 is
 * taken off the pixels, and the sum of 128 times the digits is put back at the end. */
#include "prep/resize_kernel.h"

/* Clang declares the instruction's intrinsic only where the whole build may use it. */
#if defined(__aarch64__) && (defined(__ARM_FEATURE_DOTPROD) || !defined(__clang__))

#include <arm_neon.h>

#if defined(__ARM_FEATURE_DOTPROD)
#define TARGET
#else
#include <sys/auxv.h>
#define TARGET __attribute__((target("arch=armv8.2-a+dotprod")))
#endif
#include "prep/resize_quads.h"

enum { DIGITS = 3, VECTORS = 4, WIDTH = 16 };

/* 16 sums under way, those of each digit apart; offset[d] is -128 times the sum of digits d. */
typedef struct sums {
    int32x4_t digit0[VECTORS], digit1[VECTORS], digit2[VECTORS], offset;
} sums;

TARGET_INLINE void quad_encode(const int32_t weights[QUAD], quad_weights *out)
{
    memset(out, 0, sizeof *out);
    for (int t = 0; t < QUAD; t++) {
        int32_t rest = weights[t];
        for (int d = 0; d < DIGITS; d++) {
            int8_t digit = (int8_t)(rest & 0xFF);
            out->digits[d * QUAD + t] = (uint8_t)digit;
            rest = (rest - digit) >> 8;
        }
    }
}

TARGET_INLINE void quad_spread_rgb(const uint8_t *in, uint8_t *out)
{
    static const uint8_t order[16] = {0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11, 255, 255, 255, 255};
    vst1q_u8(out, vqtbl1q_u8(vld1q_u8(in), vld1q_u8(order)));
}

TARGET_INLINE void store_rgb(uint8_t *out, uint64x2_t pixels)
{
    static const uint8_t order[16] = {0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, 255, 255, 255, 255};
    vst1q_u8(out, vqtbl1q_u8(vreinterpretq_u8_u64(pixels), vld1q_u8(order)));
}

/* Four 4 x 4 transpositions of 32-bit pixels. */
TARGET_INLINE void quad_gather_rgb(const uint8_t *in, uint8_t out[QUAD][16])
{
    uint32x4_t a = vreinterpretq_u32_u8(vld1q_u8(in)), b = vreinterpretq_u32_u8(vld1q_u8(in + LANES));
    uint32x4_t c = vreinterpretq_u32_u8(vld1q_u8(in + 2 * LANES));
    uint32x4_t d = vreinterpretq_u32_u8(vld1q_u8(in + 3 * LANES));
    uint64x2_t low_ab = vreinterpretq_u64_u32(vzip1q_u32(a, b)),
               high_ab = vreinterpretq_u64_u32(vzip2q_u32(a, b));
    uint64x2_t low_cd = vreinterpretq_u64_u32(vzip1q_u32(c, d)),
               high_cd = vreinterpretq_u64_u32(vzip2q_u32(c, d));
    store_rgb(out[0], vzip1q_u64(low_ab, low_cd));
    store_rgb(out[1], vzip2q_u64(low_ab, low_cd));
    store_rgb(out[2], vzip1q_u64(high_ab, high_cd));
    store_rgb(out[3], vzip2q_u64(high_ab, high_cd));
}

TARGET_INLINE void start_sums(sums *s)
{
    s->offset = vdupq_n_s32(0);
    for (int v = 0; v < VECTORS; v++) s->digit0[v] = s->digit1[v] = s->digit2[v] = vdupq_n_s32(0);
}

TARGET_INLINE void add_quad(sums *s, const uint8x16_t lanes[VECTORS], const quad_weights *weights)
{
    const int8x16_t digits = vreinterpretq_s8_u8(vld1q_u8(weights->digits));
    s->offset = vdotq_s32(s->offset, digits, vdupq_n_s8(-128));
#pragma GCC unroll 4
    for (int v = 0; v < VECTORS; v++) {
        int8x16_t pixels = vreinterpretq_s8_u8(veorq_u8(lanes[v], vdupq_n_u8(128)));
        s->digit0[v] = vdotq_laneq_s32(s->digit0[v], pixels, digits, 0);
        s->digit1[v] = vdotq_laneq_s32(s->digit1[v], pixels, digits, 1);
        s->digit2[v] = vdotq_laneq_s32(s->digit2[v], pixels, digits, 2);
    }
}

/* To bytes, in the order of the vectors. */
TARGET_INLINE uint8x16_t finish_sums(const sums *s)
{
    int32_t offset = vgetq_lane_s32(s->offset, 0) + vgetq_lane_s32(s->offset, 1) * (1 << 8) +
                     vgetq_lane_s32(s->offset, 2) * (1 << 16);
    const int32x4_t start = vdupq_n_s32((1 << (PTRUN_WEIGHT_BITS - 1)) - offset);
    int16x4_t total[VECTORS];
#pragma GCC unroll 4
    for (int v = 0; v < VECTORS; v++) {
        int32x4_t upper = vaddq_s32(s->digit1[v], vshlq_n_s32(s->digit2[v], 8));
        int32x4_t sum = vaddq_s32(vaddq_s32(s->digit0[v], start), vshlq_n_s32(upper, 8));
        total[v] = vqmovn_s32(vshrq_n_s32(sum, PTRUN_WEIGHT_BITS));
    }
    return vcombine_u8(vqmovun_s16(vcombine_s16(total[0], total[1])),
                       vqmovun_s16(vcombine_s16(total[2], total[3])));
}

TARGET_INLINE void quad_dot(quad_ring ring, size_t first, const quad_weights *weights, int32_t count,
                            uint8_t out[LANES])
{
    for (size_t part = 0; part < LANES; part += WIDTH) {
        sums s;
        start_sums(&s);
        for (int32_t q = 0; q < count; q++) {
            const uint8_t *in = ring.spread + ((first + (size_t)q) & ring.mask) * SPREAD_SIZE + part * QUAD;
            uint8x16_t lanes[VECTORS];
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; v++) lanes[v] = vld1q_u8(in + WIDTH * v);
            add_quad(&s, lanes, &weights[q]);
        }
        vst1q_u8(out + part, finish_sums(&s));
    }
}

TARGET_INLINE void resize_columns(const uint8_t *in, size_t stride, int32_t taps, const quad_weights *weights,
                                  uint8_t *out)
{
    sums s;
    start_sums(&s);
    for (int32_t y = 0; y < taps; y += QUAD) {
        const uint8_t *first = in + (size_t)y * stride;
        uint8x16_t row[QUAD];
#pragma GCC unroll 4
        for (int t = 0; t < QUAD; t++) /* a row beyond the last weighs nothing */
            row[t] = vld1q_u8(first + (y + t < taps ? (size_t)t : 0) * stride);
        uint16x8_t low01 = vreinterpretq_u16_u8(vzip1q_u8(row[0], row[1]));
        uint16x8_t low23 = vreinterpretq_u16_u8(vzip1q_u8(row[2], row[3]));
        uint16x8_t high01 = vreinterpretq_u16_u8(vzip2q_u8(row[0], row[1]));
        uint16x8_t high23 = vreinterpretq_u16_u8(vzip2q_u8(row[2], row[3]));
        const uint8x16_t lanes[VECTORS] = {
            vreinterpretq_u8_u16(vzip1q_u16(low01, low23)),
            vreinterpretq_u8_u16(vzip2q_u16(low01, low23)),
            vreinterpretq_u8_u16(vzip1q_u16(high01, high23)),
            vreinterpretq_u8_u16(vzip2q_u16(high01, high23)),
        };
        add_quad(&s, lanes, weights++);
    }
    vst1q_u8(out, finish_sums(&s));
}

/* At least 16 columns; where they are no multiple of 16, the last ones are done twice. */
TARGET_INLINE void quad_columns(const uint8_t *in, size_t stride, int32_t taps, const quad_weights *weights,
                                uint8_t *out, size_t columns)
{
    for (size_t x = 0; x + WIDTH <= columns; x += WIDTH)
        resize_columns(in + x, stride, taps, weights, out + x);
    if (columns % WIDTH) resize_columns(in + columns - WIDTH, stride, taps, weights, out + columns - WIDTH);
}

static void neon_vertical(const ptrun_resize_pass *pass)
{
    if (pass->lines < WIDTH) ptrun_resize_plain.vertical(pass);
    else quad_vertical(pass);
}

static bool neon_usable(void)
{
#if defined(__ARM_FEATURE_DOTPROD)
    return true;
#else
    return getauxval(AT_HWCAP) & HWCAP_ASIMDDP;
#endif
}

const ptrun_resize_kernel ptrun_resize_neon = {
    .name = "neon",
    .usable = neon_usable,
    .memory = quad_memory,
    .horizontal = quad_horizontal,
    .vertical = neon_vertical,
};

#endif
