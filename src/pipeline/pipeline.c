#include "pipeline/pipeline.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "result/score.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/* After the stop flag: batches that are whole already are still run for this long. */
#define DRAIN_NS (INT64_C(2) * 1000000000)

struct ptrun_pipeline {
    ptrun_pipeline_options options;
    const ptrun_recipe *recipe;
    ptrun_feed *feed;
    ptrun_activation activation; /* in force; UNSET until the first output where nobody said */
    bool labels_checked;
    ptrun_class *top;
    int64_t started;
    ptrun_pipeline_counts counts;

    ptrun_record_sink sink;
    void *sink_context;
    const ptrun_batch *batch; /* being run */
};

ptrun_status ptrun_pipeline_open(ptrun_pipeline **out, const ptrun_pipeline_options *options, ptrun_source *source,
                                 const ptrun_prep *prep, ptrun_error *err)
{
    *out = NULL;
    ptrun_pipeline *pipeline = ptrun_mem_zalloc(1, sizeof *pipeline);
    if (!pipeline) return ptrun_fail_memory(err, "the pipeline");
    pipeline->options = *options;
    pipeline->recipe = ptrun_prep_recipe(prep);
    pipeline->activation = pipeline->recipe->activation;
    pipeline->started = ptrun_clock_now();
    ptrun_feed_options feed = {.jobs = options->plan.jobs,
                               .batch = options->plan.batch,
                               .batch_wait_ms = options->batch_wait_ms,
                               .max_pixels = options->max_pixels,
                               .stop = options->stop};
    pipeline->top = ptrun_mem_alloc((size_t)options->top_k, sizeof *pipeline->top);
    ptrun_status status = pipeline->top ? ptrun_feed_open(&pipeline->feed, &feed, source, prep, err)
                                        : ptrun_fail_memory(err, "the classes of a record");
    if (status != PTRUN_OK) ptrun_pipeline_close(&pipeline);
    *out = pipeline;
    return status;
}

void ptrun_pipeline_close(ptrun_pipeline **pipeline)
{
    if (!*pipeline) return;
    ptrun_feed_close(&(*pipeline)->feed);
    free((*pipeline)->top);
    ptrun_mem_release(pipeline);
}

const ptrun_pipeline_counts *ptrun_pipeline_counts_of(const ptrun_pipeline *pipeline)
{
    return &pipeline->counts;
}

ptrun_activation ptrun_pipeline_activation(const ptrun_pipeline *pipeline)
{
    return pipeline->activation;
}

static void notice(const ptrun_pipeline *p, const char *text)
{
    if (p->options.notice) p->options.notice(p->options.notice_context, text);
}

static bool all_finite(const float *row, size_t cols)
{
    for (size_t i = 0; i < cols; i++)
        if (!isfinite(row[i])) return false;
    return true;
}

/* Nobody said what the output is: the first finite one decides for the whole run. */
static void settle_activation(ptrun_pipeline *p, const float *row, size_t cols)
{
    if (p->activation != PTRUN_ACTIVATION_UNSET || !all_finite(row, cols)) return;
    bool distribution = ptrun_score_is_distribution(row, cols);
    p->activation = distribution ? PTRUN_ACTIVATION_NONE : PTRUN_ACTIVATION_SOFTMAX;
    if (distribution)
        notice(p, "the model's output already is a probability distribution and is taken as it is; "
                  "--activation softmax or none settles it");
}

static void check_labels(ptrun_pipeline *p, size_t cols)
{
    size_t labels = p->recipe->n_labels;
    if (p->labels_checked) return;
    p->labels_checked = true;
    if (labels == 0 || labels == cols) return;
    char text[160];
    snprintf(text, sizeof text, "%zu labels for %zu outputs: names may belong to other classes", labels, cols);
    notice(p, text);
}

static ptrun_scoring scoring_of(ptrun_activation activation)
{
    switch (activation) {
    case PTRUN_ACTIVATION_SIGMOID: return PTRUN_SCORING_SIGMOID;
    case PTRUN_ACTIVATION_NONE: return PTRUN_SCORING_NONE;
    case PTRUN_ACTIVATION_SOFTMAX:
    case PTRUN_ACTIVATION_UNSET: break;
    }
    return PTRUN_SCORING_SOFTMAX;
}

static void count_failure(ptrun_pipeline_counts *counts, ptrun_status status)
{
    int kind = 0;
    while (kind < PTRUN_MAX_FAILURE_KINDS - 1 && counts->failures[kind].count && counts->failures[kind].status != status)
        kind++;
    counts->failures[kind].status = status;
    counts->failures[kind].count++;
}

/* The outcome of one place becomes a record. */
static ptrun_status take_output(void *context, int32_t place, const float *row, int64_t cols, const ptrun_error *error,
                                ptrun_error *err)
{
    ptrun_pipeline *p = context;
    const ptrun_item *item = &p->batch->items[place];
    ptrun_error own = *error;
    ptrun_record record = {.number = item->input.number, .path = ptrun_buf_text(&item->input.path),
                           .path_length = item->input.path.length, .width = item->width, .height = item->height,
                           .top = p->top, .error = &own};
    if (own.status == PTRUN_OK) {
        settle_activation(p, row, (size_t)cols);
        check_labels(p, (size_t)cols);
        (void)!ptrun_score_top(row, (size_t)cols, (size_t)p->options.top_k, scoring_of(p->activation), p->recipe->labels,
                               p->recipe->n_labels, p->top, &record.n_top, &own);
        record.n_classes = (size_t)cols;
        if (p->options.logits) record.logits = row, record.n_logits = (size_t)cols;
    }
    ptrun_status status = p->sink(p->sink_context, &record, err);
    if (status != PTRUN_OK) return status;
    p->counts.inputs++;
    if (own.status == PTRUN_OK) p->counts.ok++;
    else count_failure(&p->counts, own.status);
    uint64_t failed = p->counts.inputs - p->counts.ok;
    p->counts.too_many_errors = p->options.max_errors && failed >= p->options.max_errors;
    return p->counts.too_many_errors ? ptrun_fail(err, PTRUN_STOPPED, "too many failed inputs") : PTRUN_OK;
}

/* Whether the stop flag is set, and has been for so long that what is prepared must be left. */
static bool drained(ptrun_pipeline *p, int64_t *stopped_at)
{
    if (!p->options.stop || !atomic_load_explicit(p->options.stop, memory_order_relaxed)) return false;
    p->counts.stopped = true;
    int64_t now = ptrun_clock_now();
    if (*stopped_at == 0) *stopped_at = now;
    return now - *stopped_at > DRAIN_NS;
}

static ptrun_status run_batches(ptrun_pipeline *p, ptrun_forward *forward, ptrun_flush_fn flush, ptrun_error *err)
{
    int64_t stopped_at = 0;
    for (;;) {
        ptrun_batch *batch;
        ptrun_status status = ptrun_feed_next(p->feed, &batch, err);
        bool late = drained(p, &stopped_at);
        if (status != PTRUN_OK || !batch || late) return status;
        p->batch = batch;
        status = ptrun_forward_run(forward, batch, take_output, p, err);
        ptrun_feed_recycle(p->feed);
        if (flush) {
            ptrun_error failure = {0};
            if (flush(p->sink_context, &failure) != PTRUN_OK && status == PTRUN_OK) *err = failure, status = failure.status;
        }
        if (status != PTRUN_OK) return status;
    }
}

ptrun_status ptrun_pipeline_run(ptrun_pipeline *pipeline, const ptrun_engine_api *engine, ptrun_engine_model *model,
                                ptrun_record_sink sink, ptrun_flush_fn flush, void *context, ptrun_error *err)
{
    ptrun_forward *forward;
    const ptrun_pipeline_options *options = &pipeline->options;
    double tolerance = options->low_precision ? 5e-2 : 1e-3; /* some units in the last place of bfloat16; of TF32 */
    ptrun_status status = ptrun_forward_open(&forward, engine, model, options->plan.batch, tolerance, options->notice,
                                             options->notice_context, err);
    if (status != PTRUN_OK) return status;
    pipeline->sink = sink;
    pipeline->sink_context = context;
    status = run_batches(pipeline, forward, flush, err);
    if (pipeline->counts.too_many_errors) *err = (ptrun_error){0}, status = PTRUN_OK;
    pipeline->counts.wall = ptrun_clock_now() - pipeline->started;
    pipeline->counts.prepare = ptrun_feed_times(pipeline->feed);
    pipeline->counts.forward = *ptrun_forward_counts_of(forward);
    ptrun_forward_close(&forward);
    return status;
}
