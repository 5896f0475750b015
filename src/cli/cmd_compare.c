/* ptrun compare: where two models, two settings of one, or two files of records disagree. */
#include "cli/commands.h"

#include "base/error.h"
#include "base/fs.h"
#include "base/str.h"
#include "cli/eval_records.h"
#include "cli/exit_code.h"
#include "cli/message.h"
#include "cli/report_file.h"
#include "cli/run.h"
#include "eval/compare.h"

#include <string.h>

enum { EXAMPLES_KEPT = 100 };

/* What is other for B; NULL, or 0: the same as for A. */
typedef struct {
    const char *engine, *device, *precision, *optimize, *recipe, *preset;
    int64_t threads, batch;
} differences;

typedef struct {
    ptrun_run_args run;
    differences b;
    double max_difference;
} config;

typedef struct {
    ptrun_cli *cli;
    const config *c;
    const char *names[2];
    ptrun_compare compare;
    ptrun_buf heads[2]; /* "ptrun":{…},"model":{…} of each run */
    double seconds[2];
    int run; /* the one that goes on: 0 for A, 1 for B */
} comparison;

static const char *precision_name(size_t index)
{
    static const char *const names[] = {"fp32", "bf16", "fp16"};
    return index < sizeof names / sizeof *names ? names[index] : NULL;
}

static const ptrun_option rows[] = {
    {PTRUN_OPTION_INT(config, run.top_k), .name = "top-k", .letter = 'k', .value = "N", .min = 1,
     .max = 1000000, .fallback = "5",
     .help = "classes that are looked through for the score of A's best one"},
    {PTRUN_OPTION_REAL(config, max_difference), .name = "max-difference", .value = "X", .min = 0, .max = 1,
     .fallback = "1", .help = "the scores of A's best class may differ by X; more is a disagreement, too"},
    {.name = NULL},
};

static const ptrun_option b_rows[] = {
    {PTRUN_OPTION_TEXT(differences, engine), .name = "b-engine", .value = "NAME", .help = "what runs B"},
    {PTRUN_OPTION_TEXT(differences, device), .name = "b-device", .value = "cpu|cuda[:N]",
     .help = "where B runs"},
    {PTRUN_OPTION_CHOICE(differences, precision), .name = "b-precision", .value = "P",
     .choice = precision_name, .help = "arithmetic of B"},
    {PTRUN_OPTION_TEXT(differences, optimize), .name = "b-optimize", .value = "auto|off|NAME",
     .help = "how B is prepared"},
    {PTRUN_OPTION_INT(differences, threads), .name = "b-threads", .value = "N", .min = 1, .max = 4096,
     .otherwise = "as for A", .help = "threads of a forward of B"},
    {PTRUN_OPTION_INT(differences, batch), .name = "b-batch", .value = "N", .min = 1, .max = 65536,
     .otherwise = "as for A", .help = "images in a forward of B"},
    {PTRUN_OPTION_TEXT(differences, recipe), .name = "b-recipe", .value = "FILE", .help = "the recipe of B"},
    {PTRUN_OPTION_CHOICE(differences, preset), .name = "b-preset", .value = "NAME",
     .choice = ptrun_recipe_preset_name, .help = "a built-in recipe for B"},
    {.name = NULL},
};

static const ptrun_option_group groups[] = {
    {.title = "Figures", .rows = rows},
    PTRUN_OPTION_GROUP("", ptrun_report_rows, config, run, ptrun_run_args),
    PTRUN_OPTION_GROUP("B, where it is not as A", b_rows, config, b, differences),
    PTRUN_OPTION_GROUP("Inputs", ptrun_input_rows, config, run.inputs, ptrun_input_args),
    PTRUN_OPTION_GROUP("Recipe", ptrun_recipe_rows, config, run.recipe, ptrun_recipe_args),
    PTRUN_OPTION_GROUP("", ptrun_select_rows, config, run.recipe, ptrun_recipe_args),
    PTRUN_OPTION_GROUP("", ptrun_scoring_rows, config, run.recipe, ptrun_recipe_args),
    PTRUN_OPTION_GROUP("Engine", ptrun_engine_rows, config, run.engine, ptrun_engine_args),
    PTRUN_OPTION_GROUP("", ptrun_engine_threads_rows, config, run.engine, ptrun_engine_args),
    PTRUN_OPTION_GROUP("Run", ptrun_run_rows, config, run, ptrun_run_args),
    {.title = NULL},
};

static const ptrun_example examples[] = {
    {"ptrun compare model.pt model.pt photos/ --b-optimize off", "one model prepared in two ways"},
    {"ptrun compare a.jsonl b.jsonl --report differences.html", "two files of records, and a page"},
    {.line = NULL},
};

static ptrun_status take_record(void *context, const ptrun_record *record, ptrun_error *err)
{
    comparison *c = context;
    return c->run == 0 ? ptrun_compare_add_a(&c->compare, record, err)
                       : ptrun_compare_add_b(&c->compare, record, err);
}

static void take_end(void *context, const char *head, const ptrun_pipeline_counts *counts)
{
    comparison *c = context;
    ptrun_buf_puts(&c->heads[c->run], head);
    c->seconds[c->run] = (double)counts->wall / 1e9;
}

/* The arguments of B. */
static ptrun_run_args change(const ptrun_run_args *a, const differences *b)
{
    ptrun_run_args args = *a;
    if (b->engine) args.engine.engine = b->engine;
    if (b->device) args.engine.device = b->device;
    if (b->precision) args.engine.precision = b->precision;
    if (b->optimize) args.engine.optimize = b->optimize;
    if (b->threads) args.engine.threads = b->threads;
    if (b->recipe) args.recipe.recipe = b->recipe;
    if (b->preset) args.recipe.preset = b->preset;
    if (b->batch) args.batch = b->batch;
    return args;
}

/* Both runs, one after the other; the exit code. */
static int run_models(comparison *c)
{
    ptrun_run_args args[2] = {c->c->run, change(&c->c->run, &c->c->b)};
    ptrun_run_observer observer = {.context = c, .record = take_record, .finish = take_end};
    int code = PTRUN_EXIT_OK;
    for (c->run = 0; c->run < 2 && code <= PTRUN_EXIT_SOME_FAILED; c->run++) {
        args[c->run].model = c->names[c->run];
        args[c->run].format = "null", args[c->run].output = "-";
        code = ptrun_run(c->cli, &args[c->run], &observer);
    }
    return code <= PTRUN_EXIT_SOME_FAILED ? PTRUN_EXIT_OK : code;
}

static int read_records(comparison *c)
{
    ptrun_error err = {0};
    for (c->run = 0; c->run < 2; c->run++)
        if (ptrun_eval_records_each(c->cli, c->names[c->run], take_record, c, &err) != PTRUN_OK)
            return ptrun_message_failure(c->cli, c->names[c->run], &err);
    return PTRUN_EXIT_OK;
}

static void put_side(ptrun_json_writer *w, const comparison *c, int side)
{
    ptrun_json_put_key(w, side ? "b" : "a");
    ptrun_json_begin_object(w);
    ptrun_json_put_key(w, "path");
    ptrun_json_put_string(w, c->names[side], strlen(c->names[side]));
    if (c->heads[side].length) {
        ptrun_json_put_raw(w, c->heads[side].data, c->heads[side].length);
        ptrun_json_put_key(w, "seconds");
        ptrun_json_put_double(w, c->seconds[side]);
    }
    ptrun_json_end_object(w);
}

static int print_document(const comparison *c)
{
    ptrun_buf text = {0};
    ptrun_json_writer w = {.buf = &text};
    ptrun_json_begin_object(&w);
    put_side(&w, c, 0);
    put_side(&w, c, 1);
    ptrun_compare_write(&w, &c->compare);
    ptrun_json_end_object(&w);
    ptrun_buf_putc(&text, '\n');
    return ptrun_cli_print(c->cli, &text);
}

/* What the page says of one side: its name, how it ran, how long. */
static void put_facts(ptrun_json_writer *w, const comparison *c, int side)
{
    const ptrun_run_args args = side ? change(&c->c->run, &c->c->b) : c->c->run;
    ptrun_buf how = {0};
    ptrun_json_put_member(w, side ? "B" : "A", c->names[side]);
    if (c->heads[side].length)
        ptrun_buf_printf(&how, "%s on %s, %s, --optimize %s: %.2f s", args.engine.engine, args.engine.device,
                         args.engine.precision, args.engine.optimize, c->seconds[side]);
    ptrun_json_put_member(w, side ? "B ran with" : "A ran with", ptrun_buf_text(&how));
    ptrun_buf_release(&how);
}

static int write_report(const comparison *c)
{
    ptrun_buf title = {0}, head = {0};
    ptrun_json_writer w = {.buf = &head};
    ptrun_buf_printf(&title, "%s and %s", ptrun_report_file_name(c->names[0]),
                     ptrun_report_file_name(c->names[1]));
    ptrun_json_put_key(&w, "model");
    ptrun_json_begin_object(&w);
    put_facts(&w, c, 0);
    put_facts(&w, c, 1);
    ptrun_json_end_object(&w);
    int code = ptrun_report_file_write(c->cli, c->c->run.report, PTRUN_REPORT_COMPARE, ptrun_buf_text(&title),
                                       ptrun_buf_text(&head), &c->compare.eval);
    ptrun_buf_release(&title);
    ptrun_buf_release(&head);
    return code;
}

static int conclude(comparison *c)
{
    ptrun_error err = {0};
    const ptrun_eval *eval = &c->compare.eval;
    if (ptrun_compare_finish(&c->compare, &err) != PTRUN_OK)
        return ptrun_message_failure(c->cli, c->names[1], &err);
    ptrun_message_note(
        c->cli, 0, "top-1 agreement %.2f %%: %llu of %llu images; scores differ by at most %.3g",
        100 * ptrun_eval_ratio(eval->correct, eval->evaluated), (unsigned long long)eval->correct,
        (unsigned long long)eval->evaluated, c->compare.largest);
    if (c->seconds[0] > 0)
        ptrun_message_note(c->cli, 0, "A took %.2f s, B %.2f s", c->seconds[0], c->seconds[1]);
    int code = print_document(c);
    if (code == PTRUN_EXIT_OK && c->c->run.report) code = write_report(c);
    if (code != PTRUN_EXIT_OK) return code;
    bool agrees = ptrun_compare_agrees(&c->compare) && c->compare.largest <= c->c->max_difference;
    return agrees ? PTRUN_EXIT_OK : PTRUN_EXIT_SOME_FAILED;
}

/* Whether the file begins as records do; a model is an archive. */
static bool holds_records(const char *path)
{
    ptrun_bytes bytes;
    ptrun_error ignored = {0};
    if (ptrun_fs_map(path, &bytes, &ignored) != PTRUN_OK) return false;
    bool records = bytes.size > 0 && bytes.data[0] == '{';
    ptrun_bytes_release(&bytes);
    return records;
}

/* What the options alone cannot say; NULL where all is well. */
static const char *wrong_usage(const config *c, char **operands, int n_operands, bool records)
{
    if (n_operands < 2) return "two models or two files of records are needed";
    if (holds_records(operands[0]) != holds_records(operands[1]))
        return "records can only be compared with records";
    if (records && (n_operands > 2 || c->run.inputs.files_from)) return "records need no inputs";
    if (c->run.inputs.files_from && ptrun_str_equal(c->run.inputs.files_from, "-"))
        return "--files-from: standard input can be read only once";
    for (int i = 2; i < n_operands; i++)
        if (ptrun_str_equal(operands[i], "-")) return "-: standard input can be read only once";
    return NULL;
}

static int compare(ptrun_cli *cli, config *c, char **operands, int n_operands)
{
    comparison all = {.cli = cli, .c = c, .names = {operands[0], n_operands > 1 ? operands[1] : NULL}};
    ptrun_error err = {0};
    bool records = n_operands > 1 && holds_records(operands[0]);
    const char *wrong = wrong_usage(c, operands, n_operands, records);
    if (!wrong && !records &&
        ptrun_input_args_source(&c->run.inputs, operands + 2, n_operands - 2, &c->run.source, &err) !=
            PTRUN_OK)
        wrong = err.detail;
    if (wrong) return ptrun_message_usage(cli, ptrun_command_compare.name, "%s", wrong);
    if (ptrun_compare_open(&all.compare, EXAMPLES_KEPT, &err) != PTRUN_OK)
        return ptrun_message_failure(cli, NULL, &err);
    int code = records ? read_records(&all) : run_models(&all);
    if (code == PTRUN_EXIT_OK) code = conclude(&all);
    ptrun_compare_release(&all.compare);
    ptrun_buf_release(&all.heads[0]);
    ptrun_buf_release(&all.heads[1]);
    return code;
}

static int run(ptrun_cli *cli, int argc, char **argv)
{
    config c = {0};
    int n_operands, code;
    if (ptrun_command_begin(cli, &ptrun_command_compare, &c, argc, argv, &n_operands, &code))
        code = compare(cli, &c, argv + 1, n_operands);
    ptrun_run_args_release(&c.run);
    return code;
}

const ptrun_command ptrun_command_compare = {
    .name = "compare",
    .summary = "where two models, settings or runs disagree",
    .usage = "A B INPUT... [OPTION]...\nA.jsonl B.jsonl [OPTION]...",
    .description = "Runs two models, or one with two settings, over the same images and prints one JSON "
                   "document: how often their "
                   "best classes agree, how far scores lie apart, which images they disagree on, the time of "
                   "each. Two files of "
                   "records (classify -o) are compared without running anything.\n"
                   "Exit code 1 means that something disagreed: a best class, an image that only one could "
                   "answer, or a score by "
                   "more than --max-difference.\n",
    .groups = groups,
    .examples = examples,
    .run = run,
};
