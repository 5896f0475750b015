/* One configuration of a model, prepared and measured: warm-up, forward alone, stage after stage, the whole pipeline.
 *
 *   forward   run() of the engine again and again with the same batch
 *   stages    batch after batch, nothing side by side: read, decode, resize, tensor, forward, results
 *   folder    the pipeline of classify: workers, forwards side by side, records written to memory */
#ifndef PTRUN_BENCH_MEASURE_H
#define PTRUN_BENCH_MEASURE_H

#include "bench/images.h"
#include "bench/preparation.h"
#include "bench/profile.h"
#include "bench/stats.h"
#include "pipeline/forward.h"
#include "pipeline/plan.h"
#include "prep/prep.h"
#include "ptrun/engine.h"

#include <stdatomic.h>

typedef enum ptrun_bench_stage {
    PTRUN_BENCH_READ, /* an image, from here on */
    PTRUN_BENCH_DECODE,
    PTRUN_BENCH_RESIZE,
    PTRUN_BENCH_TENSOR,
    PTRUN_BENCH_FORWARD, /* a batch, measured alone */
    PTRUN_BENCH_RESULTS, /* an image: best classes, record as JSON */
    PTRUN_BENCH_WHOLE,   /* a batch, all of it one after the other */
    PTRUN_BENCH_N_STAGES,
} ptrun_bench_stage;

/* "read", …; Static. */
const char *ptrun_bench_stage_name(ptrun_bench_stage stage);

/* Whether a sample of the stage is a batch, not an image. */
bool ptrun_bench_stage_per_batch(ptrun_bench_stage stage);

/* What is to be measured, and for how long. */
typedef struct ptrun_bench_limits {
    bool forward, stages, folder;
    bool profile;
    int64_t duration;       /* nanoseconds for each of the three */
    int32_t iterations;     /* samples of each; 0: see ptrun_bench_wants */
    int32_t warm_up;        /* forwards; negative: at least 3 and for half a second */
    const atomic_int *stop; /* not 0: end with what there is */
} ptrun_bench_limits;

/* Whether sample number `taken`, `elapsed` nanoseconds after the first, is wanted: as many as the duration holds, at least
 * 3, and up to 10, fewer of which nobody should believe, where these take no more than three times as long. Whether
 * the measurement is to be stopped is not looked at. */
bool ptrun_bench_wants(const ptrun_bench_limits *limits, size_t taken, int64_t elapsed);

/* What stays the same for all configurations. Everything is borrowed. */
typedef struct ptrun_bench {
    const ptrun_prep *prep;
    ptrun_preparer *preparer;
    const ptrun_bench_images *images; /* at least one */
    int64_t max_pixels;
    bool low_precision; /* as in ptrun_pipeline_model */
    ptrun_bench_limits limits;
    ptrun_notice_fn notice; /* what the pipeline finds out about the model */
    void *notice_context;
} ptrun_bench;

/* Images per second of the pipeline, from the batch that first found it in full swing to the last before the end. */
typedef struct ptrun_bench_folder {
    uint64_t rounds; /* of forwards side by side; 0: not measured */
    uint64_t images;
    double seconds, images_per_second;
    double drift; /* rate of the second half / that of the first - 1 */
    ptrun_stability stability;
} ptrun_bench_folder;

typedef struct ptrun_bench_result {
    ptrun_plan plan; /* its split is the one of `preparation` */
    ptrun_bench_preparation preparation;
    int32_t warm_ups;
    int64_t first_forward, warm_up; /* nanoseconds: the first forward, of the model as it was loaded; all of the warm-up */
    int64_t first_results;          /* nanoseconds: results of the first image, the first time */
    ptrun_stats stages[PTRUN_BENCH_N_STAGES];
    ptrun_bench_folder folder;
    ptrun_bench_profile profile;
    ptrun_error error; /* not PTRUN_OK: what ended the measurement; the figures before it stand */
} ptrun_bench_result;

/* Prepare `model`, opened with plan->threads, as `wish` says, and measure it into *out. A failure is out->error: that of the forward
 * (INFERENCE_FAILED, MODEL_INPUT_SHAPE, OUTPUT_SHAPE, …), OUT_OF_MEMORY. */
void ptrun_bench_measure(const ptrun_bench *bench, const ptrun_plan *plan, const ptrun_bench_wish *wish,
                         const ptrun_engine_api *engine, ptrun_engine_model *model, ptrun_bench_result *out);

/* Whether the figures may be believed: forward and folder, as far as they were measured. The stages of different
 * images differ by nature. */
bool ptrun_bench_stable(const ptrun_bench_result *result);

/* Images per second of the forward alone; 0 where it was not measured. */
double ptrun_bench_forward_rate(const ptrun_bench_result *result);

void ptrun_bench_result_release(ptrun_bench_result *result);

#endif
