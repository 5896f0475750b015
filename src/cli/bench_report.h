/* What bench found, for people and for programs. */
#ifndef PTRUN_CLI_BENCH_REPORT_H
#define PTRUN_CLI_BENCH_REPORT_H

#include "bench/write.h"
#include "cli/engine_args.h"
#include "cli/recipe_args.h"

/* Everything that was opened and measured; borrowed. */
typedef struct ptrun_bench_report {
    const char *model;
    const ptrun_model_file *file;
    const ptrun_recipe_in_force *recipe;
    const ptrun_engine_args *engine;
    const ptrun_engine_info *engine_info;
    const ptrun_bench_images *images;
    const ptrun_bench_limits *limits;
    const ptrun_bench_entry *entries; /* those that were run */
    size_t n_entries;
    int64_t load, first_image; /* nanoseconds */
    bool interrupted;
} ptrun_bench_report;

/* One JSON document and a newline. */
void ptrun_bench_report_json(ptrun_buf *out, const ptrun_bench_report *report);

/* What ran, a table a configuration, and one of all configurations where there are several. */
void ptrun_bench_report_table(ptrun_buf *out, const ptrun_bench_report *report, bool color);

#endif
