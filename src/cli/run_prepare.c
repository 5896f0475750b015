#include "cli/run_prepare.h"

#include "base/cpu.h"
#include "base/crash.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/message.h"
#include "engine/choice.h"
#include "engine/engine.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Fewer rounds of forwards than this are not worth a measurement, nor fewer images than PTRUN_LONG_RUN: the least of it (the model as saved, one
 * candidate) takes as long as some six rounds as saved, and the best preparation saves 40 to 75 % of the time. */
enum { WORTH_ROUNDS = 16 };

/* What bfloat16's 8 bits make of logits on the way through a network. */
#define LOW_PRECISION_LIMIT 5e-2

typedef struct {
    const ptrun_prepare_request *request;
    ptrun_pipeline *pipeline;
    ptrun_prepared *out;
    ptrun_choice choice;
    ptrun_tensor input; /* the first batch, filled up; rank 0: there is none */
    const ptrun_batch *batch;
    float *fp32; /* answers of the model in fp32, where it runs in less */
    int64_t fp32_cols;
} preparing;

const char *ptrun_run_open_as(const char *optimize)
{
    return ptrun_str_equal(optimize, "off") ? "off" : "auto";
}

/* The variant that must be, whatever it is worth; NULL: free to choose. */
static const char *required(const ptrun_prepare_request *r)
{
    if (r->resumed) return r->resumed->preparation;
    bool is_free = ptrun_str_equal(r->args->engine.optimize, "auto") || ptrun_str_equal(r->args->engine.optimize, "off");
    return is_free ? NULL : r->args->engine.optimize;
}

/* By numbers that are the same every time; the total is known. */
static bool is_long(const ptrun_prepare_request *r)
{
    uint64_t total = r->plan_request->total;
    return total >= PTRUN_LONG_RUN && total / WORTH_ROUNDS >= (uint64_t)r->plan->batch * (uint64_t)r->plan->forwards;
}

static bool take_first_batch(preparing *p)
{
    if (p->batch) return true;
    const ptrun_batch *batch = p->batch = ptrun_pipeline_first(p->pipeline);
    if (!batch) return false;
    const int64_t *d = batch->dims;
    p->input = ptrun_engine_images(batch->tensor, batch->places, d[0], d[1], d[2], batch->layout);
    return true;
}

/* ---- what a choice depends on -------------------------------------------------------------------------------------- */

static void depends_on_number(ptrun_choice *choice, const char *name, int64_t value)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRId64, value);
    ptrun_choice_depends(choice, name, text);
}

/* Longer runs measure more thoroughly; so that the same command gives the same bytes, they do not change what a shorter one
 * has found. */
static const uint64_t magnitudes[] = {16384, 2048, 0};

static void describe(preparing *p, uint64_t magnitude)
{
    const ptrun_prepare_request *r = p->request;
    const ptrun_engine_args *engine = &r->args->engine;
    ptrun_choice *choice = &p->choice;
    char sha256[65], cpu[96];
    int32_t width = 0, height = 0;
    ptrun_model_file_sha256(r->file, sha256);
    ptrun_cpu_model(cpu, sizeof cpu);
    (void)ptrun_recipe_fixed_size(r->recipe, &width, &height);
    ptrun_choice_depends(choice, "model", sha256);
    ptrun_choice_depends(choice, "engine", engine->engine);
    ptrun_choice_depends(choice, "library", r->loaded->engine_info.library);
    ptrun_choice_depends(choice, "instructions", r->loaded->engine_info.instructions ? r->loaded->engine_info.instructions : "-");
    ptrun_choice_depends(choice, "device", engine->device);
    ptrun_choice_depends(choice, "precision", engine->precision);
    ptrun_choice_depends(choice, "quantized-engine", engine->quantized_engine ? engine->quantized_engine : "-");
    ptrun_choice_depends(choice, "cpu", cpu);
    depends_on_number(choice, "cpus", r->plan_request->cpus);
    depends_on_number(choice, "threads-asked", r->plan_request->threads);
    depends_on_number(choice, "instances-asked", r->plan_request->forwards);
    depends_on_number(choice, "batch", r->plan->batch);
    depends_on_number(choice, "channels", ptrun_recipe_channels(r->recipe));
    depends_on_number(choice, "height", height);
    depends_on_number(choice, "width", width);
    depends_on_number(choice, "images-from", (int64_t)magnitude);
}

/* ---- one variant ------------------------------------------------------------------------------------------------- */

static void guard(const preparing *p, const char *variant, bool may_be_left_out)
{
    const ptrun_run_args *args = p->request->args;
    char stage[96 + PTRUN_VARIANT_SIZE];
    snprintf(stage, sizeof stage, "a crash while preparing it as \"%s\"", variant);
    ptrun_crash_guard_begin(args->model, stage, PTRUN_INFERENCE_CRASHED, PTRUN_EXIT_INFERENCE, 0);
    bool reads_stdin = args->inputs.files_from && ptrun_str_equal(args->inputs.files_from, "-");
    for (size_t i = 0; i < args->source.n_arguments; i++)
        reads_stdin |= ptrun_str_equal(args->source.arguments[i], "-");
    if (may_be_left_out && p->choice.path.length)
        ptrun_crash_guard_note(p->choice.crashed.data, variant, !reads_stdin);
}

static void begin_candidate(void *context, const char *variant)
{
    guard(context, variant, true);
}

static void use(preparing *p, const ptrun_preparation *preparation, ptrun_engine_model *model, const char *by)
{
    ptrun_prepared *out = p->out;
    out->is = *preparation;
    out->by = by;
    out->owned = model;
    out->model = model ? model : p->request->loaded->model;
    out->as_loaded = model && p->input.rank > 0 ? p->request->loaded->model : NULL;
}

static void use_as_saved(preparing *p, const char *by)
{
    ptrun_preparation saved = {.split = {p->request->plan->forwards, p->request->plan->threads}};
    snprintf(saved.variant, sizeof saved.variant, "%s", p->request->loaded->info.variant);
    use(p, &saved, NULL, by);
}

/* Prepare for the first batch and run it, so that what fails only then fails now. A model that cannot run that batch at
 * all, whatever its preparation, is the pipeline's business: then it is only prepared. */
static ptrun_status prepare_as(preparing *p, const ptrun_preparation *preparation, ptrun_engine_model **model, ptrun_error *err)
{
    const ptrun_prepare_request *r = p->request;
    static float pixel[4];
    ptrun_tensor none =
        ptrun_engine_images(pixel, 1, ptrun_recipe_channels(r->recipe), 1, 1, PTRUN_LAYOUT_CHANNELS_FIRST);
    bool several = !r->plan_request->total_known || r->plan_request->total > (uint64_t)r->plan->batch;
    int32_t threads = preparation->split.threads;
    ptrun_status status = PTRUN_OK;
    if (several && take_first_batch(p)) {
        status = ptrun_tune_prepare(model, r->loaded->api, r->loaded->model, preparation->variant, threads, &p->input,
                                    PTRUN_WARM_UPS, err);
        ptrun_engine_output output;
        ptrun_error ignored = {0};
        if (status == PTRUN_OK || ptrun_engine_run(r->loaded->api, &output, r->loaded->model, &p->input, &ignored) == PTRUN_OK)
            return status;
        p->input = (ptrun_tensor){0};
        *err = (ptrun_error){0};
    }
    return ptrun_tune_prepare(model, r->loaded->api, r->loaded->model, preparation->variant, threads, &none, 0, err);
}

static ptrun_status use_required(preparing *p, const char *variant, ptrun_error *err)
{
    const ptrun_prepare_request *r = p->request;
    ptrun_preparation wanted = {.split = {r->plan->forwards, r->plan->threads}};
    ptrun_engine_model *model = NULL;
    const char *by = r->resumed ? r->resumed->prepared_by : "option";
    snprintf(wanted.variant, sizeof wanted.variant, "%s", variant);
    if (r->resumed) wanted.error = r->resumed->error;
    if (ptrun_str_equal(variant, r->loaded->info.variant)) return use(p, &wanted, NULL, by), PTRUN_OK;
    const char *names = r->loaded->engine_info.variants;
    if (!names || !ptrun_str_has_word(names, variant, strlen(variant)))
        return ptrun_fail(err, PTRUN_ENGINE_FAILED, "no variant '%s'; there are: %s", variant, names ? names : "");
    guard(p, variant, false);
    ptrun_status status = prepare_as(p, &wanted, &model, err);
    ptrun_crash_guard_end();
    if (status == PTRUN_OK) return use(p, &wanted, model, by), PTRUN_OK;
    ptrun_error_prefix(err, "it cannot be prepared as \"%s\": ", variant);
    return err->status;
}

/* ---- measured, now or before --------------------------------------------------------------------------------------- */

static bool use_remembered(preparing *p)
{
    ptrun_preparation known;
    ptrun_engine_model *model = NULL;
    ptrun_error ignored = {0};
    if (!ptrun_choice_recall(&p->choice, &known) || known.split.forwards > p->request->plan->forwards) return false;
    bool as_it_is = ptrun_str_equal(known.variant, p->request->loaded->info.variant) &&
                    known.split.threads == p->request->plan->threads;
    guard(p, known.variant, true);
    bool ready = as_it_is || prepare_as(p, &known, &model, &ignored) == PTRUN_OK;
    ptrun_crash_guard_end();
    if (!ready) return false;
    use(p, &known, model, "measurement");
    return true;
}

static bool has_image(const ptrun_batch *batch)
{
    for (int32_t i = 0; i < batch->count; i++)
        if (batch->items[i].error.status == PTRUN_OK) return true;
    return false;
}

static bool measure(preparing *p)
{
    const ptrun_prepare_request *r = p->request;
    ptrun_split splits[PTRUN_PLAN_SPLITS];
    ptrun_tune_options options = {.engine = r->loaded->api,
                                  .model = r->loaded->model,
                                  .input = &p->input,
                                  .variants = r->loaded->engine_info.variants ? r->loaded->engine_info.variants : "",
                                  .skip = ptrun_buf_text(&p->choice.skip),
                                  .splits = splits,
                                  .n_splits = ptrun_plan_splits(r->plan_request, r->plan, splits),
                                  .images = r->plan_request->total,
                                  .reference = p->fp32,
                                  .reference_cols = p->fp32_cols,
                                  .limit = p->fp32 ? LOW_PRECISION_LIMIT : PTRUN_TUNE_LIMIT,
                                  .stop = ptrun_interrupt_flag(),
                                  .begin = begin_candidate,
                                  .context = p};
    ptrun_preparation chosen;
    ptrun_engine_model *model;
    ptrun_error ignored = {0};
    ptrun_crash_guard_begin(r->args->model, "a crash while classifying", PTRUN_INFERENCE_CRASHED, PTRUN_EXIT_INFERENCE, 0);
    ptrun_status status = ptrun_tune(&chosen, &model, &options, &ignored);
    ptrun_crash_guard_end();
    if (status != PTRUN_OK) return false;
    if (!atomic_load(options.stop) && !ptrun_choice_remember(&p->choice, &chosen))
        ptrun_message_note(r->cli, 1, "preparation: what was measured could not be written down");
    use(p, &chosen, model, "measurement");
    return true;
}

static void tell_choice(const preparing *p, bool remembered)
{
    const ptrun_preparation *is = &p->out->is;
    char tried[48] = "remembered";
    if (!remembered) snprintf(tried, sizeof tried, "measured, %d tried", is->tried);
    ptrun_message_note(p->request->cli, 1,
                       "preparation: \"%s\", %d forward%s at a time, %d thread%s each (%s): %.2f ms an image, as saved %.2f; "
                       "relative error %.1e",
                       is->variant, is->split.forwards, is->split.forwards == 1 ? "" : "s", is->split.threads,
                       is->split.threads == 1 ? "" : "s", tried, (double)is->time / 1e6, (double)is->saved_time / 1e6,
                       is->error);
}

/* Find what a run of this length has measured; a list whose end is not known takes the most thorough. */
static bool recall(preparing *p)
{
    const ptrun_plan_request *plan = p->request->plan_request;
    for (size_t i = 0; i < sizeof magnitudes / sizeof *magnitudes; i++) {
        if (plan->total_known && plan->total < magnitudes[i]) continue;
        ptrun_choice_release(&p->choice);
        describe(p, magnitudes[i]);
        bool located = ptrun_choice_locate(&p->choice, plan->total_known);
        if (!located || use_remembered(p) || plan->total_known) break;
    }
    return p->out->model != NULL;
}

/* NULL, or why the model runs as it was saved. */
static const char *choose(preparing *p)
{
    const ptrun_plan_request *plan = p->request->plan_request;
    const ptrun_engine_api *api = p->request->loaded->api;
    if (!api->prepare || !api->instance) return "the engine has no other";
    if (p->request->one_by_one) return "the images go one by one";
    if (!plan->fixed_size) return "the images have different sizes";
    if (plan->total_known && !is_long(p->request)) return "a short run";
    if (recall(p)) return tell_choice(p, true), NULL;
    if (!p->choice.path.length) return "there is no folder to remember a measurement in";
    if (!plan->total_known) return "not measured yet, and nobody knows how many images come";
    if (!take_first_batch(p) || !has_image(p->batch)) return "the first images cannot be read";
    if (!measure(p)) return "the model cannot run the first batch";
    return tell_choice(p, false), NULL;
}

/* ---- agreement with fp32 ------------------------------------------------------------------------------------------- */

static ptrun_status run_fp32(preparing *p, ptrun_error *err)
{
    const ptrun_prepare_request *r = p->request;
    ptrun_engine_args args = r->args->engine;
    ptrun_engine_model *model;
    ptrun_engine_output output;
    args.precision = "fp32", args.optimize = "auto";
    ptrun_status status = ptrun_engine_args_open(&args, r->args->model, r->file, r->recipe, r->plan->threads, r->loaded->api, &model, err);
    if (status != PTRUN_OK) return status;
    status = ptrun_engine_run(r->loaded->api, &output, model, &p->input, err);
    if (status == PTRUN_OK && output.rows == p->input.dims[0] && output.cols > 0)
        p->fp32 = ptrun_mem_alloc((size_t)(output.rows * output.cols), sizeof *p->fp32);
    if (p->fp32) memcpy(p->fp32, output.data, (size_t)(output.rows * output.cols) * sizeof *p->fp32), p->fp32_cols = output.cols;
    r->loaded->api->close(&model);
    return status;
}

static bool worth_comparing(const preparing *p)
{
    const ptrun_plan_request *plan = p->request->plan_request;
    return !ptrun_str_equal(p->request->args->engine.precision, "fp32") && plan->total_known &&
           is_long(p->request);
}

/* Of the images alone, not of what stands in the places of those that could not be read. */
static void compare_with_fp32(preparing *p)
{
    ptrun_engine_output output;
    ptrun_error ignored = {0};
    ptrun_agreement *sum = &p->out->agreement;
    if (!p->fp32 || ptrun_engine_run(p->request->loaded->api, &output, p->out->model, &p->input, &ignored) != PTRUN_OK ||
        output.rows != p->input.dims[0] || output.cols != p->fp32_cols)
        return;
    for (int32_t i = 0; i < p->batch->count; i++) {
        if (p->batch->items[i].error.status != PTRUN_OK) continue;
        ptrun_agreement one =
            ptrun_tune_compare(p->fp32 + i * output.cols, output.data + i * output.cols, 1, output.cols);
        sum->rows++;
        sum->same_top1 += one.same_top1;
        sum->error = fmax(sum->error, one.error);
    }
    ptrun_message_note(p->request->cli, 1, "%s: the same best class as fp32 for %" PRId64 " of the first %" PRId64 " images, relative error %.1e",
                       p->request->args->engine.precision, sum->same_top1, sum->rows, sum->error);
}

ptrun_status ptrun_run_prepare(ptrun_prepared *out, const ptrun_prepare_request *request, ptrun_pipeline *pipeline, ptrun_error *err)
{
    preparing p = {.request = request, .pipeline = pipeline, .out = out};
    const char *variant = required(request);
    ptrun_error ignored = {0};
    ptrun_status status = PTRUN_OK;
    *out = (ptrun_prepared){0};
    if (worth_comparing(&p) && take_first_batch(&p)) (void)!run_fp32(&p, &ignored);
    if (variant) status = use_required(&p, variant, err);
    else if (ptrun_str_equal(request->args->engine.optimize, "off")) use_as_saved(&p, "option");
    else {
        const char *why = choose(&p);
        if (why) use_as_saved(&p, "default");
        if (why) ptrun_message_note(request->cli, 1, "preparation: as saved (%s)", why);
    }
    if (status == PTRUN_OK) compare_with_fp32(&p);
    free(p.fp32);
    ptrun_choice_release(&p.choice);
    return status;
}

void ptrun_prepared_close(ptrun_prepared *prepared, const ptrun_loaded *loaded)
{
    if (prepared->owned) loaded->api->close(&prepared->owned);
}
