#include "check.h"
#include "bench/preparation.h"

#include <stdlib.h>
#include <time.h>

/* An engine of four variants: as it was saved, forwards take 20 ms; "fast" and "wrong" take none, "wrong" gives another
 * answer, "broken" cannot be prepared. */
struct ptrun_engine_model {
    const char *variant;
    float answer;
};

static int open_models;
static char told[64];

static void fake_info(const ptrun_engine_model *model, ptrun_engine_model_info *out)
{
    *out = (ptrun_engine_model_info){.variant = model->variant};
}

static ptrun_status fake_run(ptrun_engine_output *out, ptrun_engine_model *model, const ptrun_tensor *input, ptrun_error *err)
{
    (void)input, (void)err;
    if (strcmp(model->variant, "saved") == 0) nanosleep(&(struct timespec){0, 20000000}, NULL);
    model->answer = strcmp(model->variant, "wrong") == 0 ? 2 : 1;
    *out = (ptrun_engine_output){.data = &model->answer, .rows = 1, .cols = 1};
    return PTRUN_OK;
}

static void fake_close(ptrun_engine_model **model)
{
    free(*model);
    *model = NULL;
    open_models--;
}

static ptrun_status fake_prepare(ptrun_engine_model *model, const char *variant, const ptrun_tensor *input, int32_t warm_ups,
                                 ptrun_error *err)
{
    (void)input, (void)warm_ups;
    static const char *const names[] = {"wrong", "fast"};
    for (int i = 0; i < 2; i++)
        if (strcmp(names[i], variant) == 0) return model->variant = names[i], PTRUN_OK;
    snprintf(err->detail, sizeof err->detail, "as it was asked for");
    return err->status = PTRUN_ENGINE_FAILED;
}

static ptrun_status fake_instance(ptrun_engine_model **out, ptrun_engine_model *model, int32_t threads, ptrun_error *err)
{
    (void)threads, (void)err;
    *out = malloc(sizeof **out);
    if (!*out) return err->status = PTRUN_OUT_OF_MEMORY;
    **out = *model;
    open_models++;
    return PTRUN_OK;
}

static void tell(void *context, const char *variant)
{
    (void)context;
    strncat(told, variant ? variant : ".", sizeof told - strlen(told) - 1);
}

static ptrun_engine_api engine = {.model_info = fake_info, .run = fake_run, .close = fake_close, .prepare = fake_prepare,
                                  .instance = fake_instance};

static ptrun_status prepare(ptrun_bench_preparation *out, const char *optimize, ptrun_error *err)
{
    static float pixel;
    static atomic_int stop;
    const ptrun_tensor input = {.data = &pixel, .rank = 4, .dims = {1, 1, 1, 1}, .strides = {1, 1, 1, 1}};
    const ptrun_bench_wish wish = {.optimize = optimize, .variants = "auto off saved wrong broken fast", .n_splits = 1,
                                   .splits = {{.forwards = 1, .threads = 1}}, .stop = &stop, .variant = tell};
    ptrun_engine_model model = {.variant = "saved"}, *chosen;
    *err = (ptrun_error){0};
    told[0] = '\0';
    ptrun_status status = ptrun_bench_prepare(out, &chosen, &wish, &engine, &model, &input, err);
    CHECK(!chosen || strcmp(chosen->variant, out->is.variant) == 0);
    CHECK((chosen != NULL) == (status == PTRUN_OK && strcmp(out->is.variant, "saved") != 0));
    if (chosen) engine.close(&chosen);
    CHECK(open_models == 0);
    return status;
}

static void check_measured(void)
{
    ptrun_bench_preparation p;
    ptrun_error err;
    CHECK(prepare(&p, "auto", &err) == PTRUN_OK);
    CHECK_TEXT(p.is.variant, "fast");
    CHECK_TEXT(p.by, "measurement");
    CHECK_TEXT(told, "wrongbrokenfast."); /* each before it may crash, and the end of it */
    CHECK(p.n_candidates == 4 && p.took > 0);
    CHECK_TEXT(p.candidates[0].is.variant, "saved"); /* what the others are measured against */
    CHECK(p.candidates[0].is.time >= 20000000 && p.candidates[0].is.error == 0);
    CHECK_TEXT(p.candidates[1].is.variant, "wrong");
    CHECK(p.candidates[1].is.error == 1 && p.candidates[1].failure.status == PTRUN_OK);
    CHECK(p.candidates[2].is.time == 0 && p.candidates[2].failure.status == PTRUN_ENGINE_FAILED);
    CHECK_TEXT(p.candidates[2].failure.detail, "as it was asked for");
    CHECK(p.candidates[3].is.time > 0 && p.candidates[3].is.time < 20000000 && p.candidates[3].is.error == 0);
    ptrun_bench_preparation_release(&p);
    CHECK(p.candidates == NULL);
}

static void check_named(void)
{
    ptrun_bench_preparation p;
    ptrun_error err;
    static const char *const as_loaded[] = {"off", "saved"};
    for (int i = 0; i < 2; i++) {
        CHECK(prepare(&p, as_loaded[i], &err) == PTRUN_OK && p.n_candidates == 0);
        CHECK_TEXT(p.is.variant, "saved"); /* the model has been opened so */
        CHECK_TEXT(p.by, "option");
    }
    CHECK(prepare(&p, "wrong", &err) == PTRUN_OK); /* who names it gets it */
    CHECK_TEXT(p.is.variant, "wrong");
    CHECK_TEXT(told, "wrong.");
    CHECK(prepare(&p, "broken", &err) == PTRUN_ENGINE_FAILED);
    CHECK_TEXT(err.detail, "it cannot be prepared as \"broken\": as it was asked for");
    CHECK(prepare(&p, "nosuch", &err) == PTRUN_ENGINE_FAILED);
    CHECK_TEXT(err.detail, "no variant 'nosuch'; there are: auto off saved wrong broken fast");
}

static void check_without_choice(void)
{
    ptrun_bench_preparation p;
    ptrun_error err;
    engine.prepare = NULL;
    CHECK(prepare(&p, "auto", &err) == PTRUN_OK && p.n_candidates == 0);
    CHECK_TEXT(p.is.variant, "saved");
    CHECK_TEXT(p.by, "default");
    CHECK(prepare(&p, "fast", &err) == PTRUN_ENGINE_FAILED);
}

int main(void)
{
    check_measured();
    check_named();
    check_without_choice();
    return CHECK_DONE();
}
