/* A borrowed view of numbers in memory that somebody else owns. Pure C11, also valid C++17. */
#ifndef PTRUN_TENSOR_H
#define PTRUN_TENSOR_H

#include <stdint.h>

enum { PTRUN_TENSOR_MAX_RANK = 8 };

typedef enum ptrun_dtype {
    PTRUN_DTYPE_F32 = 0,
    PTRUN_DTYPE_U8 = 1,
} ptrun_dtype;

/* `dims` and `strides` have `rank` entries; strides count elements, not bytes. */
typedef struct ptrun_tensor {
    void *data;
    ptrun_dtype dtype;
    int32_t rank;
    int64_t dims[PTRUN_TENSOR_MAX_RANK];
    int64_t strides[PTRUN_TENSOR_MAX_RANK];
} ptrun_tensor;

#endif
