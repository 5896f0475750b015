#include "pipeline/batch.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

ptrun_status ptrun_batch_open(ptrun_batch *batch, int32_t places, ptrun_error *err)
{
    *batch = (ptrun_batch){.places = places};
    batch->items = ptrun_mem_zalloc((size_t)places, sizeof *batch->items);
    return batch->items ? PTRUN_OK : ptrun_fail_memory(err, "a batch");
}

void ptrun_batch_release(ptrun_batch *batch)
{
    for (int32_t i = 0; batch->items && i < batch->places; i++) ptrun_buf_release(&batch->items[i].input.path);
    free(batch->items);
    free(batch->tensor);
    free(batch->outputs);
    *batch = (ptrun_batch){0};
}

ptrun_status ptrun_batch_shape(ptrun_batch *batch, int64_t channels, int64_t height, int64_t width, ptrun_error *err)
{
    size_t floats = (size_t)batch->places;
    bool fits = ptrun_mem_mul(floats, (size_t)channels, &floats) && ptrun_mem_mul(floats, (size_t)height, &floats) &&
                ptrun_mem_mul(floats, (size_t)width, &floats);
    if (!fits || floats > batch->capacity) {
        float *grown = fits ? ptrun_mem_resize(batch->tensor, floats, sizeof *grown) : NULL;
        if (!grown) return ptrun_fail_memory(err, "the tensor of a batch");
        batch->tensor = grown;
        batch->capacity = floats;
    }
    batch->dims[0] = channels, batch->dims[1] = height, batch->dims[2] = width;
    return PTRUN_OK;
}

size_t ptrun_batch_stride(const ptrun_batch *batch)
{
    return (size_t)(batch->dims[0] * batch->dims[1] * batch->dims[2]);
}

float *ptrun_batch_place(const ptrun_batch *batch, int32_t index)
{
    return batch->tensor + (size_t)index * ptrun_batch_stride(batch);
}

static bool reserve_outputs(ptrun_batch *batch, int64_t cols)
{
    size_t floats;
    if (!ptrun_mem_mul((size_t)batch->places, (size_t)cols, &floats)) return false;
    if (floats <= batch->outputs_capacity) return true;
    float *grown = ptrun_mem_resize(batch->outputs, floats, sizeof *grown);
    if (!grown) return false;
    batch->outputs = grown;
    batch->outputs_capacity = floats;
    return true;
}

void ptrun_batch_set_output(ptrun_batch *batch, int32_t index, const float *row, int64_t cols)
{
    ptrun_error *err = &batch->items[index].error;
    if (batch->cols && cols != batch->cols)
        ptrun_fail(err, PTRUN_OUTPUT_SHAPE, "%lld outputs, where the images before have %lld", (long long)cols,
                   (long long)batch->cols);
    else if (!batch->cols && !reserve_outputs(batch, cols)) ptrun_fail_memory(err, "the outputs of a batch");
    if (err->status != PTRUN_OK) return;
    batch->cols = cols;
    memcpy(batch->outputs + (size_t)index * (size_t)cols, row, (size_t)cols * sizeof *row);
}

const float *ptrun_batch_output(const ptrun_batch *batch, int32_t index)
{
    return batch->outputs + (size_t)index * (size_t)batch->cols;
}
