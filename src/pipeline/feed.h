/* The workers: names in, full batches out, in order, with bounded memory.
 *
 *   source ──► claim a place ──► read, decode, resize, tensor ──► the batch is whole ──► the engine
 *
 * A worker claims the next input together with its place in the open batch, so which images share a
 * batch follows from their numbers alone. Batches live in a ring, in order: filled by workers, taken by
 * forwards, which may run side by side, given back with outcomes, read, filled again. A worker waits
 * where all of them are in use. A worker cannot fail: what goes wrong is the error of its item. */
#ifndef PTRUN_PIPELINE_FEED_H
#define PTRUN_PIPELINE_FEED_H

#include "pipeline/batch.h"
#include "pipeline/prepare.h"
#include "source/source.h"

#include <stdatomic.h>

typedef struct ptrun_feed_options {
    int32_t jobs;
    int32_t batch;
    int32_t forwards;      /* that take batches side by side */
    int32_t batch_wait_ms; /* for streamed lists: how long an idle engine waits for more */
    int64_t max_pixels;
    const atomic_int *stop; /* not 0: give out no more inputs; set by a signal handler; NULL: never */
} ptrun_feed_options;

typedef struct ptrun_feed ptrun_feed;

/* Start the workers. `source` and `prep` are borrowed until closing; the source is the feed's alone.
 * OUT_OF_MEMORY (also: no thread can be started). */
PTRUN_MUST_USE ptrun_status ptrun_feed_open(ptrun_feed **out, const ptrun_feed_options *options,
                                            ptrun_source *source, const ptrun_prep *prep, ptrun_error *err);

/* Stop giving out inputs, wait for the workers, release everything. */
void ptrun_feed_close(ptrun_feed **feed);

/* Wait for the first batch to be whole and lend it, before anything else is asked of the feed; NULL where there is none.
 * Its places beyond the last input are zeros. Borrowed until the first ptrun_feed_take. */
const ptrun_batch *ptrun_feed_first(ptrun_feed *feed);

/* Batches that are begun from now on are filled in this layout; channels first before. */
void ptrun_feed_use(ptrun_feed *feed, ptrun_layout layout);

/* Wait for the next batch to run; NULL after the last one. Any number of threads, each of them as long as it runs
 * forwards. The batch is the caller's until ptrun_feed_give. */
ptrun_batch *ptrun_feed_take(ptrun_feed *feed);

/* The batch has its outcomes. */
void ptrun_feed_give(ptrun_feed *feed, ptrun_batch *batch);

/* Wait for the next batch, in order, that has its outcomes; NULL after the last one, or where `stop` is set and nothing
 * is in flight. The batch is the caller's until ptrun_feed_recycle. A failure is the source's (LIST_UNREADABLE,
 * OUT_OF_MEMORY), told after the batches before it. One thread. */
PTRUN_MUST_USE ptrun_status ptrun_feed_next(ptrun_feed *feed, ptrun_batch **batch, ptrun_error *err);

/* Give the batch of the last ptrun_feed_next back to be filled. */
void ptrun_feed_recycle(ptrun_feed *feed);

/* Batches that are not taken yet are left: ptrun_feed_take returns NULL from now on. */
void ptrun_feed_leave(ptrun_feed *feed);

/* Added up over all workers; complete once ptrun_feed_next has returned NULL. */
ptrun_prepare_times ptrun_feed_times(ptrun_feed *feed);

#endif
