#include "bench/folder.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "output/writer.h"
#include "pipeline/pipeline.h"

#include <math.h>
#include <stdlib.h>

enum { TOP_K = 5, BATCH_WAIT_MS = 5 };

/* The costs that are known are the least ones; more names than are needed cost little. */
enum { MARGIN = 2, MOST_IMAGES = 4000000 };

/* One run of the pipeline. */
typedef struct {
    const ptrun_bench_limits *limits;
    const ptrun_plan *plan;
    atomic_int stop;
    size_t warm_up; /* batches */
    uint64_t ran;   /* images */
    ptrun_error failure; /* the first record that is one */
    ptrun_samples ends;
    ptrun_buf text;
    ptrun_writer_context context;
} swing;

static ptrun_status take_record(void *context, const ptrun_record *record, ptrun_error *err)
{
    swing *s = context;
    (void)err;
    /* An output that is not finite took its time, too. */
    if (record->error->status == PTRUN_OK || record->error->status == PTRUN_OUTPUT_NOT_FINITE) s->ran++;
    else if (s->failure.status == PTRUN_OK) s->failure = *record->error;
    ptrun_writer_jsonl.record(&s->text, &s->context, record);
    return PTRUN_OK;
}

static bool enough(const swing *s, int64_t now)
{
    if (s->ends.count <= s->warm_up) return false;
    size_t rounds = (s->ends.count - s->warm_up - 1) / (size_t)s->plan->forwards;
    return !ptrun_bench_wants(s->limits, rounds, now - s->ends.items[s->warm_up]);
}

/* A batch is done. What ends after the stop flag is set has the machine to itself and does not count. */
static ptrun_status take_batch(void *context, ptrun_error *err)
{
    swing *s = context;
    int64_t now = ptrun_clock_now();
    ptrun_buf_clear(&s->text);
    if (atomic_load(&s->stop)) return PTRUN_OK;
    ptrun_samples_add(&s->ends, now);
    if (s->ends.failed) return ptrun_fail_memory(err, "the samples");
    if (enough(s, now) || atomic_load(s->limits->stop)) atomic_store(&s->stop, 1);
    return PTRUN_OK;
}

static size_t images_needed(const ptrun_bench_limits *limits, const ptrun_plan *plan, size_t warm_up, int64_t image_ns)
{
    double batches = (limits->iterations ? limits->iterations : (int32_t)PTRUN_STABLE_COUNT) * plan->forwards;
    double images = (double)limits->duration / (double)(image_ns > 0 ? image_ns : 1) * MARGIN;
    double most = (batches + (double)warm_up + 1) * plan->batch;
    if (!limits->iterations) most = fmax(most, images + (double)warm_up * plan->batch);
    return (size_t)fmin(most, MOST_IMAGES);
}

static ptrun_status run(swing *s, const ptrun_bench *bench, const ptrun_plan *plan, ptrun_source *source,
                        const ptrun_engine_api *engine, ptrun_engine_model *model, ptrun_engine_model *as_loaded,
                        ptrun_error *err)
{
    const ptrun_pipeline_options options = {.plan = *plan,
                                            .batch_wait_ms = BATCH_WAIT_MS,
                                            .max_pixels = bench->max_pixels,
                                            .top_k = TOP_K,
                                            .stop = &s->stop,
                                            .notice = bench->notice,
                                            .notice_context = bench->notice_context};
    const ptrun_pipeline_model runs = {.engine = engine, .model = model, .forwards = plan->forwards,
                                       .threads = plan->threads, .as_loaded = as_loaded,
                                       .low_precision = bench->low_precision};
    ptrun_pipeline *pipeline;
    ptrun_status status = ptrun_pipeline_open(&pipeline, &options, source, bench->prep, err);
    if (status == PTRUN_OK) status = ptrun_pipeline_run(pipeline, &runs, take_record, take_batch, s, err);
    ptrun_pipeline_close(&pipeline);
    return status;
}

/* The images one after the other, again and again, as the arguments of a run. */
static ptrun_status open_source(ptrun_source **out, const char ***names, const ptrun_bench_images *images, size_t count,
                                ptrun_error *err)
{
    *out = NULL;
    *names = ptrun_mem_alloc(count, sizeof **names);
    if (!*names) return ptrun_fail_memory(err, "the names of the images");
    for (size_t i = 0; i < count; i++) (*names)[i] = images->paths[i % images->count];
    const ptrun_source_options options = {.arguments = *names, .n_arguments = count};
    return ptrun_source_open(out, &options, err);
}

ptrun_status ptrun_bench_folder_measure(ptrun_bench_folder *out, const ptrun_bench *bench, const ptrun_plan *plan,
                                        const ptrun_engine_api *engine, ptrun_engine_model *model, ptrun_engine_model *as_loaded,
                                        int64_t image_ns, ptrun_error *err)
{
    /* Until the workers' head start, the ring of batches, is used up. */
    swing s = {.limits = &bench->limits,
               .plan = plan,
               .warm_up = (size_t)(plan->jobs + plan->batch - 1) / (size_t)plan->batch + 2 * (size_t)plan->forwards,
               .context = {.top_k = TOP_K}};
    size_t count = images_needed(s.limits, plan, s.warm_up, image_ns);
    ptrun_source *source;
    const char **names;
    *out = (ptrun_bench_folder){0};
    ptrun_status status = open_source(&source, &names, bench->images, count, err);
    if (status == PTRUN_OK) status = run(&s, bench, plan, source, engine, model, as_loaded, err);
    if (status == PTRUN_OK && s.ran == 0 && s.failure.status != PTRUN_OK)
        status = ptrun_fail(err, s.failure.status, "%s", s.failure.detail);
    if (status == PTRUN_OK) ptrun_bench_folder_rate(out, &s.ends, s.warm_up, plan);
    ptrun_source_close(&source);
    free(names);
    ptrun_samples_release(&s.ends);
    ptrun_buf_release(&s.text);
    return status;
}

static double rate(const ptrun_samples *ends, size_t from, size_t to, int32_t batch)
{
    double seconds = (double)(ends->items[to] - ends->items[from]) / 1e9;
    return seconds > 0 ? (double)(to - from) * batch / seconds : 0;
}

void ptrun_bench_folder_rate(ptrun_bench_folder *out, const ptrun_samples *ends, size_t warm_up, const ptrun_plan *plan)
{
    size_t side_by_side = (size_t)plan->forwards;
    size_t rounds = ends->count > warm_up ? (ends->count - warm_up - 1) / side_by_side : 0;
    size_t last = warm_up + rounds * side_by_side, half = rounds / 2 * side_by_side;
    *out = (ptrun_bench_folder){.rounds = rounds};
    if (rounds == 0) return;
    out->images = rounds * side_by_side * (uint64_t)plan->batch;
    out->seconds = (double)(ends->items[last] - ends->items[warm_up]) / 1e9;
    out->images_per_second = rate(ends, warm_up, last, plan->batch);
    double first = half ? rate(ends, warm_up, warm_up + half, plan->batch) : 0;
    out->drift = first > 0 ? rate(ends, last - half, last, plan->batch) / first - 1 : 0;
    if (rounds < PTRUN_STABLE_COUNT) out->stability = PTRUN_UNSTABLE_FEW;
    else if (fabs(out->drift) > PTRUN_STABLE_DRIFT) out->stability = PTRUN_UNSTABLE_DRIFT;
}
