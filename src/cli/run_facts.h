/* What a run says about itself: the head and tail of a JSON document, the manifest beside an output, the summary
 * for people. */
#ifndef PTRUN_CLI_RUN_FACTS_H
#define PTRUN_CLI_RUN_FACTS_H

#include "cli/run.h"
#include "cli/run_prepare.h"
#include "json/write.h"
#include "output/manifest.h"
#include "pipeline/pipeline.h"

/* What is known once the model is loaded; everything is borrowed. */
typedef struct ptrun_run_facts {
    const ptrun_run_args *args;
    const char *sha256; /* of the model */
    const ptrun_recipe_in_force *recipe;
    const ptrun_loaded *loaded;
    const ptrun_plan *plan;
    const ptrun_prepared *prepared;
} ptrun_run_facts;

/* "ptrun":{…},"model":{…} */
void ptrun_run_put_head(ptrun_buf *out, const ptrun_run_facts *facts);

/* "summary":{…}. Times are left out: the same command gives the same bytes. The first `resumed` inputs, of which
 * `resumed_failed` failed, were done by an earlier run. */
void ptrun_run_put_tail(ptrun_buf *out, const ptrun_pipeline_counts *counts, uint64_t resumed, uint64_t resumed_failed,
                        bool complete);

/* The facts that must be the same for a run to be gone on with, into the manifest; their texts are appended to
 * `texts`, which must stay as it is while the manifest is used. `inputs` is the source's digest or "streamed". */
void ptrun_run_put_manifest(ptrun_manifest *manifest, ptrun_buf *texts, const ptrun_run_args *args, const char *sha256,
                            const ptrun_recipe *recipe, const char *inputs);

/* One line or two for people: images, ok, failed by code, seconds, images per second; with --verbose the stages. */
void ptrun_run_print_summary(const ptrun_cli *cli, const ptrun_pipeline_counts *counts, uint64_t resumed,
                             const ptrun_source_skipped *skipped);

#endif
