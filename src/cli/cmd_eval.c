/* ptrun eval: how good a model is on labelled images. A run as of classify whose records are counted, or
 * records that were written before. */
#include "cli/commands.h"

#include "base/error.h"
#include "base/fs.h"
#include "base/str.h"
#include "cli/eval_records.h"
#include "cli/eval_truth.h"
#include "cli/exit_code.h"
#include "cli/message.h"
#include "cli/report_file.h"
#include "cli/run.h"
#include "eval/write.h"

enum { LOWEST_KEPT = 60, FAILURES_KEPT = 100 };

typedef struct {
    ptrun_run_args run;
    ptrun_eval_truth_args truth;
    const char *records, *from_records;
    bool resume, overwrite;
    double min_top1;
    int64_t mistakes;
} config;

/* One evaluation. */
typedef struct {
    ptrun_cli *cli;
    const config *c;
    const char *const *roots;
    size_t n_roots;
    ptrun_eval eval;
    ptrun_truth truth;
    ptrun_buf head; /* of the document: "ptrun":{…},"model":{…} */
} evaluation;

static const ptrun_option rows[] = {
    {PTRUN_OPTION_INT(config, run.top_k), .name = "top-k", .letter = 'k', .value = "N", .min = 1,
     .max = 1000000, .fallback = "5",
     .help = "a picture counts for topk where its class is among the N best"},
    {PTRUN_OPTION_INT(config, mistakes), .name = "mistakes", .value = "N", .min = 0, .max = 10000,
     .fallback = "100", .help = "how many of the most confident mistakes are listed"},
    {PTRUN_OPTION_REAL(config, min_top1), .name = "min-top1", .value = "X", .min = 0, .max = 1,
     .fallback = "0", .help = "end with exit code 1 where top1 is less than X"},
    {.name = NULL},
};

static const ptrun_option records_rows[] = {
    {PTRUN_OPTION_TEXT(config, records), .name = "records", .value = "FILE",
     .help = "write the records, too, as classify -o FILE does"},
    {PTRUN_OPTION_SWITCH(config, resume), .name = "resume",
     .help = "go on with the records of an interrupted run"},
    {PTRUN_OPTION_SWITCH(config, overwrite), .name = "overwrite", .help = "replace the file of records"},
    {PTRUN_OPTION_TEXT(config, from_records), .name = "from-records", .value = "FILE",
     .help = "evaluate these records (jsonl) instead of running a model; the operands are the folders"},
    {.name = NULL},
};

static const ptrun_option_group groups[] = {
    {.title = "Figures", .rows = rows},
    PTRUN_OPTION_GROUP("", ptrun_report_rows, config, run, ptrun_run_args),
    PTRUN_OPTION_GROUP("True classes", ptrun_eval_truth_rows, config, truth, ptrun_eval_truth_args),
    {.title = "Records", .rows = records_rows},
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
    {"ptrun eval model.pt test/", "a folder of folders, one for each class"},
    {"ptrun eval model.pt photos/ --truth classes.csv", "classes from a list"},
    {"ptrun eval model.pt test/ --records test.jsonl --min-top1 0.95", "keep the records; fail below 95 %"},
    {"ptrun eval model.pt test/ --report test.html", "a page with charts and the mistakes"},
    {"ptrun eval --from-records test.jsonl test/", "the same figures without the model"},
    {.line = NULL},
};

/* The model's classes are known, all of them or some: read and check the true ones. */
static bool open_truth(evaluation *e, const ptrun_recipe *known, bool complete, int *code)
{
    ptrun_error err = {0};
    if (!ptrun_eval_truth_open(e->cli, &e->c->truth, known, complete, e->roots, e->n_roots, &e->truth, code))
        return false;
    if (ptrun_eval_name_classes(&e->eval, known->labels, known->n_labels, &err) == PTRUN_OK) return true;
    *code = ptrun_message_failure(e->cli, NULL, &err);
    return false;
}

static bool begin_run(void *context, const ptrun_recipe *recipe, int *code)
{
    return open_truth(context, recipe, recipe->n_labels > 0, code);
}

static ptrun_status take_record(void *context, const ptrun_record *record, ptrun_error *err)
{
    evaluation *e = context;
    int64_t truth;
    ptrun_status status = ptrun_truth_of(&e->truth, record->path, record->path_length, &truth, err);
    return status == PTRUN_OK ? ptrun_eval_add(&e->eval, record, truth, err) : status;
}

static void take_head(void *context, const char *head, const ptrun_pipeline_counts *counts)
{
    (void)counts;
    ptrun_buf_puts(&((evaluation *)context)->head, head);
}

/* Count what was written before; the exit code. */
static int read_records(evaluation *e, const char *path)
{
    ptrun_error err = {0};
    if (ptrun_eval_records_each(e->cli, path, take_record, e, &err) == PTRUN_OK)
        return e->eval.failed ? PTRUN_EXIT_SOME_FAILED : PTRUN_EXIT_OK;
    return ptrun_message_failure(e->cli, path, &err);
}

static int run_model(evaluation *e, ptrun_run_args *args)
{
    bool to_file = e->c->records != NULL;
    ptrun_run_observer observer = {
        .context = e, .begin = begin_run, .record = to_file ? NULL : take_record, .finish = take_head};
    args->format = to_file ? "jsonl" : "null";
    args->output = to_file ? e->c->records : "-";
    args->resume = e->c->resume, args->overwrite = e->c->overwrite;
    int code = ptrun_run(e->cli, args, &observer);
    if (code > PTRUN_EXIT_SOME_FAILED || !to_file) return code;
    return read_records(e, e->c->records);
}

static int evaluate_records(evaluation *e)
{
    int code;
    bool complete;
    ptrun_recipe known = {0};
    bool opened = ptrun_eval_records_labels(e->cli, e->c->from_records, e->c->run.recipe.labels, &known,
                                            &complete, &code) &&
                  open_truth(e, &known, complete, &code);
    ptrun_recipe_release(&known);
    return opened ? read_records(e, e->c->from_records) : code;
}

static void print_summary(const evaluation *e)
{
    const ptrun_eval *eval = &e->eval;
    ptrun_interval interval = ptrun_eval_wilson(eval->correct, eval->evaluated);
    double ece;
    ptrun_message_note(
        e->cli, 0,
        "top-1 %.2f %% (95 %% interval %.2f to %.2f), top-%d %.2f %%, %llu of %llu images evaluated",
        100 * ptrun_eval_ratio(eval->correct, eval->evaluated), 100 * interval.low, 100 * interval.high,
        ptrun_eval_k(eval), 100 * ptrun_eval_ratio(eval->correct_k, eval->evaluated),
        (unsigned long long)eval->evaluated, (unsigned long long)eval->images);
    if (ptrun_eval_ece(eval, &ece)) ptrun_message_note(e->cli, 0, "expected calibration error %.4f", ece);
    if (eval->unlabelled)
        ptrun_message_warning(e->cli,
                              "not evaluated, because nothing says their true class: %llu of %llu images",
                              (unsigned long long)eval->unlabelled, (unsigned long long)eval->images);
    if (eval->unknown)
        ptrun_message_warning(
            e->cli, "not evaluated, because their true class is none of the model's: %llu of %llu images",
            (unsigned long long)eval->unknown, (unsigned long long)eval->images);
    if (ptrun_eval_k(eval) < eval->options.k)
        ptrun_message_warning(e->cli, "--top-k: no record has more than %d classes, so that is k",
                              ptrun_eval_k(eval));
    if (eval->scores_outside)
        ptrun_message_warning(e->cli, "scores are no probabilities, so there is no calibration; --activation "
                                      "says how to read the output");
}

static int print_document(evaluation *e)
{
    ptrun_buf text = {0};
    ptrun_json_writer w = {.buf = &text};
    ptrun_json_begin_object(&w);
    if (e->head.length) ptrun_json_put_raw(&w, e->head.data, e->head.length);
    ptrun_eval_write(&w, &e->eval, &e->truth);
    ptrun_json_end_object(&w);
    ptrun_buf_putc(&text, '\n');
    return ptrun_cli_print(e->cli, &text);
}

static int write_report(const evaluation *e)
{
    ptrun_buf title = {0};
    const config *c = e->c;
    ptrun_buf_puts(&title, ptrun_report_file_name(c->from_records ? c->from_records : c->run.model));
    if (e->n_roots) ptrun_buf_printf(&title, " on %s%s", e->roots[0], e->n_roots > 1 ? ", …" : "");
    int code = ptrun_report_file_write(e->cli, c->run.report, PTRUN_REPORT_EVAL, ptrun_buf_text(&title),
                                       ptrun_buf_text(&e->head), &e->eval);
    ptrun_buf_release(&title);
    return code;
}

/* Everything is counted; `code` says how counting ended. */
static int conclude(evaluation *e, int code)
{
    const ptrun_eval *eval = &e->eval;
    ptrun_error err = {0};
    ptrun_eval_finish(&e->eval);
    if (eval->evaluated == 0 && eval->failed < eval->images) {
        ptrun_fail(&err, PTRUN_TRUTH_INVALID, "no image has a true class that the model knows (of %llu)",
                   (unsigned long long)eval->images);
        return ptrun_message_failure(e->cli, e->c->truth.truth ? e->c->truth.truth : e->roots[0], &err);
    }
    print_summary(e);
    int written = print_document(e);
    if (written == PTRUN_EXIT_OK && e->c->run.report) written = write_report(e);
    if (written != PTRUN_EXIT_OK) return written;
    double top1 = ptrun_eval_ratio(eval->correct, eval->evaluated);
    if (top1 >= e->c->min_top1) return code;
    ptrun_message_note(e->cli, 0, "--min-top1: top1 is %.6f, less than %.6f", top1, e->c->min_top1);
    return PTRUN_EXIT_SOME_FAILED;
}

/* What the options alone cannot say; NULL where all is well. */
static const char *wrong_usage(const config *c, int n_operands)
{
    if (c->from_records && c->records) return "--records: there is no model to make them with --from-records";
    if (c->from_records && c->run.inputs.files_from) return "--files-from: not with --from-records";
    if (c->from_records && n_operands == 0 && !c->truth.truth)
        return "--from-records: name the folder whose folders are the classes, or --truth FILE";
    if (!c->from_records && n_operands == 0) return "a model and a folder are needed";
    if (!c->truth.truth && !c->from_records && n_operands < 2)
        return "name the folder whose folders are the classes, or --truth FILE";
    if (c->resume && c->overwrite) return "--resume and --overwrite exclude each other";
    if ((c->resume || c->overwrite) && !c->records) return "--resume and --overwrite: need --records FILE";
    return NULL;
}

static int evaluate(ptrun_cli *cli, config *c, char **operands, int n_operands)
{
    evaluation e = {.cli = cli, .c = c};
    ptrun_eval_options options = {.k = (int32_t)c->run.top_k,
                                  .n_mistakes = (size_t)c->mistakes,
                                  .n_lowest = LOWEST_KEPT,
                                  .n_failures = FAILURES_KEPT};
    ptrun_error err = {0};
    if (!c->from_records) c->run.model = *operands++, n_operands--;
    e.roots = (const char *const *)operands, e.n_roots = (size_t)n_operands;
    ptrun_status status = PTRUN_OK;
    if (!c->from_records)
        status = ptrun_input_args_source(&c->run.inputs, operands, n_operands, &c->run.source, &err);
    if (status != PTRUN_OK) return ptrun_message_usage(cli, ptrun_command_eval.name, "%s", err.detail);
    if (ptrun_eval_open(&e.eval, &options, &err) != PTRUN_OK) return ptrun_message_failure(cli, NULL, &err);
    int code = c->from_records ? evaluate_records(&e) : run_model(&e, &c->run);
    if (code <= PTRUN_EXIT_SOME_FAILED) code = conclude(&e, code);
    ptrun_eval_release(&e.eval);
    ptrun_truth_release(&e.truth);
    ptrun_buf_release(&e.head);
    return code;
}

static int run(ptrun_cli *cli, int argc, char **argv)
{
    config c = {0};
    int n_operands, code;
    if (ptrun_command_begin(cli, &ptrun_command_eval, &c, argc, argv, &n_operands, &code)) {
        const char *wrong = wrong_usage(&c, n_operands);
        code = wrong ? ptrun_message_usage(cli, ptrun_command_eval.name, "%s", wrong)
                     : evaluate(cli, &c, argv + 1, n_operands);
    }
    ptrun_run_args_release(&c.run);
    return code;
}

const ptrun_command ptrun_command_eval = {
    .name = "eval",
    .summary = "accuracy on labelled images",
    .usage = "MODEL FOLDER... [OPTION]...\nMODEL INPUT... --truth FILE [OPTION]...\n--from-records FILE "
             "FOLDER... [OPTION]...",
    .description = "Runs the model on labelled images and prints one JSON document: top-1 and top-k accuracy "
                   "with 95 % intervals, "
                   "precision, recall and F1 of each class, the confusion matrix, calibration, the most "
                   "confident mistakes.\n"
                   "A picture's true class is the first folder below FOLDER, or what --truth says. Its name "
                   "is looked up in --map, "
                   "then among the model's labels, then read as an index. Pictures without a class of the "
                   "model are counted and not "
                   "evaluated. Exit code 1 means that images failed, or that top1 is less than --min-top1.\n",
    .groups = groups,
    .examples = examples,
    .run = run,
};
