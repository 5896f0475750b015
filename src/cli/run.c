#include "cli/run.h"

#include "base/cpu.h"
#include "base/crash.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/exit_code.h"
#include "cli/interrupt.h"
#include "cli/message.h"
#include "cli/progress.h"
#include "cli/run_facts.h"
#include "output/file.h"

#include <stdio.h>
#include <string.h>

enum { TOLD_KINDS = 16 };

/* Everything that a run opens, in the order in which it is opened. */
typedef struct {
    ptrun_cli *cli;
    const ptrun_run_args *args;
    ptrun_run_observer observer;
    int code; /* set by the step that ended the run */

    ptrun_source *source;
    bool total_known;
    uint64_t total;
    ptrun_model_file *file;
    char sha256[65]; /* "" where nobody needs it */
    ptrun_recipe_in_force recipe;
    ptrun_prep *prep;
    ptrun_plan_request request;
    ptrun_plan plan;

    bool has_manifest;
    bool resuming; /* `manifest` says what the interrupted run did */
    ptrun_manifest manifest;
    ptrun_buf manifest_texts;
    uint64_t resumed, resumed_failed, keep; /* records, failed ones and bytes of an interrupted output */

    ptrun_pipeline *pipeline;
    ptrun_loaded loaded;
    ptrun_prepared prepared;
    ptrun_output *output;
    ptrun_buf head, tail;
    ptrun_progress progress;
    ptrun_status told[TOLD_KINDS]; /* failures that the user has read about */
    bool one_by_one;               /* the program combines the images of a batch */
    bool again;                    /* the records that were written are suspect and can be made again */
} run;

/* A step failed: tell, remember the exit code. Always false, so that a step can return it. */
static bool fail(run *r, const char *what, const ptrun_error *err)
{
    ptrun_progress_clear(&r->progress);
    r->code = ptrun_message_failure(r->cli, what, err);
    return false;
}

static bool open_inputs(run *r)
{
    ptrun_error err = {0};
    if (ptrun_source_open(&r->source, &r->args->source, &err) != PTRUN_OK) return fail(r, r->args->inputs.files_from, &err);
    r->total_known = ptrun_source_total(r->source, &r->total);
    if (!r->total_known || r->total > 0 || r->args->source.shards > 0) return true;
    ptrun_fail(&err, PTRUN_NO_INPUTS, "%s", r->args->inputs.files_from ? "the list is empty" : "the folders hold no image");
    return fail(r, r->args->inputs.files_from ? r->args->inputs.files_from : r->args->source.arguments[0], &err);
}

static bool output_is_file(const run *r)
{
    return !ptrun_str_equal(r->args->output, "-");
}

static bool open_model(run *r)
{
    ptrun_error err = {0};
    ptrun_status status = ptrun_model_file_open(&r->file, r->args->model, &err);
    if (status == PTRUN_OK) status = ptrun_engine_args_check_hash(&r->args->engine, r->file, &err);
    if (status != PTRUN_OK) return fail(r, r->args->model, &err);
    bool described = ptrun_writer_find(r->args->format)->document || output_is_file(r) || r->observer.finish;
    if (described) ptrun_model_file_sha256(r->file, r->sha256);
    return ptrun_recipe_args_resolve(&r->args->recipe, r->cli, r->args->model, r->file, &r->recipe, &r->code);
}

static void print_recipe(run *r)
{
    ptrun_buf text = {0};
    ptrun_json_writer w = {.buf = &text};
    ptrun_json_begin_object(&w);
    ptrun_recipe_args_describe(&r->recipe, &w);
    ptrun_json_end_object(&w);
    ptrun_buf_putc(&text, '\n');
    r->code = ptrun_cli_print(r->cli, &text);
}

static bool tell_observer(run *r)
{
    return !r->observer.begin || r->observer.begin(r->observer.context, &r->recipe.recipe, &r->code);
}

static bool make_plan(run *r)
{
    ptrun_error err = {0};
    if (ptrun_prep_open(&r->prep, &r->recipe.recipe, &err) != PTRUN_OK) return fail(r, r->args->model, &err);
    int32_t width, height;
    r->request = (ptrun_plan_request){.cpus = ptrun_cpu_usable(),
                                      .jobs = (int32_t)r->args->jobs,
                                      .batch = (int32_t)r->args->batch,
                                      .forwards = (int32_t)r->args->instances,
                                      .threads = (int32_t)r->args->engine.threads,
                                      .total_known = r->total_known,
                                      .total = r->total,
                                      .accelerator = !ptrun_str_equal(r->args->engine.device, "cpu"),
                                      .fixed_size = ptrun_recipe_fixed_size(&r->recipe.recipe, &width, &height)};
    ptrun_model_file_bytes(r->file, &r->request.model_bytes);
    r->plan = ptrun_plan_make(&r->request);
    if (r->total_known && r->total >= PTRUN_LONG_RUN) ptrun_mem_use_huge_pages();
    if (r->args->batch > 1 && !r->request.fixed_size)
        ptrun_message_warning(r->cli, "--batch: the recipe gives tensors of different sizes, images go one by one");
    return true;
}

/* What is needed to write a manifest and to go on with an interrupted run. */
static bool prepare_manifest(run *r)
{
    uint8_t digest[32];
    char inputs[65] = "streamed";
    if (ptrun_source_digest(r->source, digest)) ptrun_str_hex32(inputs, digest);
    ptrun_run_put_manifest(&r->manifest, &r->manifest_texts, r->args, r->sha256, &r->recipe.recipe, inputs);
    ptrun_error err = {0};
    if (!r->manifest_texts.failed) return true;
    ptrun_fail_memory(&err, "the manifest");
    return fail(r, r->args->output, &err);
}

/* Take over the interrupted run's plan and pass over what it has done. */
static bool resume(run *r)
{
    ptrun_error err = {0};
    ptrun_status status = ptrun_manifest_resume(r->args->output, &r->manifest, &err);
    if (status != PTRUN_OK) return fail(r, r->args->output, &err);
    if (r->manifest.complete) {
        ptrun_message_note(r->cli, 0, "%s: every input has its record already, nothing to do", r->args->output);
        r->code = r->manifest.failed ? PTRUN_EXIT_SOME_FAILED : PTRUN_EXIT_OK;
        return false;
    }
    r->resuming = true;
    r->request.batch = r->manifest.batch, r->request.threads = r->manifest.threads;
    r->request.forwards = r->manifest.forwards;
    r->plan = ptrun_plan_make(&r->request);
    r->plan.batch = r->manifest.batch;
    status = ptrun_output_measure(r->args->output, ptrun_writer_find(r->args->format), r->plan.batch, &r->resumed,
                                  &r->resumed_failed, &r->keep, &err);
    if (status == PTRUN_OK) status = ptrun_source_skip(r->source, r->resumed, &err);
    return status == PTRUN_OK ? true : fail(r, r->args->output, &err);
}

static bool prepare_output(run *r)
{
    if (!output_is_file(r)) return true;
    bool exists = ptrun_output_exists(r->args->output);
    ptrun_error err = {0};
    if (exists && !r->args->resume && !r->args->overwrite) {
        ptrun_fail(&err, PTRUN_OUTPUT_EXISTS, "%s", "");
        return fail(r, r->args->output, &err);
    }
    r->has_manifest = !ptrun_writer_find(r->args->format)->document;
    if (!prepare_manifest(r)) return false;
    return r->args->resume && ptrun_output_has_content(r->args->output) ? resume(r) : true;
}

static void on_notice(void *context, const char *text)
{
    run *r = context;
    ptrun_progress_clear(&r->progress);
    ptrun_message_warning(r->cli, "%s: %s", r->args->model, text);
}

/* The workers start now, so that the first images are decoded while the engine is being loaded. */
static bool start_workers(run *r)
{
    ptrun_pipeline_options options = {.plan = r->plan,
                                      .batch_wait_ms = (int32_t)r->args->batch_wait,
                                      .max_pixels = r->args->max_pixels,
                                      .top_k = (int32_t)r->args->top_k,
                                      .logits = r->args->logits,
                                      .resumed = r->resumed > 0 && r->plan.batch > 1,
                                      .max_errors = r->args->fail_fast ? 1 : (uint64_t)r->args->max_errors,
                                      .stop = ptrun_interrupt_flag(),
                                      .notice = on_notice,
                                      .notice_context = r};
    ptrun_error err = {0};
    ptrun_message_note(r->cli, 1, "plan: %d worker%s, batches of %d, %d forward%s at a time, %d engine thread%s each",
                       r->plan.jobs, r->plan.jobs == 1 ? "" : "s", r->plan.batch, r->plan.forwards,
                       r->plan.forwards == 1 ? "" : "s", r->plan.threads, r->plan.threads == 1 ? "" : "s");
    if (ptrun_pipeline_open(&r->pipeline, &options, r->source, r->prep, &err) == PTRUN_OK) return true;
    return fail(r, NULL, &err);
}

static bool load_model(run *r)
{
    ptrun_error err = {0};
    ptrun_engine_args engine = r->args->engine;
    engine.optimize = ptrun_run_open_as(engine.optimize);
    ptrun_status status = ptrun_engine_args_load(&engine, r->args->model, r->file, &r->recipe.recipe, r->plan.threads,
                                                 &r->loaded, &err);
    bool about_engine = status == PTRUN_ENGINE_NOT_FOUND || status == PTRUN_ENGINE_INCOMPATIBLE;
    bool about_device = status == PTRUN_DEVICE_UNAVAILABLE;
    if (status != PTRUN_OK)
        return fail(r, about_engine ? r->args->engine.engine : about_device ? r->args->engine.device : r->args->model, &err);
    if (r->loaded.info.saved_training)
        ptrun_message_warning(r->cli, "%s: saved in training mode; it runs in evaluation mode (eval() was called)", r->args->model);
    if (r->loaded.info.warning) ptrun_message_warning(r->cli, "%s: %s", r->args->model, r->loaded.info.warning);
    return true;
}

/* Where images would share a forward, the program must not combine them. */
static void check_combines(run *r)
{
    const char *combines = r->plan.batch > 1 ? ptrun_engine_combines(r->loaded.api, r->loaded.model) : NULL;
    if (!combines) return;
    r->one_by_one = true;
    ptrun_message_warning(r->cli, "%s: the program combines the images of a batch (%s): images go one by one",
                          r->args->model, combines);
}

static bool prepare_model(run *r)
{
    check_combines(r);
    const ptrun_prepare_request request = {.cli = r->cli, .args = r->args, .file = r->file, .recipe = &r->recipe.recipe,
                                           .plan_request = &r->request, .plan = &r->plan,
                                           .resumed = r->resuming ? &r->manifest : NULL, .loaded = &r->loaded,
                                           .one_by_one = r->one_by_one};
    ptrun_error err = {0};
    if (ptrun_run_prepare(&r->prepared, &request, r->pipeline, &err) != PTRUN_OK) return fail(r, r->args->model, &err);
    r->plan.forwards = r->prepared.is.split.forwards, r->plan.threads = r->prepared.is.split.threads;
    ptrun_message_note(r->cli, 1, "engine: %s on %s, prepared as \"%s\"", r->loaded.engine_info.library,
                       r->args->engine.device, r->prepared.is.variant);
    return true;
}

static void put_plan(run *r)
{
    ptrun_manifest *m = &r->manifest;
    m->jobs = r->plan.jobs, m->batch = r->plan.batch, m->forwards = r->plan.forwards, m->threads = r->plan.threads;
    snprintf(m->preparation, sizeof m->preparation, "%s", r->prepared.is.variant);
    if (r->prepared.by != m->prepared_by) snprintf(m->prepared_by, sizeof m->prepared_by, "%s", r->prepared.by);
    m->error = r->prepared.is.error;
}

static bool open_output(run *r)
{
    const ptrun_writer *writer = ptrun_writer_find(r->args->format);
    ptrun_run_facts facts = {.args = r->args, .sha256 = r->sha256, .recipe = &r->recipe, .loaded = &r->loaded, .plan = &r->plan, .prepared = &r->prepared};
    put_plan(r);
    ptrun_run_put_head(&r->head, &facts);
    ptrun_error err = {0};
    ptrun_status status = r->head.failed ? ptrun_fail_memory(&err, "the output") : PTRUN_OK;
    r->manifest.head = r->head.data;
    ptrun_output_mode mode = r->args->overwrite ? PTRUN_OUTPUT_OVERWRITE
                             : r->args->resume  ? PTRUN_OUTPUT_RESUME
                                                : PTRUN_OUTPUT_NEW;
    ptrun_writer_context context = {.written = r->resumed, .color = r->cli->out_color && !output_is_file(r),
                                    .top_k = (int32_t)r->args->top_k, .head = r->head.data};
    /* First the output, then what describes it: killed in between, an empty output is left, which is no run at all. */
    if (status == PTRUN_OK)
        status = ptrun_output_open(&r->output, r->args->output, writer, mode, r->keep, &context, &err);
    r->has_manifest = r->has_manifest && ptrun_output_exists(r->args->output); /* not beside a device or a pipe */
    if (status == PTRUN_OK && r->has_manifest) status = ptrun_manifest_write(r->args->output, &r->manifest, &err);
    ptrun_progress_open(&r->progress, r->cli, r->args->progress, r->total_known, r->total, r->resumed);
    return status == PTRUN_OK ? true : fail(r, r->args->output, &err);
}

/* The first failure of each kind is told with its hint; the others are in their records. */
static void tell_failure(run *r, const ptrun_record *record)
{
    for (int i = 0; i < TOLD_KINDS; i++) {
        if (r->told[i] == record->error->status) return;
        if (r->told[i] != PTRUN_OK) continue;
        r->told[i] = record->error->status;
        ptrun_progress_clear(&r->progress);
        if (!r->cli->general.quiet) ptrun_message_failure(r->cli, record->path, record->error);
        return;
    }
}

static ptrun_status on_record(void *context, const ptrun_record *record, ptrun_error *err)
{
    run *r = context;
    bool failed = record->error->status != PTRUN_OK;
    if (failed) tell_failure(r, record);
    ptrun_progress_step(&r->progress, failed);
    ptrun_status status = PTRUN_OK;
    if (r->observer.record) status = r->observer.record(r->observer.context, record, err);
    return status == PTRUN_OK ? ptrun_output_put(r->output, record, err) : status;
}

static ptrun_status on_flush(void *context, ptrun_error *err)
{
    return ptrun_output_flush(((run *)context)->output, err);
}

/* Write the end of the output and mark the manifest; says whether everything was taken. */
static bool finish_output(run *r, bool complete)
{
    const ptrun_pipeline_counts *counts = ptrun_pipeline_counts_of(r->pipeline);
    ptrun_error err = {0};
    ptrun_run_put_tail(&r->tail, counts, r->resumed, r->resumed_failed, complete);
    ptrun_output_context(r->output)->tail = ptrun_buf_text(&r->tail);
    ptrun_status status =
        r->tail.failed ? ptrun_fail_memory(&err, "the summary") : ptrun_output_finish(&r->output, &err);
    r->manifest.complete = complete && status == PTRUN_OK;
    r->manifest.failed = counts->inputs - counts->ok + r->resumed_failed;
    r->manifest.tail = r->tail.data;
    if (status == PTRUN_OK && r->has_manifest) status = ptrun_manifest_write(r->args->output, &r->manifest, &err);
    return status == PTRUN_OK ? true : fail(r, r->args->output, &err);
}

static void conclude(run *r)
{
    const ptrun_pipeline_counts *counts = ptrun_pipeline_counts_of(r->pipeline);
    int signal_number = atomic_load(ptrun_interrupt_flag());
    uint64_t done = counts->inputs + r->resumed, failed = counts->inputs - counts->ok + r->resumed_failed;
    if (done > 1 || r->cli->general.verbose)
        ptrun_run_print_summary(r->cli, counts, r->resumed, ptrun_source_skipped_counts(r->source));
    ptrun_error err = {0};
    if (counts->stopped && signal_number) {
        r->code = PTRUN_EXIT_SIGNAL + signal_number;
    } else if (done == 0 && !r->total_known) {
        ptrun_fail(&err, PTRUN_NO_INPUTS, "the list is empty");
        fail(r, r->args->inputs.files_from, &err);
    } else {
        r->code = failed ? PTRUN_EXIT_SOME_FAILED : PTRUN_EXIT_OK;
    }
}

/* Whether everything can be run once more: the records are nobody's but the file's, and the inputs can be read again. */
static bool can_be_repeated(const run *r)
{
    bool repeatable = output_is_file(r) && ptrun_output_exists(r->args->output) && !r->observer.record && r->total_known;
    for (size_t i = 0; i < r->args->source.n_arguments; i++)
        repeatable &= !ptrun_str_equal(r->args->source.arguments[i], "-");
    return repeatable;
}

static bool classify(run *r)
{
    ptrun_error err = {0};
    const ptrun_pipeline_model model = {.engine = r->loaded.api, .model = r->prepared.model,
                                        .forwards = r->prepared.is.split.forwards,
                                        .threads = r->prepared.is.split.threads, .as_loaded = r->prepared.as_loaded,
                                        .low_precision = !ptrun_str_equal(r->args->engine.precision, "fp32"),
                                        .combines = r->one_by_one};
    ptrun_crash_guard_begin(r->args->model, "a crash while classifying", PTRUN_INFERENCE_CRASHED, PTRUN_EXIT_INFERENCE, 0);
    ptrun_status status = ptrun_pipeline_run(r->pipeline, &model, on_record, on_flush, r, &err);
    ptrun_crash_guard_end();
    ptrun_progress_clear(&r->progress);
    const ptrun_pipeline_counts *counts = ptrun_pipeline_counts_of(r->pipeline);
    bool from_output = status == PTRUN_OUTPUT_FAILED || status == PTRUN_OUTPUT_CLOSED;
    bool from_list = status == PTRUN_LIST_UNREADABLE;
    bool complete = status == PTRUN_OK && !counts->stopped && !counts->too_many_errors;
    if (from_output) return fail(r, output_is_file(r) ? r->args->output : "standard output", &err);
    r->again = status == PTRUN_OUTPUT_DEPENDS_ON_BATCH && can_be_repeated(r);
    if (r->again) {
        ptrun_message_warning(r->cli, "%s: %s; all are made again, one image at a time", r->args->model, err.detail);
        return false;
    }
    if (!finish_output(r, complete)) return false;
    if (status != PTRUN_OK) return fail(r, from_list ? r->args->inputs.files_from : r->args->model, &err);
    conclude(r);
    if (r->observer.finish) r->observer.finish(r->observer.context, ptrun_buf_text(&r->head), counts);
    return true;
}

static void close_run(run *r)
{
    ptrun_output_close(&r->output);
    ptrun_pipeline_close(&r->pipeline); /* before what its workers use */
    ptrun_prepared_close(&r->prepared, &r->loaded);
    ptrun_loaded_close(&r->loaded);
    ptrun_prep_close(&r->prep);
    ptrun_recipe_in_force_release(&r->recipe);
    ptrun_model_file_close(&r->file);
    ptrun_source_close(&r->source);
    ptrun_buf_release(&r->manifest_texts);
    ptrun_buf_release(&r->head);
    ptrun_buf_release(&r->tail);
}

/* The exit code; *again: the records that were written are suspect, and the same run one image at a time replaces them. */
static int run_once(ptrun_cli *cli, const ptrun_run_args *args, const ptrun_run_observer *observer, bool *again)
{
    run r = {.cli = cli, .args = args};
    if (observer) r.observer = *observer;
    if (args->print_recipe) {
        if (open_model(&r)) print_recipe(&r);
    } else {
        ptrun_interrupt_install();
        ptrun_mem_keep();
        if (open_inputs(&r) && open_model(&r) && tell_observer(&r) && make_plan(&r) && prepare_output(&r) &&
            start_workers(&r) && load_model(&r) && prepare_model(&r) && open_output(&r))
            classify(&r);
    }
    close_run(&r);
    *again = r.again;
    return r.code;
}

int ptrun_run(ptrun_cli *cli, const ptrun_run_args *args, const ptrun_run_observer *observer)
{
    bool again;
    int code = run_once(cli, args, observer, &again);
    if (!again) return code;
    ptrun_run_args alone = *args;
    alone.batch = 1;
    alone.resume = false;
    alone.overwrite = true;
    return run_once(cli, &alone, observer, &again);
}
