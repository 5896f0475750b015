/* The part of inspect that needs an engine. It runs in a process of its own: a file that ends LibTorch by a
 * signal, or stalls it, must not end the report. */
#ifndef PTRUN_CLI_INSPECT_ENGINE_H
#define PTRUN_CLI_INSPECT_ENGINE_H

#include "cli/cli.h"
#include "cli/engine_args.h"

typedef struct ptrun_inspect_engine {
    const ptrun_cli *cli;
    const ptrun_engine_args *args;
    const char *path;
    const ptrun_model_file *file;
    const ptrun_recipe *recipe;
    bool optional;    /* an engine that is not there is no failure */
    bool json;        /* else lines of the table */
    const char *text; /* "code", "graph", "dot": only this text; NULL: what the engine found */
    int32_t depth;    /* of the folding of "dot"; 0: planned */
} ptrun_inspect_engine;

/* Load the model, run one forward of zeros, ask for operators; what that gives goes to `out`: lines of the
 * table, the JSON of an object, or the text that was asked for. The exit code; the user has been told of a
 * failure. */
int ptrun_inspect_engine_run(const ptrun_inspect_engine *inspect, ptrun_buf *out);

#endif
