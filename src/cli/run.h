/* One run of a model over inputs: everything between the parsed options and the exit code. */
#ifndef PTRUN_CLI_RUN_H
#define PTRUN_CLI_RUN_H

#include "cli/cli.h"
#include "cli/engine_args.h"
#include "cli/input_args.h"
#include "cli/recipe_args.h"

typedef struct ptrun_run_args {
    const char *model;
    ptrun_source_options source; /* made of `inputs` and the operands */
    ptrun_input_args inputs;
    ptrun_recipe_args recipe;
    ptrun_engine_args engine;
    int64_t top_k;
    const char *format, *output;
    bool resume, overwrite, logits;
    bool print_recipe;
    int64_t jobs, batch, batch_wait; /* 0: planned; milliseconds */
    int64_t max_pixels;
    bool fail_fast;
    int64_t max_errors; /* 0: never */
    const char *progress;
} ptrun_run_args;

/* The exit code; the user has been told of every failure. */
int ptrun_run(ptrun_cli *cli, const ptrun_run_args *args);

#endif
