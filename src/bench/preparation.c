#include "bench/preparation.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    ptrun_bench_preparation *out;
    const ptrun_bench_wish *wish;
    bool failed; /* no memory */
} search;

static void begin_candidate(void *context, const char *variant)
{
    const search *s = context;
    s->wish->variant(s->wish->context, variant);
}

static void add_candidate(search *s, const ptrun_preparation *is, const ptrun_error *failure)
{
    ptrun_bench_preparation *out = s->out;
    ptrun_bench_candidate *grown = ptrun_mem_resize(out->candidates, out->n_candidates + 1, sizeof *grown);
    s->failed |= !grown;
    if (!grown) return;
    out->candidates = grown;
    grown[out->n_candidates++] = (ptrun_bench_candidate){.is = *is, .failure = *failure};
}

static void end_candidate(void *context, const ptrun_preparation *candidate, const ptrun_error *failure)
{
    add_candidate(context, candidate, failure);
}

static ptrun_preparation as_it_is(const ptrun_bench_wish *wish, const ptrun_engine_api *engine,
                                  const ptrun_engine_model *model)
{
    ptrun_engine_model_info info;
    ptrun_preparation is = {.split = wish->splits[0]};
    engine->model_info(model, &info);
    snprintf(is.variant, sizeof is.variant, "%s", info.variant);
    return is;
}

/* The model as it was loaded comes first, with the time that the candidates were measured against. */
static void put_saved_first(search *s, const ptrun_preparation *saved)
{
    const ptrun_error none = {0};
    ptrun_preparation first = *saved;
    first.time = s->out->is.saved_time;
    add_candidate(s, &first, &none);
    if (s->failed) return;
    ptrun_bench_candidate *all = s->out->candidates, last = all[s->out->n_candidates - 1];
    memmove(all + 1, all, (s->out->n_candidates - 1) * sizeof *all);
    all[0] = last;
}

static ptrun_status measure(search *s, ptrun_engine_model **chosen, const ptrun_engine_api *engine,
                            ptrun_engine_model *model, const ptrun_tensor *input, ptrun_error *err)
{
    const ptrun_bench_wish *wish = s->wish;
    const ptrun_tune_options options = {.engine = engine,
                                        .model = model,
                                        .input = input,
                                        .variants = wish->variants ? wish->variants : "",
                                        .splits = wish->splits,
                                        .n_splits = wish->n_splits,
                                        .images = UINT64_MAX,
                                        .limit = wish->low_precision ? PTRUN_BENCH_LOW_PRECISION_LIMIT : PTRUN_TUNE_LIMIT,
                                        .stop = wish->stop,
                                        .begin = begin_candidate,
                                        .end = end_candidate,
                                        .context = s};
    ptrun_preparation saved = s->out->is;
    ptrun_status status = ptrun_tune(&s->out->is, chosen, &options, err);
    if (status == PTRUN_OK && s->out->n_candidates) s->out->by = "measurement", put_saved_first(s, &saved);
    return s->failed ? ptrun_fail_memory(err, "the candidates") : status;
}

static ptrun_status prepare_named(search *s, ptrun_engine_model **chosen, const ptrun_engine_api *engine,
                                  ptrun_engine_model *model, const ptrun_tensor *input, ptrun_error *err)
{
    const char *name = s->wish->optimize, *names = s->wish->variants;
    s->out->by = "option";
    if (ptrun_str_equal(name, s->out->is.variant)) return PTRUN_OK;
    if (!names || !ptrun_str_has_word(names, name, strlen(name)))
        return ptrun_fail(err, PTRUN_ENGINE_FAILED, "no variant '%s'; there are: %s", name, names ? names : "");
    s->wish->variant(s->wish->context, name);
    ptrun_status status =
        ptrun_tune_prepare(chosen, engine, model, name, s->wish->splits[0].threads, input, PTRUN_WARM_UPS, err);
    snprintf(s->out->is.variant, sizeof s->out->is.variant, "%s", name);
    return status == PTRUN_OK ? status : ptrun_error_prefix(err, "it cannot be prepared as \"%s\": ", name);
}

ptrun_status ptrun_bench_prepare(ptrun_bench_preparation *out, ptrun_engine_model **chosen, const ptrun_bench_wish *wish,
                                 const ptrun_engine_api *engine, ptrun_engine_model *model, const ptrun_tensor *input,
                                 ptrun_error *err)
{
    search s = {.out = out, .wish = wish};
    bool automatic = ptrun_str_equal(wish->optimize, "auto");
    int64_t start = ptrun_clock_now();
    ptrun_status status = PTRUN_OK;
    *chosen = NULL;
    *out = (ptrun_bench_preparation){.is = as_it_is(wish, engine, model), .by = automatic ? "default" : "option"};
    if (automatic) status = measure(&s, chosen, engine, model, input, err);
    else if (!ptrun_str_equal(wish->optimize, "off")) status = prepare_named(&s, chosen, engine, model, input, err);
    out->took = ptrun_clock_now() - start;
    wish->variant(wish->context, NULL);
    return status;
}

void ptrun_bench_preparation_release(ptrun_bench_preparation *preparation)
{
    free(preparation->candidates);
    *preparation = (ptrun_bench_preparation){0};
}
