// A loaded model: the program as it was saved, the variant that runs now, and its last output.
#ifndef PTRUN_TORCHSCRIPT_MODEL_H
#define PTRUN_TORCHSCRIPT_MODEL_H

#include "archive.h"
#include "graph.h"
#include "library.h"
#include "output.h"

#include <ATen/core/Tensor.h>
#include <torch/csrc/jit/api/module.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace ptrun
{

// What runs, and with which settings.
struct Prepared {
    torch::jit::Module module;
    Mode mode;
    bool optimize = true; // TorchScript's own graph optimisation, which profiles the first runs
    at::MemoryFormat layout = at::MemoryFormat::Contiguous; // of the input
    std::string name;
    std::vector<int64_t> sizes; // of the input that it is compiled for; empty: of any, or not run yet
};

} // namespace ptrun

// The host's opaque type.
struct ptrun_engine_model {
    ptrun::Archive archive;
    torch::jit::Module saved; // after eval(), on its device, in its precision
    ptrun::Prepared now;      // shares the weights of `saved` where it can
    c10::Device device{c10::kCPU};
    at::ScalarType dtype = at::kFloat;
    int threads = 1;
    at::QEngine quantized = at::QEngine::NoQEngine;
    ptrun::Select select;
    ptrun::InputFacts facts;
    bool saved_training = false;
    bool endless = false; // a forward may never return
    std::string warning;
    std::string combining; // the operator that combines images, once asked for
    at::Tensor output;        // rows of float32 that the host has borrowed
    std::string output_dtype; // of what they were made of
};

namespace ptrun
{

// All throw Failure or what LibTorch throws.
std::unique_ptr<ptrun_engine_model> model_open(const ptrun_engine_options &options);
ptrun_engine_output model_run(ptrun_engine_model &model, const ptrun_tensor &input);

// Calls `forward` with the input as the program wants it, and with the settings of the program as it was saved.
void model_call_saved(const ptrun_engine_model &model, const ptrun_tensor &input,
                      const std::function<void(const at::Tensor &)> &forward);

// The same program and weights with an output of its own.
std::unique_ptr<ptrun_engine_model> model_instance(const ptrun_engine_model &model, int threads);

// Switch to another variant and run it `warm_ups` times, which compiles it; where that fails, the model stays
// as it was.
void model_prepare(ptrun_engine_model &model, const char *variant, const ptrun_tensor &input, int warm_ups);

} // namespace ptrun

#endif
