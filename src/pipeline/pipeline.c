#include "pipeline/pipeline.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/engine.h"
#include "pipeline/runners.h"
#include "result/score.h"

#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

/* After the stop flag: batches that are whole already are still run for this long. */
#define DRAIN_NS (INT64_C(2) * 1000000000)

enum { MAX_NOTICES = 8 };

struct ptrun_pipeline {
    ptrun_pipeline_options options;
    const ptrun_recipe *recipe;
    ptrun_feed *feed;
    ptrun_activation activation; /* in force; UNSET until the first output where nobody said */
    bool distributions;          /* every output so far was one, and is taken as it is for that reason */
    bool labels_checked;
    ptrun_class *top;
    ptrun_buf first_path, last_path; /* of the records of this run, for messages */
    int64_t started;
    ptrun_pipeline_counts counts;

    ptrun_forward *forward;
    ptrun_runners *runners; /* NULL: batches are run in the thread of ptrun_pipeline_run */
    ptrun_record_sink sink;
    void *sink_context;

    pthread_mutex_t noticing; /* guards what forwards in other threads have to say, each thing once */
    char notices[MAX_NOTICES][192];
    int n_notices, n_told;
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
                               .forwards = options->plan.forwards,
                               .batch_wait_ms = options->batch_wait_ms,
                               .max_pixels = options->max_pixels,
                               .stop = options->stop};
    pthread_mutex_init(&pipeline->noticing, NULL);
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
    ptrun_buf_release(&(*pipeline)->first_path), ptrun_buf_release(&(*pipeline)->last_path);
    pthread_mutex_destroy(&(*pipeline)->noticing);
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

const ptrun_batch *ptrun_pipeline_first(ptrun_pipeline *pipeline)
{
    int32_t width, height;
    return ptrun_recipe_fixed_size(pipeline->recipe, &width, &height) ? ptrun_feed_first(pipeline->feed) : NULL;
}

static void notice(const ptrun_pipeline *p, const char *text)
{
    if (p->options.notice) p->options.notice(p->options.notice_context, text);
}

/* A forward has something to say, in whichever thread; each of several side by side may find out the same. */
static void keep_notice(void *context, const char *text)
{
    ptrun_pipeline *p = context;
    pthread_mutex_lock(&p->noticing);
    bool known = p->n_notices == MAX_NOTICES;
    for (int i = 0; i < p->n_notices; i++) known |= ptrun_str_equal(p->notices[i], text);
    if (!known) snprintf(p->notices[p->n_notices++], sizeof p->notices[0], "%s", text);
    pthread_mutex_unlock(&p->noticing);
}

static void tell_notices(ptrun_pipeline *p)
{
    pthread_mutex_lock(&p->noticing);
    while (p->n_told < p->n_notices) notice(p, p->notices[p->n_told++]);
    pthread_mutex_unlock(&p->noticing);
}

static bool all_finite(const float *row, size_t cols)
{
    for (size_t i = 0; i < cols; i++)
        if (!isfinite(row[i])) return false;
    return true;
}

static bool all_between_0_and_1(const float *row, size_t cols)
{
    for (size_t i = 0; i < cols; i++)
        if (!(row[i] >= 0 && row[i] <= 1)) return false;
    return true;
}

/* Nobody said what the output is: the first finite one decides for the whole run. */
static void settle_activation(ptrun_pipeline *p, const float *row, size_t cols)
{
    if (p->activation != PTRUN_ACTIVATION_UNSET || !all_finite(row, cols)) return;
    p->distributions = ptrun_score_is_distribution(row, cols);
    p->activation = p->distributions ? PTRUN_ACTIVATION_NONE : PTRUN_ACTIVATION_SOFTMAX;
    if (p->distributions)
        notice(p, "the model's output already is a probability distribution and is taken as it is; "
                  "the activation \"softmax\" or \"none\" settles it");
    else if (all_between_0_and_1(row, cols))
        notice(p, "every output lies between 0 and 1, and a softmax is taken over them; where the model ends with a "
                  "sigmoid, the activation \"none\" settles it");
}

/* What was taken for a distribution because those before it were, and is none, may be anything. */
static void check_distribution(const ptrun_pipeline *p, const float *row, size_t cols, ptrun_error *error)
{
    if (p->distributions && all_finite(row, cols) && !ptrun_score_is_distribution(row, cols))
        (void)ptrun_fail(error, PTRUN_OUTPUT_AMBIGUOUS, "the outputs before were probability distributions, this one is "
                                                        "not: say the activation, \"softmax\" or \"none\"");
}

/* The labels of a row; NULL where none may be used: of two classes one output says which, but not by which name. */
static char *const *labels_for(const ptrun_pipeline *p, size_t cols)
{
    return cols == 1 && p->recipe->n_labels != 1 ? NULL : p->recipe->labels;
}

static void check_labels(ptrun_pipeline *p, size_t cols)
{
    size_t labels = p->recipe->n_labels;
    if (p->labels_checked) return;
    p->labels_checked = true;
    if (labels == 0 || labels == cols) return;
    char text[192];
    snprintf(text, sizeof text, "%zu labels for %zu output%s: %s", labels, cols, cols == 1 ? "" : "s",
             cols == 1 ? "it gets no name" : "names may belong to other classes");
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

static void score(ptrun_pipeline *p, const float *row, size_t cols, ptrun_record *record, ptrun_error *error)
{
    settle_activation(p, row, cols);
    check_labels(p, cols);
    check_distribution(p, row, cols, error);
    char *const *labels = labels_for(p, cols);
    if (error->status == PTRUN_OK)
        (void)!ptrun_score_top(row, cols, (size_t)p->options.top_k, scoring_of(p->activation), labels,
                               labels ? p->recipe->n_labels : 0, p->top, &record->n_top, error);
    record->n_classes = cols;
    if (p->options.logits) record->logits = row, record->n_logits = cols;
}

/* One number an image, and nobody said what it is: the record of the error has the number. */
static void show_number(ptrun_pipeline *p, const float *row, ptrun_record *record)
{
    if (!isfinite(row[0])) return;
    keep_notice(p, "softmax over one number is always 1, so the images have no scores; their records show the number. "
                   "The activation \"sigmoid\" or \"none\" settles it");
    record->only = row;
}

static void remember_path(ptrun_pipeline *p, const ptrun_record *record)
{
    if (p->counts.inputs == 0) ptrun_buf_put(&p->first_path, record->path, record->path_length);
    ptrun_buf_clear(&p->last_path);
    ptrun_buf_put(&p->last_path, record->path, record->path_length);
}

/* The outcome of one place becomes a record. */
static ptrun_status record_place(ptrun_pipeline *p, const ptrun_batch *batch, int32_t place, ptrun_error *err)
{
    const ptrun_item *item = &batch->items[place];
    ptrun_error error = item->error;
    ptrun_record record = {.number = item->input.number, .path = ptrun_buf_text(&item->input.path),
                           .path_length = item->input.path.length, .width = item->width, .height = item->height,
                           .top = p->top, .error = &error};
    if (error.status == PTRUN_OK) score(p, ptrun_batch_output(batch, place), (size_t)batch->cols, &record, &error);
    else if (error.status == PTRUN_OUTPUT_AMBIGUOUS && batch->cols == 1)
        show_number(p, ptrun_batch_output(batch, place), &record);
    ptrun_status status = p->sink(p->sink_context, &record, err);
    if (status != PTRUN_OK) return status;
    remember_path(p, &record);
    p->counts.inputs++;
    if (error.status == PTRUN_OK) p->counts.ok++;
    else count_failure(&p->counts, error.status);
    uint64_t failed = p->counts.inputs - p->counts.ok;
    p->counts.too_many_errors = p->options.max_errors && failed >= p->options.max_errors;
    return p->counts.too_many_errors ? ptrun_fail(err, PTRUN_STOPPED, "too many failed inputs") : PTRUN_OK;
}

/* Records of batches that looked right when they were written. */
static ptrun_status fail_suspect(const ptrun_pipeline *p, ptrun_error *err)
{
    return ptrun_fail(err, PTRUN_OUTPUT_DEPENDS_ON_BATCH,
                      "%llu record%s may be wrong, from \"%.120s\" to \"%.120s\": the model answers differently in batches",
                      (unsigned long long)p->counts.inputs, p->counts.inputs == 1 ? "" : "s", ptrun_buf_text(&p->first_path),
                      ptrun_buf_text(&p->last_path));
}

/* The records of a batch, written before more is risked. */
static ptrun_status record_batch(ptrun_pipeline *p, const ptrun_batch *batch, ptrun_flush_fn flush, ptrun_error *err)
{
    ptrun_status status = PTRUN_OK;
    tell_notices(p);
    for (int32_t i = 0; i < batch->count && status == PTRUN_OK; i++) status = record_place(p, batch, i, err);
    ptrun_error failure = {0};
    if (flush && flush(p->sink_context, &failure) != PTRUN_OK && status == PTRUN_OK) *err = failure, status = failure.status;
    return status;
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

static void run_here(ptrun_pipeline *p)
{
    ptrun_batch *batch = ptrun_feed_take(p->feed);
    if (!batch) return;
    ptrun_forward_run(p->forward, batch);
    ptrun_feed_give(p->feed, batch);
}

/* The first batch is run alone: it shows what the model takes. The others may be run side by side. */
static ptrun_status run_batches(ptrun_pipeline *p, const ptrun_runners_options *side_by_side, ptrun_flush_fn flush,
                                ptrun_error *err)
{
    int64_t stopped_at = 0;
    ptrun_status status = PTRUN_OK;
    for (bool first = true; status == PTRUN_OK && !drained(p, &stopped_at); first = false) {
        ptrun_batch *batch;
        if (!p->runners) run_here(p);
        status = ptrun_feed_next(p->feed, &batch, err);
        if (!batch) break;
        status = batch->suspect ? fail_suspect(p, err) : record_batch(p, batch, flush, err);
        ptrun_feed_recycle(p->feed);
        if (first && status == PTRUN_OK) status = ptrun_runners_open(&p->runners, side_by_side, p->forward, p->feed, err);
    }
    (void)drained(p, &stopped_at);
    return status;
}

ptrun_status ptrun_pipeline_run(ptrun_pipeline *pipeline, const ptrun_pipeline_model *model, ptrun_record_sink sink,
                                ptrun_flush_fn flush, void *context, ptrun_error *err)
{
    const ptrun_pipeline_options *options = &pipeline->options;
    const ptrun_runners_options side_by_side = {.engine = model->engine, .model = model->model,
                                                .count = model->forwards, .threads = model->threads};
    const ptrun_forward_options forward = {
        .engine = model->engine, .model = model->model, .batch = options->plan.batch,
        .tolerance = model->low_precision ? 5e-2 : 1e-3, /* some units in the last place of bfloat16; of TF32 */
        .scoring = scoring_of(pipeline->activation), .combines = model->combines, .batched = options->resumed,
        .notice = keep_notice, .notice_context = pipeline};
    ptrun_status status = ptrun_forward_open(&pipeline->forward, &forward, err);
    if (status != PTRUN_OK) return status;
    if (model->as_loaded) ptrun_forward_fill_up(pipeline->forward, model->as_loaded);
    ptrun_feed_use(pipeline->feed, ptrun_engine_layout(model->engine, model->model));
    pipeline->sink = sink;
    pipeline->sink_context = context;
    status = run_batches(pipeline, &side_by_side, flush, err);
    if (pipeline->counts.too_many_errors) *err = (ptrun_error){0}, status = PTRUN_OK;
    ptrun_feed_leave(pipeline->feed);
    ptrun_forward_counts others = {0};
    ptrun_runners_close(&pipeline->runners, &others);
    tell_notices(pipeline);
    pipeline->counts.wall = ptrun_clock_now() - pipeline->started;
    pipeline->counts.prepare = ptrun_feed_times(pipeline->feed);
    pipeline->counts.forward = *ptrun_forward_counts_of(pipeline->forward);
    ptrun_forward_add_counts(&pipeline->counts.forward, &others);
    ptrun_forward_close(&pipeline->forward);
    return status;
}
