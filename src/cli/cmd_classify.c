/* ptrun classify: models and images to records. Parses, then hands over to run.c. */
#include "cli/commands.h"
#include "cli/exit_code.h"
#include "cli/eval_records.h"
#include "cli/message.h"
#include "cli/report_file.h"
#include "cli/run.h"
#include "output/writer.h"

#include "base/error.h"
#include "base/str.h"

static const char *writer_name(size_t index)
{
    const ptrun_writer *writer = ptrun_writer_at(index);
    return writer ? writer->name : NULL;
}

static const ptrun_option output_rows[] = {
    {PTRUN_OPTION_INT(ptrun_run_args, top_k), .name = "top-k", .letter = 'k', .value = "N", .min = 1, .max = 1000000,
     .fallback = "5", .help = "how many classes; all where there are fewer"},
    {PTRUN_OPTION_CHOICE(ptrun_run_args, format), .name = "format", .value = "FORMAT", .choice = writer_name,
     .fallback = "jsonl",
     .help = "jsonl: one JSON record a line; json: one document; csv: a row for each class (RFC 4180); table: aligned, "
             "for people; null: nothing, for measuring"},
    {PTRUN_OPTION_TEXT(ptrun_run_args, output), .name = "output", .letter = 'o', .value = "FILE", .fallback = "-",
     .help = "where records go; - is standard output. A file that exists is refused without --resume or --overwrite"},
    {PTRUN_OPTION_SWITCH(ptrun_run_args, resume), .name = "resume",
     .help = "go on with the output file of an interrupted run; a new run where there is none"},
    {PTRUN_OPTION_SWITCH(ptrun_run_args, overwrite), .name = "overwrite", .help = "replace the output file"},
    {PTRUN_OPTION_SWITCH(ptrun_run_args, logits), .name = "logits", .help = "add the raw output vector to each record"},
    {.name = NULL},
};

static const ptrun_option recipe_more_rows[] = {
    {PTRUN_OPTION_SWITCH(ptrun_run_args, print_recipe), .name = "print-recipe",
     .help = "print the recipe that would be used and where each key came from, and end"},
    {.name = NULL},
};

static const ptrun_option_group groups[] = {
    {.title = "Output", .rows = output_rows},
    {.title = "", .rows = ptrun_report_rows},
    PTRUN_OPTION_GROUP("Inputs", ptrun_input_rows, ptrun_run_args, inputs, ptrun_input_args),
    PTRUN_OPTION_GROUP("Recipe", ptrun_recipe_rows, ptrun_run_args, recipe, ptrun_recipe_args),
    PTRUN_OPTION_GROUP("", ptrun_select_rows, ptrun_run_args, recipe, ptrun_recipe_args),
    PTRUN_OPTION_GROUP("", ptrun_scoring_rows, ptrun_run_args, recipe, ptrun_recipe_args),
    {.title = "", .rows = recipe_more_rows},
    PTRUN_OPTION_GROUP("Engine", ptrun_engine_rows, ptrun_run_args, engine, ptrun_engine_args),
    PTRUN_OPTION_GROUP("", ptrun_engine_threads_rows, ptrun_run_args, engine, ptrun_engine_args),
    {.title = "Run", .rows = ptrun_run_rows},
    {.title = NULL},
};

static const ptrun_example examples[] = {
    {"ptrun classify model.pt cat.jpg", "the five best classes of one image"},
    {"ptrun classify model.pt photos/ -o photos.jsonl", "a whole folder, one record for each image"},
    {"ptrun classify model.pt photos/ -o photos.jsonl --resume", "go on after an interruption"},
    {"find . -name '*.jpg' -print0 | ptrun classify model.pt --files-from - --null", "a list as it comes"},
    {"ptrun classify model.pt photos/ --report photos.html", "records, and a page with charts and pictures"},
    {"ptrun classify model.pt - < cat.jpg", "the bytes of one image on standard input"},
    {"ptrun classify model.pt cat.jpg --format table -k 3", "for people"},
    {.line = NULL},
};

/* What the options alone cannot say together. */
static ptrun_status check_args(const ptrun_run_args *args, ptrun_error *err)
{
    bool to_file = !(args->output[0] == '-' && !args->output[1]);
    if (args->resume && args->overwrite) return ptrun_fail(err, PTRUN_USAGE, "--resume and --overwrite exclude each other");
    if (args->resume && !to_file) return ptrun_fail(err, PTRUN_USAGE, "--resume: needs an output file (-o FILE)");
    if (args->resume && !ptrun_writer_find(args->format)->resumable)
        return ptrun_fail(err, PTRUN_USAGE, "--resume: not with --format %s; jsonl and csv can be gone on with", args->format);
    if (args->resume && args->report && !ptrun_str_equal(args->format, "jsonl"))
        return ptrun_fail(err, PTRUN_USAGE, "--report: with --resume only for --format jsonl");
    return PTRUN_OK;
}

/* What the page is made of. */
typedef struct {
    ptrun_eval eval;
    ptrun_buf head;
} watch;

static ptrun_status watch_record(void *context, const ptrun_record *record, ptrun_error *err)
{
    return ptrun_eval_add(&((watch *)context)->eval, record, PTRUN_TRUTH_NONE, err);
}

static void watch_end(void *context, const char *head, const ptrun_pipeline_counts *counts)
{
    (void)counts;
    ptrun_buf_puts(&((watch *)context)->head, head);
}

static int write_report(const ptrun_cli *cli, const ptrun_run_args *args, watch *w)
{
    ptrun_error err = {0};
    if (args->resume && ptrun_eval_records_each(cli, args->output, watch_record, w, &err) != PTRUN_OK)
        return ptrun_message_failure(cli, args->output, &err);
    ptrun_eval_finish(&w->eval);
    return ptrun_report_file_write(cli, args->report, PTRUN_REPORT_CLASSIFY, ptrun_report_file_name(args->model),
                                   ptrun_buf_text(&w->head), &w->eval);
}

/* The run, and the page about it where one is wanted. Where a run is gone on with, the page is about all of it. */
static int classify(ptrun_cli *cli, const ptrun_run_args *args)
{
    static const ptrun_eval_options options = {.k = 1, .n_lowest = PTRUN_REPORT_CARDS,
                                               .n_failures = PTRUN_REPORT_FAILURES};
    watch w = {0};
    ptrun_error err = {0};
    ptrun_run_observer observer = {.context = &w, .record = args->resume ? NULL : watch_record, .finish = watch_end};
    if (!args->report) return ptrun_run(cli, args, NULL);
    if (ptrun_eval_open(&w.eval, &options, &err) != PTRUN_OK) return ptrun_message_failure(cli, NULL, &err);
    int code = ptrun_run(cli, args, &observer);
    int written = code <= PTRUN_EXIT_SOME_FAILED ? write_report(cli, args, &w) : PTRUN_EXIT_OK;
    ptrun_eval_release(&w.eval);
    ptrun_buf_release(&w.head);
    return written == PTRUN_EXIT_OK ? code : written;
}

static int run(ptrun_cli *cli, int argc, char **argv)
{
    ptrun_run_args args = {0};
    int n_operands, code;
    if (ptrun_command_begin(cli, &ptrun_command_classify, &args, argc, argv, &n_operands, &code)) {
        ptrun_error err = {0};
        ptrun_status status = PTRUN_OK;
        if (n_operands == 0) status = ptrun_fail(&err, PTRUN_USAGE, "a model and at least one image are needed");
        if (status == PTRUN_OK) status = check_args(&args, &err);
        if (status == PTRUN_OK && !args.print_recipe)
            status = ptrun_input_args_source(&args.inputs, argv + 2, n_operands - 1, &args.source, &err);
        args.model = argv[1];
        code = status == PTRUN_OK ? classify(cli, &args)
                                  : ptrun_message_usage(cli, ptrun_command_classify.name, "%s", err.detail);
    }
    ptrun_run_args_release(&args);
    return code;
}

const ptrun_command ptrun_command_classify = {
    .name = "classify",
    .summary = "top-k classes as JSON, one record for each input",
    .usage = "MODEL INPUT... [OPTION]...\nMODEL --files-from FILE [OPTION]...",
    .description =
        "Runs a TorchScript image classifier on images and prints the best classes of each, with the pixels, the tensor "
        "and the logits that Python would have.\n"
        "INPUT is an image file (its format is found by content), a folder (walked recursively in byte order), or - for "
        "one image on standard input. Every input gets one record, in order, whatever happens to it.\n",
    .groups = groups,
    .examples = examples,
    .run = run,
};
