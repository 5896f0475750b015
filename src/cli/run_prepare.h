/* How the model of a run is prepared: as the user or an interrupted run says; else as it was measured to be the fastest,
 * now or by an earlier run; else as it was saved. */
#ifndef PTRUN_CLI_RUN_PREPARE_H
#define PTRUN_CLI_RUN_PREPARE_H

#include "cli/cli.h"
#include "cli/run_args.h"
#include "output/manifest.h"
#include "pipeline/pipeline.h"

/* So many images are worth preparing for, if only once. */
enum { PTRUN_LONG_RUN = 256 };

/* Everything is borrowed. */
typedef struct ptrun_prepare_request {
    const ptrun_cli *cli;
    const ptrun_run_args *args;
    const ptrun_model_file *file;
    const ptrun_recipe *recipe;
    const ptrun_plan_request *plan_request;
    const ptrun_plan *plan;
    const ptrun_manifest *resumed; /* of the interrupted run; NULL: none */
    const ptrun_loaded *loaded;    /* with ptrun_run_open_as() and the plan's threads */
    bool one_by_one;               /* the program combines the images of a batch */
} ptrun_prepare_request;

typedef struct ptrun_prepared {
    ptrun_preparation is;
    const char *by;             /* "measurement", "option", "default"; lives as long as the request */
    ptrun_engine_model *model;  /* what runs; `owned` or that of the request */
    ptrun_engine_model *owned;
    ptrun_engine_model *as_loaded; /* where `model` was compiled for one shape: the one that takes any; else NULL */
    ptrun_agreement agreement;  /* of a precision other than fp32 with fp32, on the run's first images; rows 0: unknown */
} ptrun_prepared;

/* What `optimize` the model is opened with: variants are prepared later, when their input is known. */
const char *ptrun_run_open_as(const char *optimize);

/* Decide and prepare; waits for the pipeline's first batch where that is needed. Crashes of what is
 * only tried are remembered and the run starts again without it. What the model makes of its input is left to the run; a
 * failure is that of a preparation that had to be: ENGINE_FAILED, OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_run_prepare(ptrun_prepared *out, const ptrun_prepare_request *request,
                                              ptrun_pipeline *pipeline, ptrun_error *err);

/* Before the request's model is closed. Accepts the zero value. */
void ptrun_prepared_close(ptrun_prepared *prepared, const ptrun_loaded *loaded);

#endif
