/* AVX-512 with VNNI (Cascade Lake, Zen 4 and later). A weight of 24 bits is three signed digits of 8 bits,
 * w = d0 + 2^8 d1 + 2^16 d2, and VPDPBUSD sums four products of byte and digit in 32 bits; nothing
 * saturates, so the sum of the three, shifted, is the plain sum. */
#include "prep/resize_kernel.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vnni")))
#include "prep/resize_quads_x86.h"

enum { DIGITS = 3, VECTORS = 4 };

/* 64 sums under way, those of each digit apart. */
typedef struct sums {
    __m512i digit0[VECTORS], digit1[VECTORS], digit2[VECTORS];
} sums;

TARGET_INLINE void quad_encode(const int32_t weights[QUAD], quad_weights *out)
{
    for (int t = 0; t < QUAD; t++) {
        int32_t rest = weights[t];
        for (int d = 0; d < DIGITS; d++) {
            int8_t digit = (int8_t)(rest & 0xFF);
            out->digits[d * QUAD + t] = (uint8_t)digit;
            rest = (rest - digit) >> 8;
        }
    }
}

TARGET_INLINE void start_sums(sums *s)
{
#pragma GCC unroll 4
    for (int v = 0; v < VECTORS; v++) {
        s->digit0[v] = _mm512_set1_epi32(1 << (PTRUN_WEIGHT_BITS - 1)); /* rounds the shift */
        s->digit1[v] = s->digit2[v] = _mm512_setzero_si512();
    }
}

TARGET_INLINE __m512i broadcast_digit(const quad_weights *weights, int digit)
{
    int32_t four;
    memcpy(&four, weights->digits + digit * QUAD, sizeof four);
    return _mm512_set1_epi32(four);
}

TARGET_INLINE void add_quad(sums *s, const __m512i lanes[VECTORS], const quad_weights *weights)
{
    const __m512i digit0 = broadcast_digit(weights, 0), digit1 = broadcast_digit(weights, 1);
    const __m512i digit2 = broadcast_digit(weights, 2);
#pragma GCC unroll 4
    for (int v = 0; v < VECTORS; v++) {
        s->digit0[v] = _mm512_dpbusd_epi32(s->digit0[v], lanes[v], digit0);
        s->digit1[v] = _mm512_dpbusd_epi32(s->digit1[v], lanes[v], digit1);
        s->digit2[v] = _mm512_dpbusd_epi32(s->digit2[v], lanes[v], digit2);
    }
}

/* To bytes: within each 128-bit part, 4 bytes of the first vector, then of the second, third and fourth. */
TARGET_INLINE __m512i finish_sums(const sums *s)
{
    __m512i total[VECTORS];
#pragma GCC unroll 4
    for (int v = 0; v < VECTORS; v++) {
        __m512i upper = _mm512_add_epi32(s->digit1[v], _mm512_slli_epi32(s->digit2[v], 8));
        __m512i sum = _mm512_add_epi32(s->digit0[v], _mm512_slli_epi32(upper, 8));
        total[v] = _mm512_srai_epi32(sum, PTRUN_WEIGHT_BITS);
    }
    return _mm512_packus_epi16(_mm512_packs_epi32(total[0], total[1]),
                               _mm512_packs_epi32(total[2], total[3]));
}

TARGET_INLINE void quad_dot(quad_ring ring, size_t first, const quad_weights *weights, int32_t count,
                            uint8_t out[LANES])
{
    sums s;
    start_sums(&s);
    for (int32_t q = 0; q < count; q++) {
        const uint8_t *in = ring.spread + ((first + (size_t)q) & ring.mask) * SPREAD_SIZE;
        __m512i lanes[VECTORS];
#pragma GCC unroll 4
        for (int v = 0; v < VECTORS; v++) lanes[v] = _mm512_load_si512(in + 64 * v);
        add_quad(&s, lanes, &weights[q]);
    }
    const __m512i order = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
    _mm512_store_si512(out, _mm512_permutexvar_epi32(order, finish_sums(&s)));
}

/* Up to 64 columns, those in `mask`. */
TARGET_INLINE void resize_columns(const uint8_t *in, size_t stride, int32_t taps, const quad_weights *weights,
                                  uint8_t *out, __mmask64 mask)
{
    sums s;
    start_sums(&s);
    for (int32_t y = 0; y < taps; y += QUAD) {
        const uint8_t *first = in + (size_t)y * stride;
        __m512i row[QUAD];
#pragma GCC unroll 4
        for (int t = 0; t < QUAD; t++) /* a row beyond the last weighs nothing */
            row[t] = _mm512_maskz_loadu_epi8(mask, first + (y + t < taps ? (size_t)t : 0) * stride);
        __m512i low01 = _mm512_unpacklo_epi8(row[0], row[1]), high01 = _mm512_unpackhi_epi8(row[0], row[1]);
        __m512i low23 = _mm512_unpacklo_epi8(row[2], row[3]), high23 = _mm512_unpackhi_epi8(row[2], row[3]);
        const __m512i lanes[VECTORS] = {
            _mm512_unpacklo_epi16(low01, low23),
            _mm512_unpackhi_epi16(low01, low23),
            _mm512_unpacklo_epi16(high01, high23),
            _mm512_unpackhi_epi16(high01, high23),
        };
        add_quad(&s, lanes, weights++);
    }
    _mm512_mask_storeu_epi8(out, mask, finish_sums(&s)); /* the packing undoes the order of the unpacking */
}

TARGET_INLINE void quad_columns(const uint8_t *in, size_t stride, int32_t taps, const quad_weights *weights,
                                uint8_t *out, size_t columns)
{
    size_t x = 0;
    for (; x + 64 <= columns; x += 64) resize_columns(in + x, stride, taps, weights, out + x, ~(__mmask64)0);
    if (x < columns)
        resize_columns(in + x, stride, taps, weights, out + x, ((__mmask64)1 << (columns - x)) - 1);
}

static bool avx512_usable(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vnni");
}

const ptrun_resize_kernel ptrun_resize_avx512 = {
    .name = "avx512",
    .usable = avx512_usable,
    .memory = quad_memory,
    .horizontal = quad_horizontal,
    .vertical = quad_vertical,
};

#endif
