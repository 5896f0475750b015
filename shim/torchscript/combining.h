// Whether a program combines the images of a batch, read from its graph without running it.
#ifndef PTRUN_TORCHSCRIPT_COMBINING_H
#define PTRUN_TORCHSCRIPT_COMBINING_H

#include <torch/csrc/jit/api/module.h>

#include <string>

namespace ptrun
{

// Follows the dimension of the images through `forward` and names an operator that certainly computes along it, or
// with statistics of the batch, and whose result reaches the output: "aten::softmax over the images". Empty where none
// is found. That is no proof of the contrary: behind an operator that is not known here nothing is claimed.
std::string combining_operator(const torch::jit::Module &module);

} // namespace ptrun

#endif
