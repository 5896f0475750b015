/* How the model of a configuration is prepared, and why: by name, or by the measurement that classify makes for many
 * images. */
#ifndef PTRUN_BENCH_PREPARATION_H
#define PTRUN_BENCH_PREPARATION_H

#include "engine/tune.h"
#include "pipeline/plan.h"

#include <stdatomic.h>

/* A bf16 or fp16 answer may lie this far from that of the model as saved in the same precision: half of it is what either
 * may lie from fp32. */
#define PTRUN_BENCH_LOW_PRECISION_LIMIT 0.1

/* Told before a variant is prepared, which may crash; NULL: all of them are done. */
typedef void (*ptrun_bench_variant_fn)(void *context, const char *variant);

/* What is asked for. Everything is borrowed. */
typedef struct ptrun_bench_wish {
    const char *optimize; /* "off", "auto" or a name */
    const char *variants; /* the engine's list; NULL: none */
    bool low_precision;
    ptrun_split splits[PTRUN_PLAN_SPLITS]; /* the plan's first */
    size_t n_splits;
    const atomic_int *stop;
    ptrun_bench_variant_fn variant;
    void *context;
} ptrun_bench_wish;

/* What was tried. */
typedef struct ptrun_bench_candidate {
    ptrun_preparation is; /* time 0: it did not come to that */
    ptrun_error failure;  /* why not, where it could not be prepared */
} ptrun_bench_candidate;

/* The zero value is none. */
typedef struct ptrun_bench_preparation {
    ptrun_preparation is;
    const char *by; /* "option", "measurement", "default": the engine has no other; static */
    int64_t took;   /* nanoseconds */
    ptrun_bench_candidate *candidates; /* in the order in which they were tried, after the model as it was saved; owned */
    size_t n_candidates;
} ptrun_bench_preparation;

/* Prepare `model`, opened as "off" where that is the wish, else as "auto". *chosen is the model to run, closed before
 * `model` is; NULL where that is `model` itself. ENGINE_FAILED (no such variant, or it does not suit the model), what run()
 * gives, OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_bench_prepare(ptrun_bench_preparation *out, ptrun_engine_model **chosen,
                                                const ptrun_bench_wish *wish, const ptrun_engine_api *engine,
                                                ptrun_engine_model *model, const ptrun_tensor *input,
                                                ptrun_error *err);

/* Accepts the zero value; zero afterwards. */
void ptrun_bench_preparation_release(ptrun_bench_preparation *preparation);

#endif
