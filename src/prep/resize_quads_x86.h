/* The moves of RGB pixels that AVX2 and AVX-512 do alike, in vectors of 128 bits. A kernel's file defines
 * TARGET and includes this. */
#ifndef PTRUN_PREP_RESIZE_QUADS_X86_H
#define PTRUN_PREP_RESIZE_QUADS_X86_H

#include "prep/resize_quads.h"

#include <immintrin.h>

TARGET_INLINE void quad_spread_rgb(const uint8_t *in, uint8_t *out)
{
    const __m128i order = _mm_setr_epi8(0, 3, 6, 9, 1, 4, 7, 10, 2, 5, 8, 11, -1, -1, -1, -1);
    __m128i pixels = _mm_loadu_si128((const __m128i *)in);
    _mm_store_si128((__m128i *)out, _mm_shuffle_epi8(pixels, order));
}

/* Four 4 x 4 transpositions of 32-bit pixels. */
TARGET_INLINE void quad_gather_rgb(const uint8_t *in, uint8_t out[QUAD][16])
{
    const __m128i order = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
    __m128i a = _mm_load_si128((const __m128i *)in), b = _mm_load_si128((const __m128i *)(in + LANES));
    __m128i c = _mm_load_si128((const __m128i *)(in + 2 * LANES));
    __m128i d = _mm_load_si128((const __m128i *)(in + 3 * LANES));
    __m128i low_ab = _mm_unpacklo_epi32(a, b), high_ab = _mm_unpackhi_epi32(a, b);
    __m128i low_cd = _mm_unpacklo_epi32(c, d), high_cd = _mm_unpackhi_epi32(c, d);
    _mm_storeu_si128((__m128i *)out[0], _mm_shuffle_epi8(_mm_unpacklo_epi64(low_ab, low_cd), order));
    _mm_storeu_si128((__m128i *)out[1], _mm_shuffle_epi8(_mm_unpackhi_epi64(low_ab, low_cd), order));
    _mm_storeu_si128((__m128i *)out[2], _mm_shuffle_epi8(_mm_unpacklo_epi64(high_ab, high_cd), order));
    _mm_storeu_si128((__m128i *)out[3], _mm_shuffle_epi8(_mm_unpackhi_epi64(high_ab, high_cd), order));
}

#endif
