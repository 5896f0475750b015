#include "engine/tune.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/watch.h"
#include "engine/engine.h"
#include "engine/team.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
    BUDGET_SHARE = 8,         /* measuring may take 1/8 of the run as saved */
    SAMPLE_NS = 4000000,      /* shorter forwards are timed several at once */
    MOST_ROUNDS = 64,         /* in one sample */
    DUEL_TURNS = 4,
    THREADS_CALM_NS = 10000000, /* as long as waiting OpenMP threads spin after a forward of several threads */
};

/* Time of the challenger as a part of the best so far. The first split leaves processors to the image workers where
 * another one looks as good. */
static const double HOPELESS = 1.5, CLEAR = 1.2, WORTH_A_CHANGE = 0.97, WORTH_ANOTHER_SPLIT = 0.93;

typedef struct {
    ptrun_preparation is;
    ptrun_engine_model *model; /* NULL: options->model itself */
    ptrun_team *team;
} candidate;

typedef struct {
    const ptrun_tune_options *options;
    const float *reference;
    int64_t cols;
    float *kept; /* the model's own answers, where they are the reference */
    float *other; /* the images, channels last, for who takes them so */
    double limit;
    int32_t rounds;
    candidate best;
    int64_t started;
    int32_t tried;
} search;

static int64_t now(const search *s)
{
    return s->options->clock ? s->options->clock() : ptrun_clock_now();
}

static int64_t rows_of(const search *s)
{
    return s->options->input->dims[0];
}

ptrun_agreement ptrun_tune_compare(const float *reference, const float *logits, int64_t rows, int64_t cols)
{
    ptrun_agreement result = {.rows = rows};
    double largest = 0, difference = 0;
    for (int64_t row = 0; row < rows; row++, reference += cols, logits += cols) {
        int64_t best = 0, ours = 0;
        for (int64_t i = 0; i < cols; i++) {
            double a = (double)reference[i], b = (double)logits[i];
            if (reference[i] > reference[best]) best = i;
            if (logits[i] > logits[ours]) ours = i;
            if (isfinite(a) && isfinite(b)) difference = fmax(difference, fabs(a - b)), largest = fmax(largest, fabs(a));
            else if (isnan(a) != isnan(b) || (!isnan(a) && a != b)) difference = INFINITY;
        }
        result.same_top1 += best == ours || reference[best] == reference[ours];
    }
    result.error = difference > 0 ? difference / largest : 0;
    return result;
}

ptrun_status ptrun_tune_prepare(ptrun_engine_model **out, const ptrun_engine_api *engine, ptrun_engine_model *model,
                                const char *variant, int32_t threads, const ptrun_tensor *input, int32_t warm_ups,
                                ptrun_error *err)
{
    *out = NULL;
    if (!engine->prepare || !engine->instance) return ptrun_fail(err, PTRUN_ENGINE_FAILED, "the engine prepares nothing");
    ptrun_status status = engine->instance(out, model, threads, err);
    ptrun_watch_enter();
    if (status == PTRUN_OK) status = engine->prepare(*out, variant, input, warm_ups, err);
    ptrun_watch_leave();
    if (status != PTRUN_OK && *out) engine->close(out);
    return status;
}

static void close_candidate(const search *s, candidate *c)
{
    ptrun_team_close(&c->team);
    if (c->model) s->options->engine->close(&c->model);
}

/* One more time of the candidate; the shortest counts, since what disturbs only adds time. */
static ptrun_status take_sample(const search *s, candidate *c, ptrun_engine_output *output, ptrun_error *err)
{
    int64_t start = now(s);
    ptrun_status status = ptrun_team_run(c->team, s->rounds, output, err);
    int64_t time = (now(s) - start) / ((int64_t)s->rounds * c->is.split.forwards * rows_of(s));
    if (c->is.time == 0 || time < c->is.time) c->is.time = time > 0 ? time : 1;
    if (c->is.split.threads > 1 && !s->options->clock) nanosleep(&(struct timespec){0, THREADS_CALM_NS}, NULL);
    return status;
}

static double ratio_to_best(const search *s, const candidate *challenger)
{
    return (double)challenger->is.time / (double)s->best.is.time;
}

/* The challenger, which has one sample, and the best in turn, so that what slows the machine down slows both, until one is
 * clearly ahead. Whether the challenger won. */
static bool wins_duel(search *s, candidate *challenger)
{
    ptrun_engine_output output;
    ptrun_error ignored = {0};
    bool same_split = challenger->is.split.forwards == s->best.is.split.forwards;
    if (ratio_to_best(s, challenger) > HOPELESS) return false;
    s->best.is.time = 0;
    for (int turn = 1;; turn++) {
        if (take_sample(s, &s->best, &output, &ignored) != PTRUN_OK) return false;
        double ratio = ratio_to_best(s, challenger), clear = turn == 1 ? HOPELESS : CLEAR;
        if (turn == DUEL_TURNS || ratio > clear || ratio < 1 / clear)
            return ratio < (same_split ? WORTH_A_CHANGE : WORTH_ANOTHER_SPLIT);
        if (take_sample(s, challenger, &output, &ignored) != PTRUN_OK) return false;
    }
}

/* Whether it gives the same answers, and sooner. */
static bool wins(search *s, candidate *challenger)
{
    ptrun_engine_output output;
    ptrun_error ignored = {0};
    if (take_sample(s, challenger, &output, &ignored) != PTRUN_OK) return false;
    if (output.rows != rows_of(s) || output.cols != s->cols) return false;
    ptrun_agreement agreement = ptrun_tune_compare(s->reference, output.data, output.rows, output.cols);
    challenger->is.error = (double)(float)agreement.error; /* as it can be written down */
    return agreement.error <= s->limit && wins_duel(s, challenger);
}

/* The images in the layout that the candidate takes, for they will come so; as they are where there is no memory. */
static ptrun_tensor input_for(search *s, const ptrun_engine_model *model)
{
    const ptrun_tensor *given = s->options->input;
    const int64_t *d = given->dims, channels = d[1], pixels = d[2] * d[3];
    if (ptrun_engine_layout(s->options->engine, model) != PTRUN_LAYOUT_CHANNELS_LAST || given->strides[1] == 1) return *given;
    bool fill = !s->other;
    if (fill) s->other = ptrun_mem_alloc((size_t)(d[0] * channels * pixels), sizeof *s->other);
    if (!s->other) return *given;
    const float *from = given->data;
    for (int64_t i = 0; fill && i < d[0]; i++)
        for (int64_t c = 0; c < channels; c++)
            for (int64_t p = 0; p < pixels; p++) s->other[(i * pixels + p) * channels + c] = *from++;
    return ptrun_engine_images(s->other, d[0], channels, d[2], d[3], PTRUN_LAYOUT_CHANNELS_LAST);
}

/* Prepare one more candidate and let it challenge the best. */
static void challenge(search *s, const char *variant, ptrun_split split)
{
    const ptrun_tune_options *o = s->options;
    ptrun_error failure = {0};
    candidate c = {.is = {.split = split}};
    snprintf(c.is.variant, sizeof c.is.variant, "%s", variant);
    if (o->begin) o->begin(o->context, variant);
    s->tried++;
    bool ready = ptrun_tune_prepare(&c.model, o->engine, o->model, variant, split.threads, o->input, PTRUN_WARM_UPS,
                                    &failure) == PTRUN_OK;
    const ptrun_tensor input = ready ? input_for(s, c.model) : *o->input;
    ready = ready && ptrun_team_open(&c.team, o->engine, c.model, split, &input, &failure) == PTRUN_OK;
    bool won = ready && wins(s, &c);
    if (o->end) o->end(o->context, &c.is, &failure);
    if (won) {
        candidate loser = s->best;
        s->best = c;
        c = loser;
    }
    close_candidate(s, &c);
}

/* There is time for one more candidate, and nobody wants to stop. */
static bool may_go_on(const search *s, int64_t saved_time)
{
    if (s->options->stop && atomic_load_explicit(s->options->stop, memory_order_relaxed)) return false;
    return s->tried == 0 ||
           (double)(now(s) - s->started) < (double)s->options->images * (double)saved_time / BUDGET_SHARE;
}

static void try_variants(search *s, int64_t saved_time)
{
    char name[PTRUN_VARIANT_SIZE], as_loaded[PTRUN_VARIANT_SIZE];
    snprintf(as_loaded, sizeof as_loaded, "%s", s->best.is.variant);
    for (const char *p = s->options->variants; *p && may_go_on(s, saved_time);) {
        size_t length = strcspn(p, " ");
        bool left_out = length == 0 || length >= sizeof name || ptrun_str_has_word("auto off", p, length) ||
                        ptrun_str_has_word(as_loaded, p, length) ||
                        (s->options->skip && ptrun_str_has_word(s->options->skip, p, length));
        snprintf(name, sizeof name, "%.*s", left_out ? 0 : (int)length, p);
        p += length + (p[length] == ' ');
        if (!left_out) challenge(s, name, s->options->splits[0]);
    }
}

/* The model as it was loaded: the reference for answers and for time. */
static ptrun_status measure_saved(search *s, ptrun_error *err)
{
    const ptrun_tune_options *o = s->options;
    ptrun_engine_model_info info;
    ptrun_engine_output output;
    o->engine->model_info(o->model, &info);
    snprintf(s->best.is.variant, sizeof s->best.is.variant, "%s", info.variant);
    s->best.is.split = o->splits[0];
    ptrun_status status = ptrun_team_open(&s->best.team, o->engine, o->model, o->splits[0], o->input, err);
    s->rounds = 1;
    int64_t start = now(s);
    if (status == PTRUN_OK) status = ptrun_team_run(s->best.team, 1, &output, err); /* warm-up */
    if (status != PTRUN_OK) return status;
    int64_t took = now(s) - start;
    s->rounds = took >= SAMPLE_NS ? 1 : took > SAMPLE_NS / MOST_ROUNDS ? (int32_t)(SAMPLE_NS / took) : MOST_ROUNDS;
    status = take_sample(s, &s->best, &output, err);
    if (status != PTRUN_OK) return status;
    s->cols = output.cols;
    if (output.rows != rows_of(s) || output.cols < 1 || (o->reference && o->reference_cols != output.cols))
        return ptrun_fail(err, PTRUN_OUTPUT_SHAPE, "the output has another shape than expected");
    size_t floats = (size_t)(output.rows * output.cols);
    s->kept = ptrun_mem_alloc(floats, sizeof *s->kept);
    if (!s->kept) return ptrun_fail_memory(err, "the reference answers");
    memcpy(s->kept, output.data, floats * sizeof *s->kept);
    s->reference = o->reference ? o->reference : s->kept;
    double error = ptrun_tune_compare(s->reference, s->kept, output.rows, output.cols).error;
    s->best.is.error = (double)(float)error;
    s->limit = fmax(o->limit, 2 * error);
    return PTRUN_OK;
}

ptrun_status ptrun_tune(ptrun_preparation *out, ptrun_engine_model **model, const ptrun_tune_options *options,
                        ptrun_error *err)
{
    search s = {.options = options};
    *out = (ptrun_preparation){0};
    *model = NULL;
    s.started = now(&s);
    bool can = options->engine->prepare && options->engine->instance;
    ptrun_status status = measure_saved(&s, err);
    int64_t saved_time = s.best.is.time;
    if (status == PTRUN_OK && can) try_variants(&s, saved_time);
    for (size_t i = 1; status == PTRUN_OK && can && i < options->n_splits && may_go_on(&s, saved_time); i++) {
        char variant[PTRUN_VARIANT_SIZE];
        snprintf(variant, sizeof variant, "%s", s.best.is.variant);
        challenge(&s, variant, options->splits[i]);
    }
    *out = s.best.is;
    out->saved_time = saved_time;
    out->tried = s.tried;
    if (status == PTRUN_OK) *model = s.best.model, s.best.model = NULL;
    close_candidate(&s, &s.best);
    free(s.kept);
    free(s.other);
    return status;
}
