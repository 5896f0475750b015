// Loops over rows of weights and over pixels, in the widest vectors of the processor.
//
// T is float or at::BFloat16; sums are in float32. None of these allocates or starts a thread. The order of a
// sum depends on the instruction set and on `size` alone, so parts of the work may go to any number of
// threads.
#ifndef PTRUN_TORCHSCRIPT_VECTOR_H
#define PTRUN_TORCHSCRIPT_VECTOR_H

#include <c10/util/BFloat16.h>

#include <cstdint>

namespace ptrun
{

// What a layer does to its result.
enum class Activation : int64_t { none, relu, silu, sigmoid, hardswish, hardsigmoid };

float activated(float x, Activation activation);

// sums[i] = x . weight[i], i below `rows`: x has `size` numbers, the rows of weights follow one another.
// Multiples of four rows are read at the speed of memory.
template <typename T>
void vector_products(const float *x, const T *weight, int64_t size, int64_t rows, float *sums);

// Of `pixels` pixels that lie `stride` numbers apart, channels 0 to n-1: their means, and each times its
// factor (x and y may be the same).
template <typename T> void vector_means(const T *x, int64_t pixels, int64_t stride, int64_t n, float *means);
template <typename T>
void vector_scale(const T *x, int64_t pixels, int64_t stride, int64_t n, const float *factors, T *y);

} // namespace ptrun

#endif
