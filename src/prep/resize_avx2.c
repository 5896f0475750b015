/* AVX2. A weight of 24 bits is two signed digits of 12 bits, w = low + 2^12 high, and VPMADDWD sums two
 * products of byte (widened to 16 bits) and digit in 32 bits. */
#include "prep/resize_kernel.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx2")))
#include "prep/resize_quads_x86.h"

enum { DIGIT_BITS = 12, VECTORS = 4, WIDTH = 32 };

/* 32 sums under way. */
typedef struct sums {
    __m256i low[VECTORS], high[VECTORS];
} sums;

/* Pairs of weights 0 and 2, 1 and 3: first both pairs of low digits, then those of high ones. */
TARGET_INLINE void quad_encode(const int32_t weights[QUAD], quad_weights *out)
{
    static const int place[QUAD] = {0, 2, 1, 3};
    int16_t digits[2 * QUAD];
    for (int t = 0; t < QUAD; t++) {
        const int32_t one = 1 << DIGIT_BITS, half = one / 2;
        int32_t low = ((weights[t] + half) & (one - 1)) - half;
        digits[place[t]] = (int16_t)low;
        digits[QUAD + place[t]] = (int16_t)((weights[t] - low) >> DIGIT_BITS);
    }
    memcpy(out->digits, digits, sizeof digits);
}

TARGET_INLINE void start_sums(sums *s)
{
#pragma GCC unroll 4
    for (int v = 0; v < VECTORS; v++) {
        s->low[v] = _mm256_set1_epi32(1 << (PTRUN_WEIGHT_BITS - 1)); /* rounds the shift */
        s->high[v] = _mm256_setzero_si256();
    }
}

/* Add a pair of source positions: low[v] += …; `pairs` holds both as 16-bit numbers. */
TARGET_INLINE void add_pair(sums *s, const __m256i pairs[VECTORS], int32_t low, int32_t high)
{
    const __m256i low_digits = _mm256_set1_epi32(low), high_digits = _mm256_set1_epi32(high);
#pragma GCC unroll 4
    for (int v = 0; v < VECTORS; v++) {
        s->low[v] = _mm256_add_epi32(s->low[v], _mm256_madd_epi16(pairs[v], low_digits));
        s->high[v] = _mm256_add_epi32(s->high[v], _mm256_madd_epi16(pairs[v], high_digits));
    }
}

/* To bytes: within each 128-bit part, 4 bytes of the first vector, then of the second, third and fourth. */
TARGET_INLINE __m256i finish_sums(const sums *s)
{
    __m256i total[VECTORS];
#pragma GCC unroll 4
    for (int v = 0; v < VECTORS; v++) {
        __m256i sum = _mm256_add_epi32(s->low[v], _mm256_slli_epi32(s->high[v], DIGIT_BITS));
        total[v] = _mm256_srai_epi32(sum, PTRUN_WEIGHT_BITS);
    }
    return _mm256_packus_epi16(_mm256_packs_epi32(total[0], total[1]),
                               _mm256_packs_epi32(total[2], total[3]));
}

TARGET_INLINE void quad_dot(quad_ring ring, size_t first, const quad_weights *weights, int32_t count,
                            uint8_t out[LANES])
{
    for (size_t part = 0; part < LANES; part += WIDTH) {
        sums s;
        start_sums(&s);
        for (int32_t q = 0; q < count; q++) {
            const uint8_t *in = ring.spread + ((first + (size_t)q) & ring.mask) * SPREAD_SIZE + part * QUAD;
            int32_t digits[QUAD];
            memcpy(digits, weights[q].digits, sizeof digits);
            __m256i even[VECTORS], odd[VECTORS];
#pragma GCC unroll 4
            for (int v = 0; v < VECTORS; v++) {
                __m256i lanes = _mm256_load_si256((const __m256i *)(in + WIDTH * v));
                even[v] = _mm256_and_si256(lanes, _mm256_set1_epi16(0xFF));
                odd[v] = _mm256_srli_epi16(lanes, 8);
            }
            add_pair(&s, even, digits[0], digits[2]);
            add_pair(&s, odd, digits[1], digits[3]);
        }
        const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
        _mm256_store_si256((__m256i *)(out + part), _mm256_permutevar8x32_epi32(finish_sums(&s), order));
    }
}

/* Two rows as pairs of 16-bit numbers. */
TARGET_INLINE void pair_rows(const uint8_t *a, const uint8_t *b, __m256i pairs[VECTORS])
{
    __m256i first = _mm256_loadu_si256((const __m256i *)a), second = _mm256_loadu_si256((const __m256i *)b);
    __m256i low = _mm256_unpacklo_epi8(first, second), high = _mm256_unpackhi_epi8(first, second);
    const __m256i zero = _mm256_setzero_si256();
    pairs[0] = _mm256_unpacklo_epi8(low, zero);
    pairs[1] = _mm256_unpackhi_epi8(low, zero);
    pairs[2] = _mm256_unpacklo_epi8(high, zero);
    pairs[3] = _mm256_unpackhi_epi8(high, zero);
}

TARGET_INLINE void resize_columns(const uint8_t *in, size_t stride, int32_t taps, const quad_weights *weights,
                                  uint8_t *out)
{
    sums s;
    start_sums(&s);
    for (int32_t y = 0; y < taps; y += QUAD, weights++) {
        const uint8_t *first = in + (size_t)y * stride, *row[QUAD];
#pragma GCC unroll 4
        for (int t = 0; t < QUAD; t++) /* a row beyond the last weighs nothing */
            row[t] = first + (y + t < taps ? (size_t)t : 0) * stride;
        int32_t digits[QUAD];
        memcpy(digits, weights->digits, sizeof digits);
        __m256i pairs[VECTORS];
        pair_rows(row[0], row[2], pairs);
        add_pair(&s, pairs, digits[0], digits[2]);
        pair_rows(row[1], row[3], pairs);
        add_pair(&s, pairs, digits[1], digits[3]);
    }
    _mm256_storeu_si256((__m256i *)out, finish_sums(&s)); /* the packing undoes the order of the unpacking */
}

/* At least 32 columns; where they are no multiple of 32, the last ones are done twice. */
TARGET_INLINE void quad_columns(const uint8_t *in, size_t stride, int32_t taps, const quad_weights *weights,
                                uint8_t *out, size_t columns)
{
    for (size_t x = 0; x + WIDTH <= columns; x += WIDTH)
        resize_columns(in + x, stride, taps, weights, out + x);
    if (columns % WIDTH) resize_columns(in + columns - WIDTH, stride, taps, weights, out + columns - WIDTH);
}

static void avx2_vertical(const ptrun_resize_pass *pass)
{
    if (pass->lines < WIDTH) ptrun_resize_plain.vertical(pass);
    else quad_vertical(pass);
}

static bool avx2_usable(void)
{
    return __builtin_cpu_supports("avx2");
}

const ptrun_resize_kernel ptrun_resize_avx2 = {
    .name = "avx2",
    .usable = avx2_usable,
    .memory = quad_memory,
    .horizontal = quad_horizontal,
    .vertical = avx2_vertical,
};

#endif
