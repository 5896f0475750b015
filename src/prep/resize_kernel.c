#include "prep/resize_kernel.h"

#include "base/str.h"

#include <stdlib.h>

/* Fastest first; the last one runs everywhere. */
static const ptrun_resize_kernel *const kernels[] = {
#if defined(__x86_64__)
    &ptrun_resize_avx512,
    &ptrun_resize_avx2,
#elif defined(__aarch64__) && (defined(__ARM_FEATURE_DOTPROD) || !defined(__clang__))
    &ptrun_resize_neon,
#endif
    &ptrun_resize_plain,
};

const ptrun_resize_kernel *ptrun_resize_kernel_choose(void)
{
    const size_t count = sizeof kernels / sizeof *kernels;
    const char *wanted = getenv("PTRUN_CPU");
    for (size_t i = 0; wanted && i < count; i++)
        if (ptrun_str_equal(kernels[i]->name, wanted) && kernels[i]->usable()) return kernels[i];
    size_t best = 0;
    while (!kernels[best]->usable()) best++;
    return kernels[best];
}
