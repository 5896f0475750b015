// What the model's program does with its input, read from the graph without running it.
#ifndef PTRUN_TORCHSCRIPT_GRAPH_H
#define PTRUN_TORCHSCRIPT_GRAPH_H

#include <torch/csrc/jit/api/module.h>

#include <cstdint>

namespace ptrun
{

struct InputFacts {
    int64_t channels = 0;   // what the first convolution asks for; 0 where that cannot be told
    bool broadcast = false; // combined with other tensors before it: one channel may become several
    bool written = true;    // the program may write into its input (false only where that is certain not)
};

// Follows the input of `forward` to the convolutions that receive it.
InputFacts graph_input_facts(const torch::jit::Module &module);

// Whether the program itself drops out at random or normalises by the batch: it was traced in training mode,
// and eval() cannot undo that.
bool graph_trains(const torch::jit::Module &module);

// Whether a loop is in the program that nothing bounds in practice (`while`, or a huge constant count).
bool graph_is_endless(const torch::jit::Module &module);

} // namespace ptrun

#endif
