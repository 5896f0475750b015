/* NumPy's file format .npy, version 1.0 (numpy 2.4, numpy/lib/_format_impl.py). */
#ifndef PTRUN_OUTPUT_NPY_H
#define PTRUN_OUTPUT_NPY_H

#include "base/buf.h"
#include "ptrun/status.h"
#include "ptrun/tensor.h"

/* Append a whole file that np.load() reads as `tensor`: float32 ('<f4') or uint8 ('|u1'), C order,
 * contiguous (`strides` are not looked at). OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_npy_put(ptrun_buf *out, const ptrun_tensor *tensor, ptrun_error *err);

#endif
