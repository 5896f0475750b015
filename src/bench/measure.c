#include "bench/measure.h"

#include "base/clock.h"
#include "base/error.h"
#include "bench/folder.h"
#include "engine/engine.h"
#include "output/writer.h"
#include "pipeline/batch.h"
#include "result/score.h"

#include <string.h>

enum { TOP_K = 5, LEAST_SAMPLES = 3, PATIENCE = 3, LEAST_WARM_UPS = 3, PROFILED = 10 };
#define WARM_UP_NS INT64_C(500000000)

const char *ptrun_bench_stage_name(ptrun_bench_stage stage)
{
    static const char *const names[] = {"read", "decode", "resize", "tensor", "forward", "results", "whole"};
    return names[stage];
}

bool ptrun_bench_stage_per_batch(ptrun_bench_stage stage)
{
    return stage == PTRUN_BENCH_FORWARD || stage == PTRUN_BENCH_WHOLE;
}

/* One measurement under way. */
typedef struct {
    const ptrun_bench *bench;
    const ptrun_engine_api *engine;
    ptrun_engine_model *loaded; /* the caller's */
    ptrun_engine_model *chosen; /* as it was prepared, where that is another */
    ptrun_engine_model *model;  /* the one of these that is run */
    ptrun_bench_result *result;
    ptrun_error *err;
    ptrun_batch batch;
    ptrun_tensor input; /* the whole batch, as the pipeline gives it */
    ptrun_engine_output output;
    size_t next; /* image */
    int64_t least_forward;
    ptrun_samples samples[PTRUN_BENCH_N_STAGES];
    ptrun_class top[TOP_K];
    ptrun_buf text; /* records */
} measurement;

static bool stopped(const measurement *m)
{
    return atomic_load(m->bench->limits.stop) || m->err->status != PTRUN_OK;
}

bool ptrun_bench_wants(const ptrun_bench_limits *limits, size_t taken, int64_t elapsed)
{
    if (limits->iterations) return taken < (size_t)limits->iterations;
    int64_t patience = taken < PTRUN_STABLE_COUNT ? PATIENCE : 1;
    return taken < LEAST_SAMPLES || elapsed < limits->duration * patience;
}

static bool go_on(const measurement *m, size_t taken, int64_t start)
{
    return !stopped(m) && ptrun_bench_wants(&m->bench->limits, taken, ptrun_clock_now() - start);
}

/* The next image to its place in the batch. They were all good a moment ago; one that has changed since ends the
 * measurement. */
static ptrun_status prepare(measurement *m, int32_t place)
{
    ptrun_preparer *preparer = m->bench->preparer;
    const ptrun_bench_images *images = m->bench->images;
    const char *path = images->paths[m->next++ % images->count];
    const ptrun_image *resized;
    ptrun_status status = ptrun_prepare_file(preparer, path, m->err);
    if (status == PTRUN_OK) status = ptrun_prepare_resize(preparer, &resized, m->err);
    if (status != PTRUN_OK) return ptrun_error_prefix(m->err, "an image has changed: ");
    const int64_t dims[3] = {resized->channels, resized->height, resized->width};
    if (memcmp(m->batch.dims, dims, sizeof dims) != 0)
        status = ptrun_batch_shape(&m->batch, dims[0], dims[1], dims[2], m->err);
    if (status == PTRUN_OK) ptrun_prepare_tensor(preparer, m->batch.layout, ptrun_batch_place(&m->batch, place));
    return status;
}

static void set_input(measurement *m)
{
    const int64_t *d = m->batch.dims;
    m->input = ptrun_engine_images(m->batch.tensor, m->batch.places, d[0], d[1], d[2], m->batch.layout);
}

/* The first images as a batch, in the layout that the model takes. */
static ptrun_status fill_input(measurement *m)
{
    ptrun_status status = PTRUN_OK;
    m->batch.layout = ptrun_engine_layout(m->engine, m->model);
    m->next = 0;
    for (int32_t i = 0; i < m->batch.places && status == PTRUN_OK; i++) status = prepare(m, i);
    set_input(m);
    return status;
}

/* Nanoseconds of one forward; -1: it failed. */
static int64_t forward(measurement *m)
{
    ptrun_error failure = {0};
    int64_t start = ptrun_clock_now();
    ptrun_status status = ptrun_engine_run(m->engine, &m->output, m->model, &m->input, &failure);
    int64_t took = ptrun_clock_now() - start;
    if (status != PTRUN_OK) {
        *m->err = failure;
        return -1;
    }
    if (m->output.rows != m->batch.places || m->output.cols < 1) {
        (void)ptrun_fail(m->err, PTRUN_OUTPUT_SHAPE, "the output is %lld x %lld for a batch of %d",
                         (long long)m->output.rows, (long long)m->output.cols, m->batch.places);
        return -1;
    }
    if (m->least_forward == 0 || took < m->least_forward) m->least_forward = took;
    return took;
}

/* What the pipeline makes of an output row. */
static void put_result(measurement *m, int32_t place)
{
    const ptrun_recipe *recipe = ptrun_prep_recipe(m->bench->prep);
    const ptrun_writer_context context = {.top_k = TOP_K};
    const ptrun_image_info *info = ptrun_prepare_info(m->bench->preparer);
    const char *path = m->bench->images->paths[0];
    ptrun_scoring scoring = recipe->activation == PTRUN_ACTIVATION_NONE      ? PTRUN_SCORING_NONE
                            : recipe->activation == PTRUN_ACTIVATION_SIGMOID ? PTRUN_SCORING_SIGMOID
                                                                             : PTRUN_SCORING_SOFTMAX;
    ptrun_error error = {0}; /* a record, too */
    ptrun_record record = {.path = path, .path_length = strlen(path), .width = info->width, .height = info->height,
                           .top = m->top, .n_classes = (size_t)m->output.cols, .error = &error};
    (void)!ptrun_score_top(m->output.data + place * m->output.cols, (size_t)m->output.cols, TOP_K, scoring,
                           recipe->labels, recipe->n_labels, m->top, &record.n_top, &error);
    ptrun_writer_jsonl.record(&m->text, &context, &record);
}

static void warm_up(measurement *m)
{
    const ptrun_bench_limits *limits = &m->bench->limits;
    int32_t least = limits->warm_up < 0 ? LEAST_WARM_UPS : limits->warm_up;
    int64_t start = ptrun_clock_now();
    while (!stopped(m)) {
        bool wanted = m->result->warm_ups < least ||
                      (limits->warm_up < 0 && ptrun_clock_now() - start < WARM_UP_NS);
        if (!wanted) break;
        (void)forward(m);
        m->result->warm_ups++;
    }
    m->result->warm_up += ptrun_clock_now() - start;
}

/* The first forward, and what is made of its first row. */
static void run_first(measurement *m)
{
    int64_t took = forward(m), start = ptrun_clock_now();
    if (took < 0) return;
    m->result->warm_ups++;
    m->result->first_forward = m->result->warm_up = took;
    put_result(m, 0);
    m->result->first_results = ptrun_clock_now() - start;
}

static ptrun_status prepare_model(measurement *m, const ptrun_bench_wish *wish)
{
    ptrun_bench_result *r = m->result;
    ptrun_status status =
        ptrun_bench_prepare(&r->preparation, &m->chosen, wish, m->engine, m->model, &m->input, m->err);
    if (m->chosen) m->model = m->chosen;
    if (status == PTRUN_OK && ptrun_engine_layout(m->engine, m->model) != m->batch.layout) status = fill_input(m);
    r->plan.forwards = r->preparation.is.split.forwards, r->plan.threads = r->preparation.is.split.threads;
    m->least_forward = 0;
    return status;
}

static void measure_forward(measurement *m)
{
    ptrun_samples *samples = &m->samples[PTRUN_BENCH_FORWARD];
    int64_t start = ptrun_clock_now();
    while (go_on(m, samples->count, start)) {
        int64_t took = forward(m);
        if (took >= 0) ptrun_samples_add(samples, took);
    }
}

static void add_prepared(measurement *m, const ptrun_prepare_times *before)
{
    const ptrun_prepare_times *now = ptrun_prepare_times_of(m->bench->preparer);
    ptrun_samples_add(&m->samples[PTRUN_BENCH_READ], now->read - before->read);
    ptrun_samples_add(&m->samples[PTRUN_BENCH_DECODE], now->decode - before->decode);
    ptrun_samples_add(&m->samples[PTRUN_BENCH_RESIZE], now->resize - before->resize);
    ptrun_samples_add(&m->samples[PTRUN_BENCH_TENSOR], now->tensor - before->tensor);
}

static void put_results(measurement *m)
{
    ptrun_buf_clear(&m->text);
    for (int32_t i = 0; i < m->batch.places; i++) {
        int64_t start = ptrun_clock_now();
        put_result(m, i);
        ptrun_samples_add(&m->samples[PTRUN_BENCH_RESULTS], ptrun_clock_now() - start);
    }
}

/* A batch from its files to its records. */
static void run_stages(measurement *m)
{
    int64_t start = ptrun_clock_now();
    for (int32_t i = 0; i < m->batch.places && m->err->status == PTRUN_OK; i++) {
        ptrun_prepare_times before = *ptrun_prepare_times_of(m->bench->preparer);
        if (prepare(m, i) == PTRUN_OK) add_prepared(m, &before);
    }
    set_input(m);
    if (m->err->status != PTRUN_OK || forward(m) < 0) return;
    put_results(m);
    ptrun_samples_add(&m->samples[PTRUN_BENCH_WHOLE], ptrun_clock_now() - start);
}

static void measure_stages(measurement *m)
{
    int64_t start = ptrun_clock_now();
    while (go_on(m, m->samples[PTRUN_BENCH_WHOLE].count, start)) run_stages(m);
}

static void measure_folder(measurement *m)
{
    int64_t prepared = m->bench->images->least_time / m->result->plan.jobs;
    int64_t forwarded = m->least_forward / m->batch.places / m->result->plan.forwards;
    (void)!ptrun_bench_folder_measure(&m->result->folder, m->bench, &m->result->plan, m->engine, m->model, m->chosen ? m->loaded : NULL,
                                      prepared > forwarded ? prepared : forwarded, m->err);
}

/* The first batch, its first forward, the preparation, the warm-up. */
static ptrun_status begin(measurement *m, const ptrun_bench_wish *wish)
{
    ptrun_status status = ptrun_batch_open(&m->batch, m->result->plan.batch, m->err);
    if (status == PTRUN_OK) status = fill_input(m);
    if (status != PTRUN_OK) return status;
    if (m->bench->limits.warm_up != 0 && !stopped(m)) run_first(m);
    if (!stopped(m) && prepare_model(m, wish) == PTRUN_OK) warm_up(m);
    return m->err->status;
}

static void finish(measurement *m)
{
    bool made = !m->text.failed;
    for (int stage = 0; stage < PTRUN_BENCH_N_STAGES; stage++) {
        made &= ptrun_stats_make(&m->result->stages[stage], &m->samples[stage]);
        ptrun_samples_release(&m->samples[stage]);
    }
    if (!made) (void)ptrun_fail_memory(m->err, "the samples");
    ptrun_batch_release(&m->batch);
    ptrun_buf_release(&m->text);
    if (m->chosen) m->engine->close(&m->chosen);
}

void ptrun_bench_measure(const ptrun_bench *bench, const ptrun_plan *plan, const ptrun_bench_wish *wish,
                         const ptrun_engine_api *engine, ptrun_engine_model *model, ptrun_bench_result *out)
{
    const ptrun_bench_limits *limits = &bench->limits;
    *out = (ptrun_bench_result){.plan = *plan};
    measurement m = {.bench = bench, .engine = engine, .loaded = model, .model = model, .result = out, .err = &out->error};
    if (begin(&m, wish) == PTRUN_OK) {
        if (limits->forward) measure_forward(&m);
        if (limits->profile && !stopped(&m))
            (void)!ptrun_bench_profile_make(&out->profile, engine, m.model, &m.input, PROFILED, m.err);
        if (limits->stages) measure_stages(&m);
        if (limits->folder && !stopped(&m)) measure_folder(&m);
    }
    finish(&m);
}

bool ptrun_bench_stable(const ptrun_bench_result *result)
{
    const ptrun_stats *forwards = &result->stages[PTRUN_BENCH_FORWARD];
    return (forwards->count == 0 || forwards->stability == PTRUN_STABLE) &&
           (result->folder.rounds == 0 || result->folder.stability == PTRUN_STABLE);
}

double ptrun_bench_forward_rate(const ptrun_bench_result *result)
{
    double median = result->stages[PTRUN_BENCH_FORWARD].median;
    return median > 0 ? result->plan.batch * 1e3 / median : 0;
}

void ptrun_bench_result_release(ptrun_bench_result *result)
{
    ptrun_bench_profile_release(&result->profile);
    ptrun_bench_preparation_release(&result->preparation);
    *result = (ptrun_bench_result){0};
}
