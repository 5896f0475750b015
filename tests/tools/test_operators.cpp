// An operator library: what --op-library loads in the tests.
#include <ATen/ATen.h>
#include <torch/library.h>

static at::Tensor twice(const at::Tensor &x)
{
    return x.add(x);
}

TORCH_LIBRARY(ptrun_test, library)
{
    library.def("twice(Tensor x) -> Tensor", twice);
}
