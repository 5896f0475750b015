// Layers that see one row, as the matrix-vector product (GEMV) that they are.
#ifndef PTRUN_TORCHSCRIPT_GEMV_H
#define PTRUN_TORCHSCRIPT_GEMV_H

#include <torch/csrc/jit/ir/ir.h>

namespace ptrun
{

// A linear layer on one row and a 1 x 1 convolution on one pixel, such as the classifier of most models at
// batch 1, read every weight once and compute next to nothing. Each becomes, with the activation behind it,
//
//     ptrun::gemv(Tensor input, Tensor weight, Tensor bias, int activation) -> Tensor
//
// input: rows x K or rows x K x 1 x 1, float32 or bfloat16, and so is the result; weight: N x K, contiguous,
// of that dtype; bias: N, float32. Sums are in float32, the same for every number of threads. As compiled
// parts of oneDNN Graph (3.12) they take 1.2 times as long; from two rows on those are faster
// (docs/performance.md).
//
// `graph` was profiled, holds its weights as constants and runs on the CPU. The operator takes other shapes,
// too.
void use_gemv(torch::jit::Graph &graph);

} // namespace ptrun

#endif
