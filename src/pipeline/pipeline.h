/* A run: inputs to records, in order, every core busy, memory bounded.
 *
 * Knows no writer: records go to a callback. The workers start before the engine is loaded, so that
 * reading and decoding the first images overlaps with it. Forwards run side by side where the plan says so, and
 * in the thread of ptrun_pipeline_run otherwise. */
#ifndef PTRUN_PIPELINE_PIPELINE_H
#define PTRUN_PIPELINE_PIPELINE_H

#include "pipeline/feed.h"
#include "pipeline/forward.h"
#include "pipeline/plan.h"
#include "result/record.h"

typedef struct ptrun_pipeline_options {
    ptrun_plan plan;
    int32_t batch_wait_ms;
    int64_t max_pixels;
    int32_t top_k;
    bool logits;                        /* records carry the raw output */
    bool resumed;                       /* records before these were made in batches, too */
    uint64_t max_errors;                /* stop after this many failed inputs; 0: never */
    const atomic_int *stop;             /* set by a signal handler; NULL: never */
    ptrun_notice_fn notice;             /* one line that the user should see once; NULL: nobody listens */
    void *notice_context;
} ptrun_pipeline_options;

/* Receives each record, in order, in the thread of ptrun_pipeline_run. Anything but PTRUN_OK ends the run. */
typedef ptrun_status (*ptrun_record_sink)(void *context, const ptrun_record *record, ptrun_error *err);

/* Called after each batch, before the next forward: what was recorded should be written now, since a crash
 * of the engine ends the process. NULL: not needed. */
typedef ptrun_status (*ptrun_flush_fn)(void *context, ptrun_error *err);

enum { PTRUN_MAX_FAILURE_KINDS = 24 };

typedef struct ptrun_pipeline_counts {
    uint64_t inputs; /* records given */
    uint64_t ok;
    struct {
        ptrun_status status;
        uint64_t count;
    } failures[PTRUN_MAX_FAILURE_KINDS]; /* by status; unused ones have count 0 */
    bool stopped;                        /* by the stop flag */
    bool too_many_errors;                /* by max_errors */
    ptrun_prepare_times prepare;         /* added up over the workers */
    ptrun_forward_counts forward;
    int64_t wall;                        /* nanoseconds from opening to the last record */
} ptrun_pipeline_counts;

typedef struct ptrun_pipeline ptrun_pipeline;

/* Start the workers. `source` and `prep` are borrowed until closing. OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_pipeline_open(ptrun_pipeline **out, const ptrun_pipeline_options *options,
                                                ptrun_source *source, const ptrun_prep *prep, ptrun_error *err);
void ptrun_pipeline_close(ptrun_pipeline **pipeline);

/* Wait for the first batch and lend it, for whoever wants to try the model on it; NULL where there is none, and where the
 * recipe's tensors have no fixed size. Its places beyond the last input are zeros. Borrowed until ptrun_pipeline_run. */
const ptrun_batch *ptrun_pipeline_first(ptrun_pipeline *pipeline);

/* What runs the images. Everything is borrowed. */
typedef struct ptrun_pipeline_model {
    const ptrun_engine_api *engine;
    ptrun_engine_model *model;
    int32_t forwards, threads;     /* forwards side by side, no more than the plan had; threads of each */
    ptrun_engine_model *as_loaded; /* where `model` was compiled for the plan's batch, so that smaller ones are filled
                                      up, the one that takes any; else NULL */
    bool low_precision;            /* it computes in less than float32 */
    bool combines;                 /* its program is known to combine the images of a batch: they go one by one */
} ptrun_pipeline_model;

/* Run everything to its end. What happens to single inputs is in their records; a failure here is the
 * sink's, the source's (LIST_UNREADABLE), OUT_OF_MEMORY, or OUTPUT_DEPENDS_ON_BATCH: it was found late that images get
 * other answers in batches, and all records so far are suspect. Once. */
PTRUN_MUST_USE ptrun_status ptrun_pipeline_run(ptrun_pipeline *pipeline, const ptrun_pipeline_model *model,
                                               ptrun_record_sink sink, ptrun_flush_fn flush, void *context,
                                               ptrun_error *err);

/* Complete after ptrun_pipeline_run. Borrowed. */
const ptrun_pipeline_counts *ptrun_pipeline_counts_of(const ptrun_pipeline *pipeline);

/* How scores were made of the raw output, once the run has seen any. */
ptrun_activation ptrun_pipeline_activation(const ptrun_pipeline *pipeline);

#endif
