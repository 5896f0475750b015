// A fully connected layer on few rows, at the speed at which memory gives its weights.
#ifndef PTRUN_TORCHSCRIPT_LAYER_H
#define PTRUN_TORCHSCRIPT_LAYER_H

#include "vector.h"

#include <ATen/core/Tensor.h>

namespace ptrun
{

struct Layer {
    at::Tensor weight; // outputs x inputs, contiguous, float32 or bfloat16
    at::Tensor bias;   // outputs, float32
    Activation activation;
};

// y = activation(W x + bias), x and y `rows` rows, one after the other. Each weight is fetched once, for all
// rows. With LibTorch's threads; the same bits for every number of them.
void layer_run(const Layer &layer, const float *x, int64_t rows, float *y);

} // namespace ptrun

#endif
