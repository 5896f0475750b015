/* What every command that runs a model over inputs is told, and the options that are the same in all of them.
 */
#ifndef PTRUN_CLI_RUN_ARGS_H
#define PTRUN_CLI_RUN_ARGS_H

#include "cli/engine_args.h"
#include "cli/input_args.h"
#include "cli/options.h"
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
    int64_t jobs, batch, instances, batch_wait; /* 0: planned; milliseconds */
    int64_t max_pixels;
    bool fail_fast;
    int64_t max_errors; /* 0: never */
    const char *progress;
    const char *report; /* NULL: none */
} ptrun_run_args;

/* Jobs, batches, limits, when to stop, progress. */
extern const ptrun_option ptrun_run_rows[];

/* --report, for commands that can write one. */
extern const ptrun_option ptrun_report_rows[];

/* Accepts the zero value. */
void ptrun_run_args_release(ptrun_run_args *args);

#endif
