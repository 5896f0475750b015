#include "image/image.h"

#include <stddef.h>

#if defined(__x86_64__)

#include <immintrin.h>

enum { GROUP = 16, READ_BEYOND = 2 }; /* pixels at a time; further ones that are loaded with them */

/* 38470 does not fit 16 signed bits; half of it does. So each pixel gives two pairs, (R, G) and (G, B), for
 * VPMADDWD. In place: a group's bytes are stored where no later group is read. Returns how many pixels are
 * done. */
__attribute__((target("avx2"))) static size_t convert_groups(uint8_t *pixels, size_t count)
{
    const __m256i red_green =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, -1, 1, -1, 3, -1, 4, -1, 6, -1, 7, -1, 9, -1, 10, -1));
    const __m256i green_blue =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(1, -1, 2, -1, 4, -1, 5, -1, 7, -1, 8, -1, 10, -1, 11, -1));
    const __m256i first = _mm256_set1_epi32(19235 << 16 | 19595),
                  second = _mm256_set1_epi32(7471 << 16 | 19235);
    size_t i = 0;
    for (; i + GROUP + READ_BEYOND <= count; i += GROUP) {
        __m256i sums[2];
        for (int half = 0; half < 2; half++) {
            const uint8_t *in = pixels + 3 * i + 24 * half;
            __m256i rgb = _mm256_loadu2_m128i((const __m128i *)(in + 12), (const __m128i *)in);
            __m256i sum = _mm256_add_epi32(_mm256_madd_epi16(_mm256_shuffle_epi8(rgb, red_green), first),
                                           _mm256_madd_epi16(_mm256_shuffle_epi8(rgb, green_blue), second));
            sums[half] = _mm256_srli_epi32(_mm256_add_epi32(sum, _mm256_set1_epi32(32768)), 16);
        }
        __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(sums[0], sums[1]), 0xD8);
        __m128i bytes = _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
        _mm_storeu_si128((__m128i *)(pixels + i), bytes);
    }
    return i;
}

static size_t convert_fast(uint8_t *pixels, size_t count)
{
    return __builtin_cpu_supports("avx2") ? convert_groups(pixels, count) : 0;
}

#else

static size_t convert_fast(uint8_t *pixels, size_t count)
{
    (void)pixels, (void)count;
    return 0;
}

#endif

void ptrun_image_to_gray(ptrun_image *image)
{
    if (image->channels != 3) return;
    size_t count = (size_t)image->width * (size_t)image->height, i = convert_fast(image->pixels, count);
    const uint8_t *rgb = image->pixels + 3 * i;
    for (; i < count; i++, rgb += 3)
        image->pixels[i] = (uint8_t)((19595u * rgb[0] + 38470u * rgb[1] + 7471u * rgb[2] + 32768u) >> 16);
    image->channels = 1;
}
