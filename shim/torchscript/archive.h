// Programs out of the host's bytes, and their weights in another precision.
#ifndef PTRUN_TORCHSCRIPT_ARCHIVE_H
#define PTRUN_TORCHSCRIPT_ARCHIVE_H

#include <torch/csrc/jit/api/module.h>

#include <cstddef>

namespace ptrun
{

// The host's; readable as long as the model is open.
struct Archive {
    const void *bytes = nullptr;
    size_t size = 0;
};

// Throws what LibTorch throws.
torch::jit::Module archive_load(const Archive &archive, c10::Device device);

// Every parameter, buffer and constant tensor that is a real number, in place; indices and counters stay, which
// Module::to would take, too.
void program_convert(const torch::jit::Module &program, at::ScalarType dtype);

} // namespace ptrun

#endif
