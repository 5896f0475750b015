/* ptrun bench: how long everything takes. */
#include "cli/commands.h"

#include "base/clock.h"
#include "base/cpu.h"
#include "base/crash.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "cli/bench_report.h"
#include "cli/exit_code.h"
#include "cli/input_args.h"
#include "cli/interrupt.h"
#include "cli/message.h"
#include "cli/run_prepare.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_LIST = 16, MOST_ITERATIONS = 1000000 };

typedef struct {
    const char *format, *measure;
    const char *batches, *threads; /* lists; NULL: planned */
    int64_t iterations, warm_up, jobs, instances, limit;
    double duration;
    bool profile;
    ptrun_input_args inputs;
    ptrun_recipe_args recipe;
    ptrun_engine_args engine;
} config;

/* One run of the command, in the order in which it is opened. */
typedef struct {
    ptrun_cli *cli;
    const config *c;
    const char *model_name;
    char **operands;
    int n_operands;
    ptrun_model_file *file;
    ptrun_recipe_in_force recipe;
    ptrun_prep *prep;
    ptrun_preparer *preparer;
    ptrun_bench_images images;
    ptrun_bench bench;
    ptrun_plan plans[MAX_LIST * MAX_LIST + 1];
    ptrun_plan_request requests[MAX_LIST * MAX_LIST + 1]; /* what each plan follows from */
    size_t n_plans;
    ptrun_bench_entry *entries; /* n_plans of them */
    size_t n_entries;           /* that were run */
    ptrun_engine_info engine_info;
} benching;

/* "1,8,32": up to MAX_LIST whole numbers of 1 to `max`. */
static bool parse_list(const char *text, int64_t max, int32_t *out, size_t *count)
{
    char part[16];
    for (*count = 0; *count < MAX_LIST; text++) {
        size_t length = strcspn(text, ",");
        int64_t number;
        if (length >= sizeof part) return false;
        snprintf(part, sizeof part, "%.*s", (int)length, text);
        if (!ptrun_num_parse_int(part, 1, max, &number)) return false;
        out[(*count)++] = (int32_t)number;
        text += length;
        if (!*text) return true;
    }
    return false;
}

enum { MOST_BATCH = 65536, MOST_THREADS = 4096 };

static bool accepts_batches(const char *text)
{
    int32_t numbers[MAX_LIST];
    size_t count;
    return parse_list(text, MOST_BATCH, numbers, &count);
}

static bool accepts_threads(const char *text)
{
    int32_t numbers[MAX_LIST];
    size_t count;
    return parse_list(text, MOST_THREADS, numbers, &count);
}

static const char *format_name(size_t index)
{
    static const char *const names[] = {"table", "json"};
    return index < sizeof names / sizeof *names ? names[index] : NULL;
}

static const char *measure_name(size_t index)
{
    static const char *const names[] = {"all", "forward", "stages", "folder"};
    return index < sizeof names / sizeof *names ? names[index] : NULL;
}

static const ptrun_option rows[] = {
    {PTRUN_OPTION_TEXT(config, batches), .name = "batch", .letter = 'b', .value = "N,...", .accepts = accepts_batches,
     .expected = "up to 16 whole numbers from 1 to 65536 with commas between them", .otherwise = "planned",
     .help = "images in one forward; every number with every number of --threads is one configuration"},
    {PTRUN_OPTION_TEXT(config, threads), .name = "threads", .value = "N,...", .accepts = accepts_threads,
     .expected = "up to 16 whole numbers from 1 to 4096 with commas between them", .otherwise = "planned",
     .help = "threads of one forward"},
    {PTRUN_OPTION_INT(config, instances), .name = "instances", .value = "N", .min = 1, .max = 1024,
     .otherwise = "processors / threads, for a planned number of threads measured",
     .help = "forwards side by side in the folder, on the same weights, each with its own threads"},
    {PTRUN_OPTION_INT(config, jobs), .name = "jobs", .letter = 'j', .value = "N", .min = 1, .max = 1024,
     .otherwise = "planned", .help = "workers that read and prepare images"},
    {PTRUN_OPTION_CHOICE(config, measure), .name = "measure", .value = "WHAT", .choice = measure_name,
     .fallback = "all",
     .help = "forward: run() alone; stages: one after the other; folder: all side by side, as classify does"},
    {PTRUN_OPTION_REAL(config, duration), .name = "duration", .value = "SECONDS", .min = 0, .max = 3600,
     .fallback = "1",
     .help = "how long each of these three is measured in each configuration; 3 samples at least, 10 within thrice "
             "the time"},
    {PTRUN_OPTION_INT(config, iterations), .name = "iterations", .value = "N", .min = 1, .max = MOST_ITERATIONS,
     .otherwise = "as many as --duration takes", .help = "samples of each, whatever the time"},
    {PTRUN_OPTION_INT(config, warm_up), .name = "warm-up", .value = "N", .min = -1, .max = MOST_ITERATIONS,
     .fallback = "-1", .help = "forwards before anything is measured; -1: 3 at least, and for half a second"},
    {PTRUN_OPTION_SWITCH(config, profile), .name = "profile", .help = "also time by operator, of 10 forwards"},
    {PTRUN_OPTION_CHOICE(config, format), .name = "format", .value = "FORMAT", .choice = format_name,
     .fallback = "table", .help = "for people or for programs (docs/bench.md)"},
    {.name = NULL},
};

static const ptrun_option input_rows[] = {
    {PTRUN_OPTION_INT(config, limit), .name = "limit", .value = "N", .min = 1, .max = MOST_ITERATIONS,
     .fallback = "256", .help = "use at most N of the inputs, evenly spread"},
    {.name = NULL},
};

static const ptrun_option_group groups[] = {
    {.title = "Options", .rows = rows},
    PTRUN_OPTION_GROUP("Inputs", ptrun_input_rows, config, inputs, ptrun_input_args),
    {.title = "", .rows = input_rows},
    PTRUN_OPTION_GROUP("Recipe", ptrun_recipe_rows, config, recipe, ptrun_recipe_args),
    PTRUN_OPTION_GROUP("", ptrun_select_rows, config, recipe, ptrun_recipe_args),
    PTRUN_OPTION_GROUP("Engine", ptrun_engine_rows, config, engine, ptrun_engine_args),
    {.title = NULL},
};

static const ptrun_example examples[] = {
    {"ptrun bench model.pt", "one image and a folder, as classify would run them"},
    {"ptrun bench model.pt photos/", "the same with your own pictures"},
    {"ptrun bench model.pt --batch 1,8,32 --threads 1,2", "which batch, how many threads"},
    {"ptrun bench model.pt --optimize off", "as the model was saved, not as it runs fastest"},
    {"ptrun bench model.pt --measure forward --profile", "where the time of a forward goes"},
    {"ptrun bench model.pt --format json", "for programs"},
    {.line = NULL},
};

static int fail(const benching *b, const char *what, const ptrun_error *err)
{
    return ptrun_message_failure(b->cli, what, err);
}

static int open_model(benching *b)
{
    ptrun_error err = {0};
    int code = PTRUN_EXIT_OK;
    ptrun_status status = ptrun_model_file_open(&b->file, b->model_name, &err);
    if (status == PTRUN_OK) status = ptrun_engine_args_check_hash(&b->c->engine, b->file, &err);
    if (status != PTRUN_OK) return fail(b, b->model_name, &err);
    if (!ptrun_recipe_args_resolve(&b->c->recipe, b->cli, b->model_name, b->file, &b->recipe, &code)) return code;
    status = ptrun_prep_open(&b->prep, &b->recipe.recipe, &err);
    if (status == PTRUN_OK) status = ptrun_preparer_open(&b->preparer, b->prep, PTRUN_IMAGE_MAX_PIXELS, &err);
    return status == PTRUN_OK ? PTRUN_EXIT_OK : fail(b, b->model_name, &err);
}

static void tell_failure(void *context, const char *path, const ptrun_error *error)
{
    (void)ptrun_message_failure_hint(((benching *)context)->cli, path, error, NULL);
}

static int collect_images(benching *b, const ptrun_source_options *options)
{
    const char *name = b->c->inputs.files_from ? b->c->inputs.files_from : b->operands[0];
    ptrun_source *source;
    ptrun_error err = {0};
    ptrun_status status = ptrun_source_open(&source, options, &err);
    if (status == PTRUN_OK)
        status = ptrun_bench_images_collect(&b->images, source, (uint64_t)b->c->limit, tell_failure, b, &err);
    ptrun_source_close(&source);
    if (status == PTRUN_OK && b->images.found == 0)
        status = ptrun_fail(&err, PTRUN_NO_INPUTS, "%s",
                            b->c->inputs.files_from ? "the list is empty" : "the folders hold no image");
    return status == PTRUN_OK ? PTRUN_EXIT_OK : fail(b, name, &err);
}

/* `options` is NULL where no input was named. */
static int open_images(benching *b, const ptrun_source_options *options)
{
    ptrun_error err = {0};
    int code = PTRUN_EXIT_OK;
    if (options) code = collect_images(b, options);
    else if (ptrun_bench_images_make(&b->images, &err) != PTRUN_OK) code = fail(b, "the synthetic image", &err);
    if (code != PTRUN_EXIT_OK) return code;
    ptrun_status status =
        ptrun_bench_images_look(&b->images, b->preparer, ptrun_interrupt_flag(), tell_failure, b, &err);
    if (status != PTRUN_OK) return fail(b, NULL, &err);
    if (b->images.count) return PTRUN_EXIT_OK;
    int signal_number = atomic_load(ptrun_interrupt_flag());
    if (signal_number) return PTRUN_EXIT_SIGNAL + signal_number;
    ptrun_message_note(b->cli, 0, "no input can be used, nothing was measured");
    return PTRUN_EXIT_SOME_FAILED;
}

static void add_plan(benching *b, const ptrun_plan_request *request)
{
    ptrun_plan plan = ptrun_plan_make(request);
    for (size_t i = 0; i < b->n_plans; i++)
        if (memcmp(&b->plans[i], &plan, sizeof plan) == 0) return;
    b->requests[b->n_plans] = *request;
    b->plans[b->n_plans++] = plan;
}

/* Every batch with every number of threads; where neither is given, what classify would do with one image and with
 * very many. */
static int plan_configurations(benching *b)
{
    int32_t batches[MAX_LIST] = {0}, threads[MAX_LIST] = {0}, width, height;
    size_t n_batches = 1, n_threads = 1;
    ptrun_plan_request request = {.cpus = ptrun_cpu_usable(), .jobs = (int32_t)b->c->jobs,
                                  .forwards = (int32_t)b->c->instances,
                                  .accelerator = !ptrun_str_equal(b->c->engine.device, "cpu"),
                                  .fixed_size = ptrun_recipe_fixed_size(&b->recipe.recipe, &width, &height)};
    ptrun_model_file_bytes(b->file, &request.model_bytes);
    if (b->c->batches) (void)parse_list(b->c->batches, MOST_BATCH, batches, &n_batches);
    if (b->c->threads) (void)parse_list(b->c->threads, MOST_THREADS, threads, &n_threads);
    if (!b->c->batches && !b->c->threads && !b->c->instances) {
        ptrun_plan_request one = request;
        one.total_known = true, one.total = 1;
        add_plan(b, &one);
    }
    for (size_t i = 0; i < n_batches; i++)
        for (size_t j = 0; j < n_threads; j++) {
            request.batch = batches[i], request.threads = threads[j];
            add_plan(b, &request);
        }
    if (b->c->batches && !request.fixed_size)
        ptrun_message_warning(b->cli, "--batch: the recipe gives tensors of different sizes, images go one by one");
    ptrun_error err = {0};
    b->entries = ptrun_mem_zalloc(b->n_plans, sizeof *b->entries);
    if (b->entries) return PTRUN_EXIT_OK;
    (void)ptrun_fail_memory(&err, "the results");
    return fail(b, NULL, &err);
}

static void on_notice(void *context, const char *text)
{
    const benching *b = context;
    ptrun_message_warning(b->cli, "%s: %s", b->model_name, text);
}

static void set_bench(benching *b)
{
    const config *c = b->c;
    bool all = ptrun_str_equal(c->measure, "all");
    b->bench = (ptrun_bench){.prep = b->prep, .preparer = b->preparer, .images = &b->images,
                             .max_pixels = PTRUN_IMAGE_MAX_PIXELS,
                             .low_precision = !ptrun_str_equal(c->engine.precision, "fp32"),
                             .notice = on_notice, .notice_context = b};
    b->bench.limits = (ptrun_bench_limits){.forward = all || ptrun_str_equal(c->measure, "forward"),
                                           .stages = all || ptrun_str_equal(c->measure, "stages"),
                                           .folder = all || ptrun_str_equal(c->measure, "folder"),
                                           .profile = c->profile,
                                           .duration = (int64_t)(c->duration * 1e9),
                                           .iterations = (int32_t)c->iterations,
                                           .warm_up = (int32_t)c->warm_up,
                                           .stop = ptrun_interrupt_flag()};
}

/* A model of its own for each configuration, so that none finds what another has warmed up or compiled. The file's
 * checksums are verified once. */
static int load(benching *b, ptrun_bench_entry *entry, const ptrun_plan *plan, ptrun_loaded *loaded)
{
    ptrun_engine_args args = b->c->engine;
    ptrun_error err = {0};
    bool first = b->n_entries == 0;
    args.no_check |= !first;
    args.optimize = ptrun_run_open_as(args.optimize);
    int64_t start = ptrun_clock_now();
    ptrun_status status =
        ptrun_engine_args_load(&args, b->model_name, b->file, &b->recipe.recipe, plan->threads, loaded, &err);
    entry->load = ptrun_clock_now() - start;
    if (status != PTRUN_OK) return fail(b, ptrun_engine_args_culprit(&args, b->model_name, status), &err);
    b->engine_info = loaded->engine_info;
    if (first && loaded->info.saved_training)
        ptrun_message_warning(b->cli, "%s: saved in training mode; it runs in evaluation mode (eval() was called)",
                              b->model_name);
    if (first && loaded->info.warning) ptrun_message_warning(b->cli, "%s: %s", b->model_name, loaded->info.warning);
    return PTRUN_EXIT_OK;
}

/* What a crash is about: a variant, NULL for the measurement. */
static void guard(void *context, const char *variant)
{
    const benching *b = context;
    char stage[96 + PTRUN_VARIANT_SIZE] = "a crash while measuring";
    if (variant) snprintf(stage, sizeof stage, "a crash while preparing it as \"%s\"", variant);
    ptrun_crash_guard_begin(b->model_name, stage, PTRUN_INFERENCE_CRASHED, PTRUN_EXIT_INFERENCE, 0);
    if (variant) ptrun_message_note(b->cli, 1, "preparing it as \"%s\"", variant);
}

static int run_configuration(benching *b, const ptrun_plan *plan, const ptrun_plan_request *request)
{
    ptrun_bench_entry *entry = &b->entries[b->n_entries];
    ptrun_loaded loaded;
    ptrun_message_note(b->cli, b->cli->err_terminal ? 0 : 1, "configuration %zu of %zu: batch %d, %d thread%s",
                       b->n_entries + 1, b->n_plans, plan->batch, plan->threads, plan->threads == 1 ? "" : "s");
    int code = load(b, entry, plan, &loaded);
    if (code != PTRUN_EXIT_OK) return code;
    ptrun_message_note(b->cli, 1, "loaded in %.1f ms", (double)entry->load / 1e6);
    ptrun_bench_wish wish = {.optimize = b->c->engine.optimize,
                             .variants = loaded.engine_info.variants,
                             .low_precision = b->bench.low_precision,
                             .stop = ptrun_interrupt_flag(),
                             .variant = guard,
                             .context = b};
    wish.n_splits = ptrun_plan_splits(request, plan, wish.splits);
    guard(b, NULL);
    ptrun_bench_measure(&b->bench, plan, &wish, loaded.api, loaded.model, &entry->result);
    ptrun_crash_guard_end();
    ptrun_loaded_close(&loaded);
    b->n_entries++;
    if (entry->result.error.status != PTRUN_OK) (void)fail(b, b->model_name, &entry->result.error);
    return PTRUN_EXIT_OK;
}

static int run_configurations(benching *b)
{
    int code = PTRUN_EXIT_OK;
    set_bench(b);
    for (size_t i = 0; i < b->n_plans && code == PTRUN_EXIT_OK && !atomic_load(ptrun_interrupt_flag()); i++)
        code = run_configuration(b, &b->plans[i], &b->requests[i]);
    return code;
}

/* Nothing measured at all ends as the first failure would end classify. */
static int judge(const benching *b)
{
    int signal_number = atomic_load(ptrun_interrupt_flag());
    size_t failed = 0;
    if (signal_number) return PTRUN_EXIT_SIGNAL + signal_number;
    for (size_t i = 0; i < b->n_entries; i++) failed += b->entries[i].result.error.status != PTRUN_OK;
    if (failed == b->n_entries) return ptrun_exit_code(b->entries[0].result.error.status);
    return failed || b->images.failed ? PTRUN_EXIT_SOME_FAILED : PTRUN_EXIT_OK;
}

static int report(const benching *b)
{
    const ptrun_bench_entry *first = b->entries;
    const ptrun_bench_report r = {.model = b->model_name, .file = b->file, .recipe = &b->recipe, .engine = &b->c->engine,
                                  .engine_info = &b->engine_info, .images = &b->images, .limits = &b->bench.limits,
                                  .entries = b->entries, .n_entries = b->n_entries, .load = first->load,
                                  .first_image = first->result.first_results == 0
                                                     ? 0
                                                     : b->images.first_time + first->result.first_forward +
                                                           first->result.first_results,
                                  .interrupted = atomic_load(ptrun_interrupt_flag()) != 0};
    ptrun_buf text = {0};
    if (b->n_entries == 0) return judge(b);
    if (ptrun_str_equal(b->c->format, "json")) ptrun_bench_report_json(&text, &r);
    else ptrun_bench_report_table(&text, &r, b->cli->out_color);
    int code = ptrun_cli_print(b->cli, &text);
    return code == PTRUN_EXIT_OK ? judge(b) : code;
}

static int bench(ptrun_cli *cli, const config *c, char **operands, int n_operands, const ptrun_source_options *source)
{
    benching b = {.cli = cli, .c = c, .model_name = operands[0], .operands = operands + 1, .n_operands = n_operands - 1};
    ptrun_interrupt_install();
    ptrun_mem_keep();
    ptrun_mem_use_huge_pages();
    int code = open_model(&b);
    if (code == PTRUN_EXIT_OK) code = open_images(&b, source);
    if (code == PTRUN_EXIT_OK) code = plan_configurations(&b);
    if (code == PTRUN_EXIT_OK) code = run_configurations(&b);
    if (code == PTRUN_EXIT_OK) code = report(&b);
    for (size_t i = 0; i < b.n_entries; i++) ptrun_bench_result_release(&b.entries[i].result);
    free(b.entries);
    ptrun_bench_images_release(&b.images);
    ptrun_preparer_close(&b.preparer);
    ptrun_prep_close(&b.prep);
    ptrun_recipe_in_force_release(&b.recipe);
    ptrun_model_file_close(&b.file);
    return code;
}

/* What the options alone cannot say. *has_inputs: any were named. */
static ptrun_status check_usage(const config *c, int n_operands, char **operands, ptrun_source_options *source,
                                bool *has_inputs, ptrun_error *err)
{
    if (n_operands == 0) return ptrun_fail(err, PTRUN_USAGE, "a model is needed");
    *has_inputs = n_operands > 1 || c->inputs.files_from;
    if (!*has_inputs && c->inputs.null) return ptrun_fail(err, PTRUN_USAGE, "--null: only goes with --files-from");
    if (!*has_inputs) return PTRUN_OK;
    for (int i = 1; i < n_operands; i++)
        if (ptrun_str_equal(operands[i], "-"))
            return ptrun_fail(err, PTRUN_USAGE, "-: standard input can be read only once; name a file");
    return ptrun_input_args_source(&c->inputs, operands + 1, n_operands - 1, source, err);
}

static int run(ptrun_cli *cli, int argc, char **argv)
{
    config c = {0};
    int n_operands, code;
    if (ptrun_command_begin(cli, &ptrun_command_bench, &c, argc, argv, &n_operands, &code)) {
        ptrun_source_options source;
        ptrun_error err = {0};
        bool has_inputs = false;
        ptrun_status status = check_usage(&c, n_operands, argv + 1, &source, &has_inputs, &err);
        code = status == PTRUN_OK ? bench(cli, &c, argv + 1, n_operands, has_inputs ? &source : NULL)
                                  : ptrun_message_usage(cli, ptrun_command_bench.name, "%s", err.detail);
    }
    ptrun_input_args_release(&c.inputs);
    ptrun_engine_args_release(&c.engine);
    return code;
}

const ptrun_command ptrun_command_bench = {
    .name = "bench",
    .summary = "latency and throughput, stage by stage",
    .usage = "MODEL [INPUT...] [OPTION]...\nMODEL --files-from FILE [OPTION]...",
    .description =
        "Measures how long each stage takes (reading, decoding, resizing, making the tensor, the forward, the results), "
        "how long a batch takes from its files to its records, and how many images a second the whole pipeline does "
        "with everything side by side. Warm-up is told apart; a figure that cannot be believed is marked.\n"
        "Without INPUT a picture made in memory is used, always the same. INPUT is an image file or a folder; files "
        "are read once before anything is measured, so they come from the system's cache. The rates say nothing about "
        "a slow disk.\n"
        "With --optimize auto every configuration is prepared as classify prepares a model for many images: all ways are "
        "tried, the fastest of those with the same answers runs, and the others are listed.\n"
        "Interrupted, it ends early with what was measured.\n",
    .groups = groups,
    .examples = examples,
    .run = run,
};
