/* ptrun inspect: what a model file is, without loading it; and with an engine, what it does. */
#include "cli/commands.h"

#include "base/error.h"
#include "base/str.h"
#include "cli/engine_args.h"
#include "cli/exit_code.h"
#include "cli/inspect_engine.h"
#include "cli/inspection.h"
#include "cli/message.h"
#include "cli/recipe_args.h"

typedef struct {
    const char *format;
    bool no_engine, code, graph, dot;
    int64_t depth;
    ptrun_recipe_args recipe;
    ptrun_engine_args engine;
} config;

static const char *format_name(size_t index)
{
    static const char *const names[] = {"table", "json"};
    return index < sizeof names / sizeof *names ? names[index] : NULL;
}

static const ptrun_option rows[] = {
    {PTRUN_OPTION_CHOICE(config, format), .name = "format", .value = "FORMAT", .choice = format_name,
     .fallback = "table",
     .help = "for people (with --verbose every tensor and record) or, whole, for programs"},
    {PTRUN_OPTION_SWITCH(config, no_engine), .name = "no-engine",
     .help = "look at the file alone: nothing in it is run"},
    {PTRUN_OPTION_SWITCH(config, code), .name = "code",
     .help = "print the program instead, as Python with all calls inlined"},
    {PTRUN_OPTION_SWITCH(config, graph), .name = "graph",
     .help = "print the engine's own listing of the program instead"},
    {PTRUN_OPTION_SWITCH(config, dot), .name = "dot",
     .help = "print the program as a picture instead: source for Graphviz, parts folded, shapes on the edges"},
    {PTRUN_OPTION_INT(config, depth), .name = "depth", .value = "N", .min = 1, .max = 1000,
     .otherwise = "as deep as can be read with ease",
     .help = "of --dot: parts within parts that are shown; what lies deeper is folded"},
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
    {"ptrun inspect model.pt", "what it is, what it needs, what it was made for"},
    {"ptrun inspect model.pt --no-engine --format json", "a file of unknown origin: nothing in it is run"},
    {"ptrun inspect model.pt --code", "the program"},
    {"ptrun inspect model.pt --dot", "the same as a picture: pipe it into dot -Tsvg"},
    {.line = NULL},
};

static int tell_problems(const ptrun_cli *cli, const ptrun_inspection *in)
{
    int code = PTRUN_EXIT_OK;
    for (size_t i = 0; i < in->n_problems; i++) {
        int one = ptrun_message_failure(cli, in->path, &in->problems[i]);
        if (code == PTRUN_EXIT_OK) code = one;
    }
    return code;
}

/* What is printed instead of the report; NULL: the report. */
static const char *text_of(const config *c)
{
    return c->code ? "code" : c->graph ? "graph" : c->dot ? "dot" : NULL;
}

static int print(const ptrun_cli *cli, const config *c, const ptrun_inspection *in, ptrun_buf *engine)
{
    ptrun_buf text = {0};
    ptrun_json_writer w = {.buf = &text};
    if (text_of(c)) {
        ptrun_buf_put(&text, engine->data, engine->length);
    } else if (ptrun_str_equal(c->format, "json")) {
        ptrun_json_begin_object(&w);
        ptrun_json_put_key(&w, "ptrun");
        ptrun_json_begin_object(&w);
        ptrun_json_put_member(&w, "version", PTRUN_VERSION);
        ptrun_json_end_object(&w);
        ptrun_inspection_put_json(&w, in);
        ptrun_json_put_key(&w, "engine");
        if (engine->length) ptrun_json_put_raw(&w, engine->data, engine->length);
        else ptrun_json_put_null(&w);
        ptrun_json_end_object(&w);
        ptrun_buf_putc(&text, '\n');
    } else {
        ptrun_inspection_put_table(&text, in, cli->general.verbose > 0);
        ptrun_buf_put(&text, engine->data, engine->length);
    }
    text.failed |= engine->failed;
    return ptrun_cli_print(cli, &text);
}

/* Only a file without a fault is given to an engine. */
static int ask_engine(const ptrun_cli *cli, const config *c, const ptrun_inspection *in, ptrun_buf *out)
{
    const ptrun_inspect_engine inspect = {.cli = cli,
                                          .args = &c->engine,
                                          .path = in->path,
                                          .file = in->file,
                                          .recipe = &in->recipe.recipe,
                                          .optional = !text_of(c),
                                          .json = ptrun_str_equal(c->format, "json"),
                                          .text = text_of(c),
                                          .depth = (int32_t)c->depth};
    return c->no_engine || in->n_problems ? PTRUN_EXIT_OK : ptrun_inspect_engine_run(&inspect, out);
}

static int inspect(const ptrun_cli *cli, const config *c, const char *path)
{
    ptrun_inspection in;
    ptrun_buf engine = {0};
    ptrun_error err = {0};
    ptrun_recipe_request request = {
        .recipe_path = c->recipe.recipe, .preset = c->recipe.preset, .require = c->recipe.require};
    int code = PTRUN_EXIT_OK;
    if (ptrun_inspection_read(&in, path, &request, &err) != PTRUN_OK) {
        code = ptrun_message_failure(cli, path, &err);
    } else {
        int asked = ask_engine(cli, c, &in, &engine);
        code = print(cli, c, &in, &engine);
        if (code == PTRUN_EXIT_OK) code = tell_problems(cli, &in);
        if (code == PTRUN_EXIT_OK) code = asked;
    }
    ptrun_buf_release(&engine);
    ptrun_inspection_release(&in);
    return code;
}

/* What the options alone cannot say; NULL where all is well. */
static const char *wrong_usage(const config *c, int n_operands)
{
    if (n_operands != 1) return "one model is needed";
    if (c->code + c->graph + c->dot > 1) return "--code, --graph and --dot exclude each other";
    if (c->no_engine && text_of(c)) return "--no-engine: --code, --graph and --dot need an engine";
    if (c->depth && !c->dot) return "--depth: it folds the picture of --dot";
    return NULL;
}

static int run(ptrun_cli *cli, int argc, char **argv)
{
    config c = {0};
    int n_operands, code;
    if (ptrun_command_begin(cli, &ptrun_command_inspect, &c, argc, argv, &n_operands, &code)) {
        const char *wrong = wrong_usage(&c, n_operands);
        code = wrong ? ptrun_message_usage(cli, ptrun_command_inspect.name, "%s", wrong)
                     : inspect(cli, &c, argv[1]);
    }
    ptrun_engine_args_release(&c.engine);
    return code;
}

const ptrun_command ptrun_command_inspect = {
    .name = "inspect",
    .summary = "what the file is, what it needs, what it was made for",
    .usage = "MODEL [OPTION]...",
    .description = "Says what a model file is, from the file alone: kind, format, digest, whether every "
                   "record is whole, tensors "
                   "by type, the signature of forward, devices that the program names, recipe, labels, "
                   "goldens. Then, unless "
                   "--no-engine is given, an engine loads it in a process of its own, runs one image of "
                   "zeros, counts its work, and lists its "
                   "operators.\n"
                   "A file of another kind is called by its name, with what to do about it. Exit code 4 "
                   "means that the model "
                   "cannot be used as it is.\n",
    .groups = groups,
    .examples = examples,
    .run = run,
};
