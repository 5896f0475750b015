// Frozen programs said in operators that oneDNN Graph takes as a whole.
#ifndef PTRUN_TORCHSCRIPT_REWRITE_H
#define PTRUN_TORCHSCRIPT_REWRITE_H

#include <torch/csrc/jit/api/module.h>

namespace ptrun
{

// Changes the frozen `forward` in place; its answers change by rounding alone.
//
//   multi-head attention    into linear layers and attention, whose weights can then be packed once
//   attention               without mask, dropout and causality: into matmul, softmax, matmul
//   linear, then a scale    a constant factor for each output channel goes into weight and bias (the layer
//                           scale of ConvNeXt, which oneDNN Graph of LibTorch 2.13 cannot run beside a linear)
void rewrite_for_onednn_graph(torch::jit::Module &frozen);

} // namespace ptrun

#endif
