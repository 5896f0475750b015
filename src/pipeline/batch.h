/* Images that go through one forward, from their names to the tensor. */
#ifndef PTRUN_PIPELINE_BATCH_H
#define PTRUN_PIPELINE_BATCH_H

#include "ptrun/status.h"
#include "ptrun/tensor.h"
#include "source/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One place of a batch. `input` and `error` are set by the worker, an error of the forward later; a failed input keeps
 * its place. */
typedef struct ptrun_item {
    ptrun_input input;
    ptrun_error error;
    int32_t width, height; /* of the image as stored */
} ptrun_item;

/* `tensor` is (places, C, H, W) float32 in `layout`; `dims` holds C, H, W. The places of failed inputs are zeros, so
 * that the shape, and with it the arithmetic of the others, stays. */
typedef struct ptrun_batch {
    ptrun_item *items;
    int32_t places;
    int32_t count;   /* places given to inputs */
    int32_t pending; /* of these, not prepared yet */
    float *tensor;
    ptrun_layout layout;
    size_t capacity; /* floats behind `tensor` */
    int64_t dims[3];
    float *outputs; /* (places, cols): the raw outputs of the places without an error */
    size_t outputs_capacity;
    int64_t cols;   /* 0: no place has outputs yet */
    bool done;      /* every place has outputs or an error */
    bool suspect;   /* an image gave something else alone than in this batch, as no batch before */
} ptrun_batch;

/* OUT_OF_MEMORY. `dims` of the tensor are unknown (0) until an image or the recipe says them. */
PTRUN_MUST_USE ptrun_status ptrun_batch_open(ptrun_batch *batch, int32_t places, ptrun_error *err);
void ptrun_batch_release(ptrun_batch *batch);

/* Set the dims and have memory for all places. OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_batch_shape(ptrun_batch *batch, int64_t channels, int64_t height, int64_t width,
                                              ptrun_error *err);

/* Take the outputs of one place: `cols` floats. Where that fails (OUTPUT_SHAPE: not as many as the places before have;
 * OUT_OF_MEMORY), the failure is the error of the place. */
void ptrun_batch_set_output(ptrun_batch *batch, int32_t index, const float *row, int64_t cols);
const float *ptrun_batch_output(const ptrun_batch *batch, int32_t index);

/* Floats of one place, and where those of place `index` begin. */
size_t ptrun_batch_stride(const ptrun_batch *batch);
float *ptrun_batch_place(const ptrun_batch *batch, int32_t index);

#endif
