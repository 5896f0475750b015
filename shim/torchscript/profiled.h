// What a graph that TorchScript's executor has profiled says of its values.
#ifndef PTRUN_TORCHSCRIPT_PROFILED_H
#define PTRUN_TORCHSCRIPT_PROFILED_H

#include "layer.h"

#include <ATen/core/Tensor.h>
#include <torch/csrc/jit/ir/ir.h>

#include <optional>
#include <vector>

namespace ptrun
{

// The value itself, where `value` is what the executor put between it and its user to watch it.
const torch::jit::Value *profiled_behind(const torch::jit::Value *value);

// The sizes that were seen; empty where none were, or not always the same. `channels_last`: only where all
// four dimensions lay so.
std::vector<int64_t> profiled_sizes(const torch::jit::Value *value, bool channels_last = false);

// The tensor that the value always is, profiled or not.
std::optional<at::Tensor> profiled_constant(const torch::jit::Value *value);

// The one node that uses the node's only result; null where there are none or several, or it is in another
// block.
torch::jit::Node *profiled_user(torch::jit::Node *node);

// Removes `last` and what leads to it from `first` on, where nobody else uses it.
void profiled_remove(torch::jit::Node *first, torch::jit::Node *last);

// A linear layer, or a convolution of 1 x 1 without padding, whose weights are constants; without its
// activation.
std::optional<Layer> profiled_layer(const torch::jit::Node *node);

// The activation that the node is; none where it is another node, or null.
Activation profiled_activation(const torch::jit::Node *node);

// Whether the node takes the mean over height and width, to one pixel.
bool profiled_is_global_pool(const torch::jit::Node *node);

} // namespace ptrun

#endif
