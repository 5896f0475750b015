/* Forwards side by side: each in a thread of its own, on an instance of the model of its own, with few engine threads.
 * Together they keep more of the processors busy than one forward whose threads wait for each other. */
#ifndef PTRUN_PIPELINE_RUNNERS_H
#define PTRUN_PIPELINE_RUNNERS_H

#include "pipeline/feed.h"
#include "pipeline/forward.h"

typedef struct ptrun_runners_options {
    const ptrun_engine_api *engine;
    ptrun_engine_model *model; /* its instances are made here */
    int32_t count;             /* forwards side by side */
    int32_t threads;           /* of the engine, for each of them */
} ptrun_runners_options;

typedef struct ptrun_runners ptrun_runners;

/* Start as many as can be had, up to options->count: instances of the model beside the one of `first`, which runs on in
 * the first thread and is not to be used elsewhere until closing. *out is NULL where there can be only one forward: then
 * nobody takes batches but the caller. OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_runners_open(ptrun_runners **out, const ptrun_runners_options *options,
                                               ptrun_forward *first, ptrun_feed *feed, ptrun_error *err);

/* After the last batch, or ptrun_feed_leave: wait for the forwards in flight, close the instances, and add what the
 * others did to `counts`. Accepts NULL, clears the pointer. */
void ptrun_runners_close(ptrun_runners **runners, ptrun_forward_counts *counts);

#endif
