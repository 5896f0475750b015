/* The choice of a preparation, by an engine whose forwards take a scripted time of a clock of their own. */
#include "engine/tune.h"

#include "base/buf.h"
#include "base/error.h"
#include "check.h"

#include <math.h>
#include <stdlib.h>

enum { ROWS = 4, COLS = 3, SAVED_MS = 20 };

static atomic_llong clock_ns;

static int64_t virtual_clock(void)
{
    return clock_ns;
}

typedef struct {
    const char *name;
    int64_t ms;       /* of a forward with one thread */
    float factor;     /* of the logits */
    int fails_at;     /* this forward and those behind it; 0: none; -1: cannot be prepared */
    int32_t rows;     /* too many */
    bool last;        /* wants channels last */
} script;

static const script scripts[] = {
    {.name = "saved", .ms = SAVED_MS, .factor = 1},
    {.name = "compiled", .ms = 8, .factor = 1.000001F},
    {.name = "blocked", .ms = 12, .factor = 1},
    {.name = "last", .ms = 6, .factor = 1, .last = true},
    {.name = "inexact", .ms = 2, .factor = 1.001F},
    {.name = "late", .ms = 2, .factor = 1, .fails_at = 2},
    {.name = "later", .ms = 2, .factor = 1, .fails_at = 3},
    {.name = "never", .ms = 2, .factor = 1, .fails_at = -1},
    {.name = "wide", .ms = 2, .factor = 1, .rows = 1},
    {.name = "nan", .ms = 2, .factor = NAN},
    {.name = "equal", .ms = SAVED_MS, .factor = 1},
};

struct ptrun_engine_model {
    const script *is;
    int32_t threads;
    int runs;
    float output[(ROWS + 1) * COLS];
};

static atomic_int open_models;
static ptrun_buf tried;
static int own_failure; /* the model itself fails */

static void info_of(const ptrun_engine_model *model, ptrun_engine_model_info *out)
{
    *out = (ptrun_engine_model_info){.variant = model->is->name};
}

/* Two forwards of one thread side by side gain a third; two threads in one forward nothing. */
static ptrun_status run(ptrun_engine_output *out, ptrun_engine_model *m, const ptrun_tensor *input, ptrun_error *err)
{
    *out = (ptrun_engine_output){0};
    m->runs++;
    if (own_failure || (m->is->fails_at > 0 && m->runs >= m->is->fails_at))
        return ptrun_fail(err, PTRUN_INFERENCE_FAILED, "it fails");
    clock_ns += m->is->ms * (m->threads > 1 ? 900000 : 1000000);
    const float *data = input->data;
    const int64_t *strides = input->strides;
    CHECK((strides[1] == 1) == (m->is->last && m->runs > PTRUN_WARM_UPS)); /* warmed up with what is there */
    for (int64_t i = 0; i < (ROWS + 1) * COLS; i++)
        m->output[i] = m->is->factor * (data[i / COLS % ROWS * strides[0] + strides[1]] + (float)(i % COLS));
    *out = (ptrun_engine_output){.data = m->output, .rows = ROWS + m->is->rows, .cols = COLS};
    return PTRUN_OK;
}

static ptrun_status instance(ptrun_engine_model **out, ptrun_engine_model *model, int32_t threads, ptrun_error *err)
{
    *out = calloc(1, sizeof **out);
    if (!*out) return ptrun_fail_memory(err, "an instance");
    **out = (ptrun_engine_model){.is = model->is, .threads = threads};
    open_models++;
    return PTRUN_OK;
}

static void close_model(ptrun_engine_model **model)
{
    free(*model);
    *model = NULL;
    open_models--;
}

static ptrun_status prepare(ptrun_engine_model *model, const char *name, const ptrun_tensor *input, int32_t warm_ups,
                            ptrun_error *err)
{
    ptrun_engine_output output;
    for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
        if (strcmp(scripts[i].name, name) == 0) model->is = &scripts[i];
    if (model->is->fails_at < 0) return ptrun_fail(err, PTRUN_ENGINE_FAILED, "not this model");
    ptrun_status status = PTRUN_OK;
    for (int32_t i = 0; i < warm_ups && status == PTRUN_OK; i++) status = run(&output, model, input, err);
    return status;
}

static ptrun_layout layout_of(const ptrun_engine_model *model)
{
    return model->is->last ? PTRUN_LAYOUT_CHANNELS_LAST : PTRUN_LAYOUT_CHANNELS_FIRST;
}

static const ptrun_engine_api engine = {.model_info = info_of, .layout = layout_of, .run = run, .close = close_model, .prepare = prepare,
                                        .instance = instance};

static void begin(void *context, const char *variant)
{
    (void)context;
    ptrun_buf_printf(&tried, "%s ", variant);
}

/* ---- cases ------------------------------------------------------------------------------------------------------- */

static const float images[ROWS * 4] = {9, 9, 1, 9, 8, 8, 2, 8, 7, 7, 3, 7, 6, 6, 4, 6}; /* one in each image counts */
static const ptrun_tensor input = {.data = (void *)(uintptr_t)images, .dtype = PTRUN_DTYPE_F32, .rank = 4,
                                   .dims = {ROWS, 2, 1, 2}, .strides = {4, 2, 2, 1}};
static const ptrun_split splits[] = {{1, 2}, {2, 1}};

static ptrun_status tune(const char *variants, ptrun_tune_options options, ptrun_preparation *out)
{
    ptrun_engine_model model = {.is = &scripts[0], .threads = 2}, *chosen;
    ptrun_error err = {0};
    ptrun_buf_clear(&tried);
    if (!options.engine) options.engine = &engine;
    if (!options.images) options.images = UINT64_MAX;
    if (!options.n_splits) options.n_splits = 1;
    options.model = &model, options.input = &input, options.variants = variants, options.splits = splits;
    options.limit = PTRUN_TUNE_LIMIT, options.clock = virtual_clock, options.begin = begin;
    ptrun_status status = ptrun_tune(out, &chosen, &options, &err);
    CHECK(err.status == status);
    CHECK(open_models == (chosen != NULL));
    if (chosen) {
        CHECK_TEXT(chosen->is->name, out->variant);
        CHECK(chosen->threads == out->split.threads);
        close_model(&chosen);
    }
    return status;
}

static void expect(const char *variants, ptrun_tune_options options, const char *variant, const char *all_tried)
{
    ptrun_preparation found;
    CHECK(tune(variants, options, &found) == PTRUN_OK);
    CHECK_TEXT(found.variant, variant);
    CHECK_TEXT(ptrun_buf_text(&tried), all_tried);
    CHECK(found.time > 0 && found.saved_time > 0 && found.error <= PTRUN_TUNE_LIMIT);
}

static void test_fastest_that_agrees(void)
{
    const ptrun_tune_options all = {0};
    expect("auto off saved blocked compiled equal", all, "compiled", "blocked compiled equal ");
    expect("blocked last compiled", all, "last", "blocked last compiled ");
    expect("auto off compiled blocked", all, "compiled", "compiled blocked ");
    expect("inexact nan wide never late later blocked", all, "blocked", "inexact nan wide never late later blocked ");
    expect("auto off", all, "saved", "");
    expect("equal", all, "saved", "equal ");
    expect("compiled blocked", (ptrun_tune_options){.skip = "fast compiled"}, "blocked", "blocked ");
    const atomic_int stop = 1;
    expect("compiled", (ptrun_tune_options){.stop = &stop}, "saved", "");
}

/* What the run can win bounds what is tried: an eighth of 450 images at 4.5 ms are 253 ms. */
static void test_budget(void)
{
    expect("equal blocked compiled", (ptrun_tune_options){.images = 450}, "blocked", "equal blocked ");
    expect("equal blocked compiled", (ptrun_tune_options){.images = 10}, "saved", "equal ");
}

static void test_splits(void)
{
    ptrun_preparation found;
    expect("compiled", (ptrun_tune_options){.n_splits = 2}, "compiled", "compiled compiled ");
    CHECK(tune("compiled", (ptrun_tune_options){.n_splits = 2}, &found) == PTRUN_OK);
    CHECK(found.split.forwards == 1 && found.split.threads == 2); /* the clock adds up what runs side by side */
}

static void test_reference(void)
{
    float reference[ROWS * COLS];
    ptrun_preparation found;
    for (int i = 0; i < ROWS * COLS; i++) reference[i] = images[i / COLS * 4 + 2] + (float)(i % COLS);
    expect("compiled", (ptrun_tune_options){.reference = reference, .reference_cols = COLS}, "compiled", "compiled ");
    CHECK(tune("compiled", (ptrun_tune_options){.reference = reference, .reference_cols = 2}, &found) == PTRUN_OUTPUT_SHAPE);
}

static void test_nothing_to_choose(void)
{
    ptrun_preparation found;
    ptrun_engine_api plain = engine;
    plain.prepare = NULL;
    expect("compiled", (ptrun_tune_options){.engine = &plain}, "saved", "");
    own_failure = 1;
    CHECK(tune("compiled", (ptrun_tune_options){0}, &found) == PTRUN_INFERENCE_FAILED);
    own_failure = 0;
}

static void test_compare(void)
{
    const float a[6] = {1, 2, 4, 3, 3, 1}, near[6] = {1, 2, 4.002F, 3, 2, 1}, nan[6] = {1, 2, NAN, 3, 3, 1};
    ptrun_agreement same = ptrun_tune_compare(a, a, 2, 3), other = ptrun_tune_compare(a, near, 2, 3);
    CHECK(same.error <= 0 && same.rows == 2 && same.same_top1 == 2);
    CHECK(fabs(other.error - 0.25) < 1e-6 && other.same_top1 == 2);
    CHECK(isinf(ptrun_tune_compare(a, nan, 2, 3).error));
    const float turned[3] = {4, 2, 1};
    CHECK(ptrun_tune_compare(a, turned, 1, 3).same_top1 == 0);
}

int main(void)
{
    test_fastest_that_agrees();
    test_budget();
    test_splits();
    test_reference();
    test_nothing_to_choose();
    test_compare();
    ptrun_buf_release(&tried);
    return CHECK_DONE();
}
