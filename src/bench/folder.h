/* The pipeline of classify, measured in full swing. */
#ifndef PTRUN_BENCH_FOLDER_H
#define PTRUN_BENCH_FOLDER_H

#include "bench/measure.h"

/* Run the images again and again through a pipeline with `plan`. `as_loaded`: where `model` was compiled for the plan's
 * batch, the one that takes any; else NULL. `image_ns` is about what one image costs at least, from which follows how many
 * are needed. LIST_UNREADABLE (a name has gone), OUT_OF_MEMORY, INFERENCE_FAILED (no image gave a result). */
PTRUN_MUST_USE ptrun_status ptrun_bench_folder_measure(ptrun_bench_folder *out, const ptrun_bench *bench,
                                                       const ptrun_plan *plan, const ptrun_engine_api *engine,
                                                       ptrun_engine_model *model, ptrun_engine_model *as_loaded,
                                                       int64_t image_ns, ptrun_error *err);

/* The figures from `ends`, the times at which the batches of `plan` were done; the first `warm_up` of them are when the
 * workers had a start. Forwards side by side end together, so that only whole rounds of them can be counted. */
void ptrun_bench_folder_rate(ptrun_bench_folder *out, const ptrun_samples *ends, size_t warm_up, const ptrun_plan *plan);

#endif
