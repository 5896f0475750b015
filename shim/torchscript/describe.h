// What a model's program consists of, and where its time goes, as text for the host.
#ifndef PTRUN_TORCHSCRIPT_DESCRIBE_H
#define PTRUN_TORCHSCRIPT_DESCRIBE_H

#include "model.h"

#include <string>

namespace ptrun
{

// "operators": {"aten::conv2d":20,…} of the program with all calls inlined, by name; "code", "graph": that
// program as Python and as TorchScript's own listing. Throws Failure (USAGE) for anything else.
std::string model_describe(const ptrun_engine_model &model, const std::string &what);

// The program as it was saved, as a graph, and the work of one forward: see ptrun/engine.h.
std::string model_structure(ptrun_engine_model &model, const ptrun_tensor &input);

// One forward: {"forward_ns":…,"operators":[{"name":…,"count":…,"total_ns":…,"self_ns":…},…]}, the most
// expensive first; `self` is without the operators that an operator calls.
std::string model_profile(ptrun_engine_model &model, const ptrun_tensor &input);

} // namespace ptrun

#endif
