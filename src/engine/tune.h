/* Preparation chosen by measurement: which variant of a model, in how many forwards side by side, is the fastest on
 * this machine for tensors of this shape, among those that give the same answers.
 *
 * One candidate after the other challenges the best so far. Each is prepared, run twice (which compiles it, and shows
 * what fails only then), compared with the reference, and timed; where that settles nothing, both are timed in turn.
 * So no more than three preparations are in memory: as it was loaded, the best, the challenger. */
#ifndef PTRUN_ENGINE_TUNE_H
#define PTRUN_ENGINE_TUNE_H

#include "ptrun/engine.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    PTRUN_VARIANT_SIZE = 64,
    PTRUN_WARM_UPS = 2, /* the first forward of a variant is profiled, the second compiled */
};

/* max|difference| / max|logit| within which an fp32 answer is the same answer. */
#define PTRUN_TUNE_LIMIT 1e-5

/* Forwards side by side, each with engine threads of its own. */
typedef struct ptrun_split {
    int32_t forwards, threads;
} ptrun_split;

/* A way to run a model. */
typedef struct ptrun_preparation {
    char variant[PTRUN_VARIANT_SIZE];
    ptrun_split split;
    double error;       /* max|difference| / max|logit| against the reference; 0 for the reference itself */
    int64_t time;       /* nanoseconds an image; 0: not measured */
    int64_t saved_time; /* the same for the model as it was loaded, in the first split; 0: not measured */
    int32_t tried;      /* candidates that were measured */
} ptrun_preparation;

typedef struct ptrun_tune_options {
    const ptrun_engine_api *engine;
    ptrun_engine_model *model;  /* as saved ("auto" of open()), with the threads of splits[0]; the reference */
    const ptrun_tensor *input;  /* the shape that counts, with real images */
    const char *variants;       /* candidates, space-separated, the most promising first; "auto" and "off" are no
                                   candidates: ptrun_engine_info has the list */
    const char *skip;           /* of these, space-separated, the ones to be left out; NULL: none */
    const ptrun_split *splits;  /* at least one; the others are tried with the best variant */
    size_t n_splits;
    uint64_t images;            /* of the run: measuring takes no more than an eighth of the time that they would
                                   take as saved, but for the first candidate and one that has begun; UINT64_MAX: no limit */
    const float *reference;     /* NULL: the model's own answers; else (rows of `input`, reference_cols) */
    int64_t reference_cols;
    double limit;               /* of the error, PTRUN_TUNE_LIMIT for fp32; twice the model's own error with another
                                   reference is no fault of a candidate */
    const atomic_int *stop;     /* not 0: no more candidates; NULL: never */
    void (*begin)(void *context, const char *variant); /* told before each candidate; NULL: nobody listens */
    /* Told after each candidate: the shortest time that was measured, 0 where it did not come to that, and why it could not be
     * prepared. NULL: nobody listens. */
    void (*end)(void *context, const ptrun_preparation *candidate, const ptrun_error *failure);
    void *context;
    int64_t (*clock)(void);     /* nanoseconds; NULL: ptrun_clock_now */
} ptrun_tune_options;

/* Choose. *model is the chosen preparation, ready to run, with its threads; instances of it run side by side. It is closed
 * before options->model is; NULL where that one, as it is, is the choice. An engine without prepare() or instance() has
 * no candidates. A candidate that fails is none; a failure here is the model's own with this input (INFERENCE_FAILED,
 * OUT_OF_MEMORY, …): then there is nothing to choose. */
PTRUN_MUST_USE ptrun_status ptrun_tune(ptrun_preparation *out, ptrun_engine_model **model,
                                       const ptrun_tune_options *options, ptrun_error *err);

/* An instance of `model` with `threads` threads, prepared as `variant` for `input` and run `warm_ups` times. Closed before
 * `model` is. ENGINE_FAILED where the variant does not suit the model or the engine has no prepare(); what run() gives. */
PTRUN_MUST_USE ptrun_status ptrun_tune_prepare(ptrun_engine_model **out, const ptrun_engine_api *engine,
                                               ptrun_engine_model *model, const char *variant, int32_t threads,
                                               const ptrun_tensor *input, int32_t warm_ups, ptrun_error *err);

/* How far outputs lie apart, and how many of the `rows` have the same best class. */
typedef struct ptrun_agreement {
    double error; /* max|difference| / max|reference|; infinite where one is finite and the other is not */
    int64_t same_top1, rows;
} ptrun_agreement;

ptrun_agreement ptrun_tune_compare(const float *reference, const float *logits, int64_t rows, int64_t cols);

#endif
