/* A borrowed view of numbers in memory that somebody else owns. Pure C11, also valid C++17. */
#ifndef PTRUN_TENSOR_H
#define PTRUN_TENSOR_H

#include <stdint.h>

enum { PTRUN_TENSOR_MAX_RANK = 8 };

typedef enum ptrun_dtype {
    PTRUN_DTYPE_F32 = 0,
    PTRUN_DTYPE_U8 = 1,
} ptrun_dtype;

/* In what order a tensor of images, whose dims are (N, C, H, W), lies in memory; never with gaps. */
typedef enum ptrun_layout {
    PTRUN_LAYOUT_CHANNELS_FIRST = 0, /* C order */
    PTRUN_LAYOUT_CHANNELS_LAST = 1,  /* the channels of a pixel side by side: N, H, W, C */
} ptrun_layout;

/* `dims` and `strides` have `rank` entries; strides count elements, not bytes. */
typedef struct ptrun_tensor {
    void *data;
    ptrun_dtype dtype;
    int32_t rank;
    int64_t dims[PTRUN_TENSOR_MAX_RANK];
    int64_t strides[PTRUN_TENSOR_MAX_RANK];
} ptrun_tensor;

#endif
