/* Where a model runs. Pure C11, also valid C++17. Parsing and text: src/engine/device.h. */
#ifndef PTRUN_DEVICE_H
#define PTRUN_DEVICE_H

#include <stdint.h>

typedef enum ptrun_device_kind {
    PTRUN_DEVICE_CPU = 0,
    PTRUN_DEVICE_CUDA = 1,
} ptrun_device_kind;

/* `index` counts from 0; it is 0 for the CPU. */
typedef struct ptrun_device {
    ptrun_device_kind kind;
    int32_t index;
} ptrun_device;

#endif
