/* Batches through the engine, whatever the model makes of them: too large for memory, made for one batch
 * size only, or failing for one image. */
#ifndef PTRUN_PIPELINE_FORWARD_H
#define PTRUN_PIPELINE_FORWARD_H

#include "pipeline/batch.h"
#include "ptrun/engine.h"
#include "result/score.h"

/* Receives one line that the user should see once. */
typedef void (*ptrun_notice_fn)(void *context, const char *text);

typedef struct ptrun_forward ptrun_forward;

typedef struct ptrun_forward_options {
    const ptrun_engine_api *engine;
    ptrun_engine_model *model;
    int32_t batch;         /* images that a forward may be given */
    double tolerance;      /* how far logits may lie apart by rounding alone, relative to the largest */
    ptrun_scoring scoring; /* how scores will be made of the outputs */
    bool combines;         /* the program is known to combine the images of a batch: they go one by one */
    bool batched;          /* outputs of batches were given out before, by an interrupted run */
    ptrun_notice_fn notice;
    void *notice_context;
} ptrun_forward_options;

/* Engine and model are borrowed until closing. OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_forward_open(ptrun_forward **out, const ptrun_forward_options *options,
                                               ptrun_error *err);
void ptrun_forward_close(ptrun_forward **forward);

/* The model was compiled for forwards of `batch` images: fewer are filled up with zeros. `as_loaded`, which takes any
 * number, shows what images give alone; borrowed until closing. Before the first run. */
void ptrun_forward_fill_up(ptrun_forward *forward, ptrun_engine_model *as_loaded);

/* The same for another instance of the model, with what was found out about it so far and a share in the comparisons; what single images are shown to
 * is an instance of its own, too, with `threads` threads. Closed before what it was made of. OUT_OF_MEMORY, and what the
 * engine's instance() gives. */
PTRUN_MUST_USE ptrun_status ptrun_forward_clone(ptrun_forward **out, const ptrun_forward *forward,
                                                ptrun_engine_model *instance, int32_t threads, ptrun_error *err);

/* Run the batch: every place without an error gets its outputs, or the error of its forward.
 *
 * The first batch with two different images is compared: these two are run alone, too, and where the logits differ by
 * more than rounding, or the batch fails and its images alone do not, images go one by one from then on; where one
 * image fails as well, other batch sizes are tried once. Later one image of a batch is compared so from time to time,
 * within 1 % of the forwards: where it differs, `batch->suspect` is set, since earlier outputs may be wrong, too. A
 * model of one batch size whose answers depend on the filling is refused: OUTPUT_DEPENDS_ON_BATCH for every image. Out
 * of memory halves the batch from then on. Each such decision is told by `notice`.
 *
 * Outputs that are no scores (result/reading.h) are errors; where they are one number an image, the place holds both. */
void ptrun_forward_run(ptrun_forward *forward, ptrun_batch *batch);

/* Nanoseconds spent in the engine, added up over the forwards side by side; forwards made, images in them. */
typedef struct ptrun_forward_counts {
    int64_t time;
    uint64_t forwards, images;
    uint64_t comparisons; /* of these forwards, those whose outputs were only compared with others */
    int64_t first_time; /* the first forward alone */
} ptrun_forward_counts;

const ptrun_forward_counts *ptrun_forward_counts_of(const ptrun_forward *forward);

/* Add what another forward did; `first_time` stays. */
void ptrun_forward_add_counts(ptrun_forward_counts *sum, const ptrun_forward_counts *counts);

#endif
