#include "vector.h"

#include <ATen/Version.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <string>

#define INLINE [[gnu::always_inline]] inline

namespace ptrun
{
namespace
{

// As LibTorch converts, but said so that the compiler makes vectors of it.
INLINE float widened(float x)
{
    return x;
}

INLINE float widened(at::BFloat16 x)
{
    return std::bit_cast<float>(static_cast<uint32_t>(x.x) << 16);
}

INLINE void narrow(float x, float &y)
{
    y = x;
}

INLINE void narrow(float x, at::BFloat16 &y)
{
    const auto bits = std::bit_cast<uint32_t>(x);
    const uint32_t nearest_even = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16;
    y.x = static_cast<uint16_t>(x == x ? nearest_even : 0x7FC0);
}

template <typename T> INLINE float product(const float *x, const T *weight, int64_t size)
{
    float sum = 0;
#pragma omp simd reduction(+ : sum)
    for (int64_t k = 0; k < size; k++) sum += widened(weight[k]) * x[k];
    return sum;
}

// Four rows at a time keep enough reads under way.
template <typename T>
INLINE void products(const float *x, const T *weight, int64_t size, int64_t rows, float *sums)
{
    int64_t row = 0;
    for (; row + 4 <= rows; row += 4) {
        const T *w0 = weight + row * size, *w1 = w0 + size, *w2 = w1 + size, *w3 = w2 + size;
        float s0 = 0, s1 = 0, s2 = 0, s3 = 0;
#pragma omp simd reduction(+ : s0, s1, s2, s3)
        for (int64_t k = 0; k < size; k++) {
            s0 += widened(w0[k]) * x[k];
            s1 += widened(w1[k]) * x[k];
            s2 += widened(w2[k]) * x[k];
            s3 += widened(w3[k]) * x[k];
        }
        sums[row] = s0, sums[row + 1] = s1, sums[row + 2] = s2, sums[row + 3] = s3;
    }
    for (; row < rows; row++) sums[row] = product(x, weight + row * size, size);
}

template <typename T>
INLINE void means_of(const T *x, int64_t pixels, int64_t stride, int64_t n, float *means)
{
    for (int64_t c = 0; c < n; c++) means[c] = 0;
    for (int64_t pixel = 0; pixel < pixels; pixel++)
#pragma omp simd
        for (int64_t c = 0; c < n; c++) means[c] += widened(x[pixel * stride + c]);
    for (int64_t c = 0; c < n; c++) means[c] /= static_cast<float>(pixels);
}

template <typename T>
INLINE void scale(const T *x, int64_t pixels, int64_t stride, int64_t n, const float *factors, T *y)
{
    for (int64_t pixel = 0; pixel < pixels; pixel++)
#pragma omp simd
        for (int64_t c = 0; c < n; c++)
            narrow(widened(x[pixel * stride + c]) * factors[c], y[pixel * stride + c]);
}

// One version of the loops for an instruction set.
#define VERSION(name, instruction_set)                                                                       \
    template <typename T> struct name {                                                                      \
        instruction_set static void products_(const float *x, const T *weight, int64_t size, int64_t rows,   \
                                              float *sums)                                                   \
        {                                                                                                    \
            products(x, weight, size, rows, sums);                                                           \
        }                                                                                                    \
        instruction_set static void means_(const T *x, int64_t pixels, int64_t stride, int64_t n,            \
                                           float *means)                                                     \
        {                                                                                                    \
            means_of(x, pixels, stride, n, means);                                                           \
        }                                                                                                    \
        instruction_set static void scale_(const T *x, int64_t pixels, int64_t stride, int64_t n,            \
                                           const float *factors, T *y)                                       \
        {                                                                                                    \
            scale(x, pixels, stride, n, factors, y);                                                         \
        }                                                                                                    \
    }

VERSION(Plain, );

template <typename T> struct Kernels {
    decltype(&Plain<T>::products_) products;
    decltype(&Plain<T>::means_) means;
    decltype(&Plain<T>::scale_) scale;
};

template <typename T, typename Version> Kernels<T> kernels_of()
{
    return {Version::products_, Version::means_, Version::scale_};
}

#if defined(__x86_64__)
VERSION(Avx2, __attribute__((target("avx2,fma"))));
VERSION(Avx512, __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma"))));

// What LibTorch runs with, which $ATEN_CPU_CAPABILITY can lower.
template <typename T> Kernels<T> choose()
{
    const std::string capability = at::get_cpu_capability();
    if (capability == "AVX512") return kernels_of<T, Avx512<T>>();
    return capability == "AVX2" ? kernels_of<T, Avx2<T>>() : kernels_of<T, Plain<T>>();
}
#else
template <typename T> Kernels<T> choose()
{
    return kernels_of<T, Plain<T>>();
}
#endif

template <typename T> const Kernels<T> kernels = choose<T>();

} // namespace

float activated(float x, Activation activation)
{
    const float line = std::clamp(x + 3, 0.0F, 6.0F) / 6;
    switch (activation) {
    case Activation::relu: return std::max(x, 0.0F);
    case Activation::silu: return x / (1 + std::exp(-x));
    case Activation::sigmoid: return 1 / (1 + std::exp(-x));
    case Activation::hardswish: return x * line;
    case Activation::hardsigmoid: return line;
    case Activation::none: break;
    }
    return x;
}

template <typename T>
void vector_products(const float *x, const T *weight, int64_t size, int64_t rows, float *sums)
{
    kernels<T>.products(x, weight, size, rows, sums);
}

template <typename T> void vector_means(const T *x, int64_t pixels, int64_t stride, int64_t n, float *means)
{
    kernels<T>.means(x, pixels, stride, n, means);
}

template <typename T>
void vector_scale(const T *x, int64_t pixels, int64_t stride, int64_t n, const float *factors, T *y)
{
    kernels<T>.scale(x, pixels, stride, n, factors, y);
}

#define INSTANCES(T)                                                                                         \
    template void vector_products(const float *, const T *, int64_t, int64_t, float *);                      \
    template void vector_means(const T *, int64_t, int64_t, int64_t, float *);                               \
    template void vector_scale(const T *, int64_t, int64_t, int64_t, const float *, T *);
INSTANCES(float)
INSTANCES(at::BFloat16)

} // namespace ptrun
