/* ptrun verify: does this model, run like this, answer as Python did? */
#include "cli/commands.h"

#include "base/cpu.h"
#include "base/crash.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "cli/engine_args.h"
#include "cli/exit_code.h"
#include "cli/message.h"
#include "cli/recipe_args.h"
#include "cli/verify_table.h"
#include "pipeline/plan.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *format, *against, *tolerance;
    int64_t top_k;
    ptrun_recipe_args recipe;
    ptrun_engine_args engine;
} config;

/* One verification. */
typedef struct {
    const ptrun_cli *cli;
    const config *c;
    const char *model_name;
    ptrun_model_file *file;
    ptrun_recording recording;
    ptrun_recipe_in_force in_force;
    ptrun_prep *prep;
    int32_t threads;
    ptrun_loaded loaded;
    ptrun_verifier verifier;
    ptrun_sample_result *results;
} verification;

static const char *format_name(size_t index)
{
    static const char *const names[] = {"table", "json"};
    return index < sizeof names / sizeof *names ? names[index] : NULL;
}

static bool accepts_tolerance(const char *text)
{
    double value;
    return ptrun_num_parse_double(text, &value) && value >= 0 && value <= 1;
}

static const ptrun_option rows[] = {
    {PTRUN_OPTION_TEXT(config, tolerance), .name = "tolerance", .value = "X", .accepts = accepts_tolerance,
     .expected = "a number from 0 to 1",
     .otherwise =
         "0 with --optimize off --threads 1 where the engine is the recording's, else 1e-5; bf16 3e-2, "
         "fp16 5e-3",
     .help = "how far logits may lie apart, relative to the largest; 0: the same bits"},
    {PTRUN_OPTION_TEXT(config, against), .name = "against", .value = "FILE",
     .otherwise = "the goldens inside the model",
     .help = "a recording made elsewhere, .npz or .json (scripts/record_eager.py)"},
    {PTRUN_OPTION_INT(config, top_k), .name = "top-k", .letter = 'k', .value = "N", .min = 1, .max = 1000000,
     .fallback = "5", .help = "how many of the best classes must keep their order"},
    {PTRUN_OPTION_CHOICE(config, format), .name = "format", .value = "FORMAT", .choice = format_name,
     .fallback = "table", .help = "for people or for programs"},
    {.name = NULL},
};

static const ptrun_option_group groups[] = {
    {.title = "Options", .rows = rows},
    PTRUN_OPTION_GROUP("Recipe", ptrun_recipe_rows, config, recipe, ptrun_recipe_args),
    PTRUN_OPTION_GROUP("", ptrun_select_rows, config, recipe, ptrun_recipe_args),
    PTRUN_OPTION_GROUP("Engine", ptrun_engine_rows, config, engine, ptrun_engine_args),
    PTRUN_OPTION_GROUP("", ptrun_engine_threads_rows, config, engine, ptrun_engine_args),
    {.title = NULL},
};

static const ptrun_example examples[] = {
    {"ptrun verify model.pt", "replay the goldens as classify would run the model"},
    {"ptrun verify model.pt --optimize off --threads 1", "the bits of Python, not only its values"},
    {"ptrun verify model.pt --precision bf16 --tolerance 0.02", "is bfloat16 good enough?"},
    {"ptrun verify model.pt --against recorded.npz", "a recording that Python made elsewhere"},
    {.line = NULL},
};

static int fail(const verification *v, const char *what, const ptrun_error *err)
{
    return ptrun_message_failure(v->cli, what, err);
}

static int open_model(verification *v)
{
    ptrun_error err = {0};
    int code = PTRUN_EXIT_OK;
    ptrun_status status = ptrun_model_file_open(&v->file, v->model_name, &err);
    if (status == PTRUN_OK) status = ptrun_engine_args_check_hash(&v->c->engine, v->file, &err);
    if (status == PTRUN_OK && !v->c->against)
        status = ptrun_recording_from_model(&v->recording, v->file, &err);
    if (status != PTRUN_OK) return fail(v, v->model_name, &err);
    if (v->c->against && ptrun_recording_read(&v->recording, v->c->against, &err) != PTRUN_OK)
        return fail(v, v->c->against, &err);
    (void)ptrun_recipe_args_resolve(&v->c->recipe, v->cli, v->model_name, v->file, &v->in_force, &code);
    return code;
}

static int open_preparation(verification *v)
{
    ptrun_error err = {0};
    ptrun_status status = ptrun_prep_open(&v->prep, &v->in_force.recipe, &err);
    if (status == PTRUN_OK)
        status = ptrun_preparer_open(&v->verifier.preparer, v->prep, PTRUN_IMAGE_MAX_PIXELS, &err);
    if (status == PTRUN_OK) ptrun_preparer_want_all(v->verifier.preparer);
    v->results = ptrun_mem_zalloc(v->recording.count, sizeof *v->results);
    if (status == PTRUN_OK && !v->results) status = ptrun_fail_memory(&err, "the results");
    return status == PTRUN_OK ? PTRUN_EXIT_OK : fail(v, v->model_name, &err);
}

static int load_model(verification *v)
{
    ptrun_plan_request request = {.cpus = ptrun_cpu_usable(), .threads = (int32_t)v->c->engine.threads};
    ptrun_model_file_bytes(v->file, &request.model_bytes);
    v->threads = ptrun_plan_make(&request).threads;
    ptrun_error err = {0};
    ptrun_status status = ptrun_engine_args_load(&v->c->engine, v->model_name, v->file, &v->in_force.recipe,
                                                 v->threads, &v->loaded, &err);
    if (status != PTRUN_OK)
        return fail(v, ptrun_engine_args_culprit(&v->c->engine, v->model_name, status), &err);
    if (v->loaded.info.saved_training)
        ptrun_message_warning(v->cli,
                              "%s: saved in training mode; it runs in evaluation mode (eval() was called)",
                              v->model_name);
    if (v->loaded.info.warning)
        ptrun_message_warning(v->cli, "%s: %s", v->model_name, v->loaded.info.warning);
    v->verifier.engine = v->loaded.api;
    v->verifier.model = v->loaded.model;
    v->verifier.top_k = (size_t)v->c->top_k;
    return PTRUN_EXIT_OK;
}

/* Whether the same arithmetic is done now as was recorded: then bits can be asked for. The recording's
 * version may name a build ("2.13.0+cu128"), which means nothing on the CPU. */
static bool same_arithmetic(const verification *v)
{
    const ptrun_recorded_with *with = &v->recording.with;
    const ptrun_engine_info *now = &v->loaded.engine_info;
    if (!with->torch || !with->cpu_capability || !now->instructions || with->threads != 1) return false;
    size_t length = strcspn(with->torch, "+");
    const char *version = now->library ? strchr(now->library, ' ') : NULL;
    return version && strncmp(version + 1, with->torch, length) == 0 &&
           strspn(version + 1 + length, ".0123456789") == 0 &&
           ptrun_str_equal(with->cpu_capability, now->instructions) &&
           ptrun_str_equal(v->loaded.info.variant, "off") && v->threads == 1 &&
           ptrun_str_equal(v->c->engine.device, "cpu");
}

/* The values are those of the exporter's own check (scripts/ptrun_export/tracing.py). */
static double choose_tolerance(const verification *v)
{
    double given;
    if (v->c->tolerance && ptrun_num_parse_double(v->c->tolerance, &given)) return given;
    if (ptrun_str_equal(v->c->engine.precision, "bf16")) return 3e-2;
    if (ptrun_str_equal(v->c->engine.precision, "fp16")) return 5e-3;
    return same_arithmetic(v) ? 0 : 1e-5;
}

static int replay(verification *v)
{
    ptrun_error err = {0};
    ptrun_status status = PTRUN_OK;
    v->verifier.tolerance = choose_tolerance(v);
    ptrun_crash_guard_begin(v->model_name, "a crash while replaying", PTRUN_INFERENCE_CRASHED,
                            PTRUN_EXIT_INFERENCE, 0);
    for (size_t i = 0; i < v->recording.count && status == PTRUN_OK; i++)
        status =
            ptrun_verify_sample(&v->verifier, &v->recording, &v->recording.samples[i], &v->results[i], &err);
    ptrun_crash_guard_end();
    return status == PTRUN_OK ? PTRUN_EXIT_OK : fail(v, v->c->against ? v->c->against : v->model_name, &err);
}

static void put_line(ptrun_buf *out, const char *name, const char *text)
{
    ptrun_buf_printf(out, "%-10s ", name);
    ptrun_message_escape(out, text, strlen(text));
    ptrun_buf_putc(out, '\n');
}

/* What was run, and against what. */
static void put_facts(ptrun_buf *out, const verification *v)
{
    const ptrun_engine_info *engine = &v->loaded.engine_info;
    const ptrun_recorded_with *with = &v->recording.with;
    ptrun_buf line = {0};
    put_line(out, "model", v->model_name);
    ptrun_buf_printf(&line, "%s%s%s, %s on %s, prepared as \"%s\", %d thread%s", engine->library,
                     engine->instructions ? ", " : "", engine->instructions ? engine->instructions : "",
                     v->c->engine.precision, v->c->engine.device, v->loaded.info.variant, v->threads,
                     v->threads == 1 ? "" : "s");
    put_line(out, "engine", ptrun_buf_text(&line));
    ptrun_buf_clear(&line);
    ptrun_buf_puts(&line, v->c->against ? v->c->against : "in the model");
    if (with->torch) ptrun_buf_printf(&line, ", by torch %s", with->torch);
    if (with->pillow) ptrun_buf_printf(&line, ", pillow %s", with->pillow);
    if (with->cpu_capability) ptrun_buf_printf(&line, ", %s", with->cpu_capability);
    put_line(out, "recorded", ptrun_buf_text(&line));
    ptrun_buf_clear(&line);
    if (v->verifier.tolerance > 0) ptrun_buf_printf(&line, "%g of the largest logit", v->verifier.tolerance);
    else ptrun_buf_puts(&line, "0: the same bits");
    put_line(out, "tolerance", ptrun_buf_text(&line));
    out->failed |= line.failed;
    ptrun_buf_release(&line);
    ptrun_buf_putc(out, '\n');
}

static void put_model(ptrun_json_writer *w, const verification *v)
{
    char sha256[65];
    ptrun_model_file_sha256(v->file, sha256);
    ptrun_json_put_key(w, "model");
    ptrun_json_begin_object(w);
    ptrun_json_put_member(w, "path", v->model_name);
    ptrun_json_put_member(w, "sha256", sha256);
    ptrun_recipe_args_describe(&v->in_force, w);
    ptrun_engine_args_describe(&v->c->engine, &v->loaded.engine_info, w);
    ptrun_json_put_member(w, "preparation", v->loaded.info.variant);
    ptrun_json_put_key(w, "threads");
    ptrun_json_put_int(w, v->threads);
    ptrun_json_end_object(w);
}

static void put_document(ptrun_buf *out, const verification *v)
{
    ptrun_json_writer w = {.buf = out};
    ptrun_json_begin_object(&w);
    ptrun_json_put_key(&w, "ptrun");
    ptrun_json_begin_object(&w);
    ptrun_json_put_member(&w, "version", PTRUN_VERSION);
    ptrun_json_end_object(&w);
    put_model(&w, v);
    ptrun_json_put_member(&w, "against", v->c->against);
    ptrun_json_put_key(&w, "tolerance");
    ptrun_json_put_double(&w, v->verifier.tolerance);
    ptrun_verify_write(&w, &v->recording, v->results);
    ptrun_json_end_object(&w);
    ptrun_buf_putc(out, '\n');
}

static int report(const verification *v)
{
    ptrun_buf text = {0};
    if (ptrun_str_equal(v->c->format, "json")) {
        put_document(&text, v);
    } else {
        put_facts(&text, v);
        ptrun_verify_table_put(&text, &v->recording, v->results, (size_t)v->c->top_k, v->cli->out_color);
    }
    int code = ptrun_cli_print(v->cli, &text);
    if (code != PTRUN_EXIT_OK) return code;
    ptrun_verify_totals totals = ptrun_verify_total(v->results, v->recording.count);
    return totals.agreed == totals.samples ? PTRUN_EXIT_OK : PTRUN_EXIT_SOME_FAILED;
}

static int verify(const ptrun_cli *cli, const config *c, const char *model_name)
{
    verification v = {.cli = cli, .c = c, .model_name = model_name};
    int code = open_model(&v);
    if (code == PTRUN_EXIT_OK) code = open_preparation(&v);
    if (code == PTRUN_EXIT_OK) code = load_model(&v);
    if (code == PTRUN_EXIT_OK) code = replay(&v);
    if (code == PTRUN_EXIT_OK) code = report(&v);
    ptrun_loaded_close(&v.loaded);
    ptrun_preparer_close(&v.verifier.preparer);
    ptrun_prep_close(&v.prep);
    ptrun_recipe_in_force_release(&v.in_force);
    ptrun_recording_release(&v.recording);
    ptrun_model_file_close(&v.file);
    free(v.results);
    return code;
}

static int run(ptrun_cli *cli, int argc, char **argv)
{
    config c = {0};
    int n_operands, code;
    if (ptrun_command_begin(cli, &ptrun_command_verify, &c, argc, argv, &n_operands, &code))
        code = n_operands == 1 ? verify(cli, &c, argv[1])
                               : ptrun_message_usage(cli, ptrun_command_verify.name, "one model is needed");
    ptrun_engine_args_release(&c.engine);
    return code;
}

const ptrun_command ptrun_command_verify = {
    .name = "verify",
    .summary = "replay the recorded Python results; say which stage differs first",
    .usage = "MODEL [OPTION]...",
    .description = "Replays the sample images that the exporter put into the model (its goldens), one by "
                   "one, and compares each "
                   "stage with what Python made of them: file, decoded pixels, resized pixels, tensor, "
                   "logits, order of the best "
                   "classes. Says for each sample which stage differs first, and by how much.\n"
                   "Exit code 0 means that everything agreed, 1 that something did not, 4 that the model "
                   "cannot be used or has no "
                   "goldens, so that nothing was verified.\n",
    .groups = groups,
    .examples = examples,
    .run = run,
};
