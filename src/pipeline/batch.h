/* Images that go through one forward, from their names to the tensor. */
#ifndef PTRUN_PIPELINE_BATCH_H
#define PTRUN_PIPELINE_BATCH_H

#include "ptrun/status.h"
#include "source/source.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One place of a batch. `input` and `error` are set by the worker; a failed input keeps its place. */
typedef struct ptrun_item {
    ptrun_input input;
    ptrun_error error;
    int32_t width, height; /* of the image as stored */
} ptrun_item;

/* `tensor` is (places, C, H, W) float32; `dims` holds C, H, W. The places of failed inputs are zeros, so
 * that the shape, and with it the arithmetic of the others, stays. */
typedef struct ptrun_batch {
    ptrun_item *items;
    int32_t places;
    int32_t count;   /* places given to inputs */
    int32_t pending; /* of these, not prepared yet */
    float *tensor;
    size_t capacity; /* floats behind `tensor` */
    int64_t dims[3];
} ptrun_batch;

/* OUT_OF_MEMORY. `dims` of the tensor are unknown (0) until an image or the recipe says them. */
PTRUN_MUST_USE ptrun_status ptrun_batch_open(ptrun_batch *batch, int32_t places, ptrun_error *err);
void ptrun_batch_release(ptrun_batch *batch);

/* Set the dims and have memory for all places. OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_batch_shape(ptrun_batch *batch, int64_t channels, int64_t height, int64_t width,
                                              ptrun_error *err);

/* Floats of one place, and where those of place `index` begin. */
size_t ptrun_batch_stride(const ptrun_batch *batch);
float *ptrun_batch_place(const ptrun_batch *batch, int32_t index);

#endif
