/* Batches through the engine, whatever the model makes of them: too large for memory, made for one batch
 * size only, or failing for one image. */
#ifndef PTRUN_PIPELINE_FORWARD_H
#define PTRUN_PIPELINE_FORWARD_H

#include "pipeline/batch.h"
#include "ptrun/engine.h"

/* Receives the raw outputs of one place: `cols` floats, or the error. Borrowed for the call. */
typedef ptrun_status (*ptrun_output_sink)(void *context, int32_t place, const float *row, int64_t cols,
                                          const ptrun_error *error, ptrun_error *err);

/* Receives one line that the user should see once. */
typedef void (*ptrun_notice_fn)(void *context, const char *text);

typedef struct ptrun_forward ptrun_forward;

/* `batch` is how many images a forward may be given; `tolerance` how far logits may lie apart, relative to the
 * largest, by rounding alone. OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_forward_open(ptrun_forward **out, const ptrun_engine_api *engine,
                                               ptrun_engine_model *model, int32_t batch, double tolerance,
                                               ptrun_notice_fn notice, void *context, ptrun_error *err);
void ptrun_forward_close(ptrun_forward **forward);

/* Run the batch and give every place's outcome to `sink`, in order. Places whose item failed already get
 * their own error. A failure is the sink's; the engine's are outcomes.
 *
 * The first batch with two different images is a probe: these two are run alone, too, and where the
 * logits differ by more than rounding, or the batch fails and its images alone do not, images go one by
 * one from then on; where one image fails as well, other batch sizes are tried once. Out of
 * memory halves the batch from then on. Each such decision is told by `notice`. */
PTRUN_MUST_USE ptrun_status ptrun_forward_run(ptrun_forward *forward, const ptrun_batch *batch,
                                              ptrun_output_sink sink, void *context, ptrun_error *err);

/* Nanoseconds spent in the engine, forwards made, images in them. */
typedef struct ptrun_forward_counts {
    int64_t time;
    uint64_t forwards, images;
    int64_t first_time; /* the first forward alone */
} ptrun_forward_counts;

const ptrun_forward_counts *ptrun_forward_counts_of(const ptrun_forward *forward);

#endif
