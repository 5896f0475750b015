#include "pipeline/runners.h"

#include "base/crash.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/thread.h"

#include <stdlib.h>

typedef struct {
    ptrun_feed *feed;
    ptrun_forward *forward;
    ptrun_engine_model *instance; /* NULL: the model itself */
    pthread_t thread;
} runner;

struct ptrun_runners {
    const ptrun_engine_api *engine;
    runner *items;
    int32_t count; /* whose threads run */
};

static void *run(void *argument)
{
    runner *self = argument;
    ptrun_crash_protect_thread();
    for (ptrun_batch *batch; (batch = ptrun_feed_take(self->feed));) {
        ptrun_forward_run(self->forward, batch);
        ptrun_feed_give(self->feed, batch);
    }
    return NULL;
}

static void release(const ptrun_runners *runners, runner *r)
{
    if (!r->instance) return; /* the first one's forward and model are the caller's */
    ptrun_forward_close(&r->forward);
    runners->engine->close(&r->instance);
}

/* An instance and its forward beside `first`. False: there is no more to be had. */
static bool add_instance(ptrun_runners *runners, const ptrun_runners_options *options, const ptrun_forward *first)
{
    runner *r = &runners->items[runners->count];
    ptrun_error ignored = {0}; /* fewer than planned do the same work */
    if (options->engine->instance(&r->instance, options->model, options->threads, &ignored) != PTRUN_OK) return false;
    bool ready = ptrun_forward_clone(&r->forward, first, r->instance, options->threads, &ignored) == PTRUN_OK;
    if (ready) runners->count++;
    else release(runners, r);
    return ready;
}

/* All instances are there before the first thread changes what they are made of. */
static void start(ptrun_runners *runners, ptrun_feed *feed)
{
    int32_t running = 0;
    for (; running < runners->count; running++) {
        runner *r = &runners->items[running];
        r->feed = feed;
        if (ptrun_thread_start(&r->thread, run, r) != 0) break;
    }
    for (int32_t i = running; i < runners->count; i++) release(runners, &runners->items[i]);
    runners->count = running;
}

ptrun_status ptrun_runners_open(ptrun_runners **out, const ptrun_runners_options *options, ptrun_forward *first,
                                ptrun_feed *feed, ptrun_error *err)
{
    *out = NULL;
    if (options->count < 2 || !options->engine->instance) return PTRUN_OK;
    ptrun_runners *runners = ptrun_mem_zalloc(1, sizeof *runners);
    if (runners) runners->items = ptrun_mem_zalloc((size_t)options->count, sizeof *runners->items);
    if (!runners || !runners->items) return free(runners), ptrun_fail_memory(err, "the forwards");
    runners->engine = options->engine;
    runners->items[runners->count++].forward = first;
    while (runners->count < options->count && add_instance(runners, options, first)) {}
    start(runners, feed);
    *out = runners;
    if (runners->count == 0) ptrun_runners_close(out, NULL);
    return PTRUN_OK;
}

void ptrun_runners_close(ptrun_runners **runners, ptrun_forward_counts *counts)
{
    if (!*runners) return;
    for (int32_t i = 0; i < (*runners)->count; i++) {
        runner *r = &(*runners)->items[i];
        pthread_join(r->thread, NULL);
        if (i > 0) ptrun_forward_add_counts(counts, ptrun_forward_counts_of(r->forward));
        release(*runners, r);
    }
    free((*runners)->items);
    ptrun_mem_release(runners);
}
