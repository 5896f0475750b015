// A model's program with all calls inlined, each operator with the call that it comes from, and the work that a
// forward of it is.
#ifndef PTRUN_TORCHSCRIPT_PROGRAM_H
#define PTRUN_TORCHSCRIPT_PROGRAM_H

#include "model.h"

#include <torch/csrc/jit/ir/ir.h>

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace ptrun
{

// A call of a part's method. `name` is the part as its caller names it: "layer1.0".
struct Call {
    size_t caller;
    std::string name, type;
};

struct Program {
    std::shared_ptr<torch::jit::Graph> graph; // a copy: running it changes no other
    std::vector<Call> calls;                  // the first is forward itself
    std::map<const torch::jit::Scope *, size_t> numbers; // of the calls, for the scope that marks their nodes
    std::vector<c10::IValue> defaults;        // of what forward takes beside the image
};

Program program_inline(const torch::jit::Module &module);

// The number of the call that a node comes from; also of a copy of the program.
size_t program_call_of(const Program &program, torch::jit::Node &node);

struct Work {
    int64_t flops = 0;
    std::set<std::string> uncounted; // operators that were run and whose work is not known
};

// Convolutions, matrix products and attention of one forward, a multiply-add being two; element by element,
// nothing is counted. `forward` is called once, with the input as the program wants it.
Work work_of(ptrun_engine_model &model, const ptrun_tensor &input,
             const std::function<void(const at::Tensor &)> &forward);

// In quotes.
std::string json_text(std::string_view text);

} // namespace ptrun

#endif
