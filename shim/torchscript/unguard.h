// Compiled programs without the question, before each compiled part, whether the shapes are still those.
#ifndef PTRUN_TORCHSCRIPT_UNGUARD_H
#define PTRUN_TORCHSCRIPT_UNGUARD_H

#include <torch/csrc/jit/ir/ir.h>

#include <memory>

namespace ptrun
{

// A pass for TorchScript's executor: oneDNN Graph's own, then without its guards where every other operator
// of the graph gives shapes that follow from the shape of the input alone. The graph must then only be run
// with the shape that it was profiled with; the caller sees to that. Small models gain most: MobileNetV3 had
// 56 compiled parts. Before it, what oneDNN Graph does badly becomes operators of our own (gemv.h,
// squeeze_excite.h); after it, pooling to one pixel becomes pooling by the size that was seen, where that is
// faster.
void fuse_for_one_shape(std::shared_ptr<torch::jit::Graph> &graph);

} // namespace ptrun

#endif
