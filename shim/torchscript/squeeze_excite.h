// Squeeze-and-excite (Hu et al., 2018) as one operator.
#ifndef PTRUN_TORCHSCRIPT_SQUEEZE_EXCITE_H
#define PTRUN_TORCHSCRIPT_SQUEEZE_EXCITE_H

#include <torch/csrc/jit/ir/ir.h>

namespace ptrun
{

// x * b(W2 a(W1 mean(x) + b1) + b2), the mean over height and width: five operators in MobileNetV3,
// EfficientNet and RegNet, of which each waits for the one before and two go through x. They become
//
//     ptrun::squeeze_excite(Tensor x, Tensor weight1, Tensor bias1, int activation1,
//                           Tensor weight2, Tensor bias2, int activation2) -> Tensor
//
// x: N x C x H x W in channels_last, float32 or bfloat16, and so is the result; weight1: S x C, weight2: C x
// S, contiguous, of x's dtype; biases float32. Sums are in float32, the same for every number of threads.
//
// `graph` was profiled, holds its weights as constants and runs on the CPU. The operator takes other shapes,
// too.
void use_squeeze_excite(torch::jit::Graph &graph);

} // namespace ptrun

#endif
