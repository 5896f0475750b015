// From whatever a model returns to rows of float32 on the host.
#ifndef PTRUN_TORCHSCRIPT_OUTPUT_H
#define PTRUN_TORCHSCRIPT_OUTPUT_H

#include "ptrun/engine.h"

#include <ATen/core/ivalue.h>

#include <string>

namespace ptrun
{

// ptrun_select with its own text.
struct Select {
    ptrun_select_kind kind = PTRUN_SELECT_ONLY;
    int64_t index = 0;
    std::string key;
};

// The selected tensor. Throws Failure: OUTPUT_SELECT where there is no such part or no tensor in it,
// OUTPUT_AMBIGUOUS where several tensors are in it; both name what is there, with dtypes and shapes.
at::Tensor output_select(const c10::IValue &value, const Select &select);

// As Python names it: "float32", "int64".
std::string output_dtype(const at::Tensor &tensor);

// As contiguous float32 on the host, of rank 1 or more and not empty. Throws Failure (OUTPUT_SHAPE).
at::Tensor output_floats(const at::Tensor &tensor);

// What the host is given of `floats`, which was made of `returned`, for `images` images; without the dtype's name.
ptrun_engine_output output_rows(const at::Tensor &floats, const at::Tensor &returned, int64_t images);

} // namespace ptrun

#endif
