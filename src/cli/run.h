/* One run of a model over inputs: everything between the parsed options and the exit code. */
#ifndef PTRUN_CLI_RUN_H
#define PTRUN_CLI_RUN_H

#include "cli/cli.h"
#include "cli/run_args.h"
#include "pipeline/pipeline.h"

/* What a command sees of its run beside the exit code. Members that are NULL are not called. */
typedef struct ptrun_run_observer {
    void *context;

    /* The model's file and the recipe are known; nothing has been prepared or written. False ends the run
     * with *code; the user has been told. */
    bool (*begin)(void *context, const ptrun_recipe *recipe, int *code);

    /* Each record of this run in order, before it is written; those of an interrupted run that is gone on
     * with are not among them. A failure ends the run. */
    ptrun_status (*record)(void *context, const ptrun_record *record, ptrun_error *err);

    /* All records are written. `head` is the members "ptrun":{…},"model":{…}. Not called after a failure, nor
     * where there was nothing to do. */
    void (*finish)(void *context, const char *head, const ptrun_pipeline_counts *counts);
} ptrun_run_observer;

/* The exit code; the user has been told of every failure. `observer` may be NULL. */
int ptrun_run(ptrun_cli *cli, const ptrun_run_args *args, const ptrun_run_observer *observer);

#endif
