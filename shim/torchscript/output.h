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
    ptrun_select_kind kind = PTRUN_SELECT_FIRST;
    int64_t index = 0;
    std::string key;
};

// The selected tensor. Throws Failure (OUTPUT_SELECT says what is there).
at::Tensor output_select(const c10::IValue &value, const Select &select);

// As contiguous float32 on the host, of rank 1 or more and not empty. Throws Failure (OUTPUT_SHAPE).
at::Tensor output_floats(const at::Tensor &tensor);

// Rows and columns of such a tensor, for `images` images.
ptrun_engine_output output_rows(const at::Tensor &floats, int64_t images);

} // namespace ptrun

#endif
