/* Time by operator, as the engine tells it, averaged over several forwards. */
#ifndef PTRUN_BENCH_PROFILE_H
#define PTRUN_BENCH_PROFILE_H

#include "ptrun/engine.h"

#include <stddef.h>

typedef struct ptrun_bench_operator {
    char *name; /* owned */
    double count, total, self; /* a forward: how often; milliseconds with and without the operators that it calls */
} ptrun_bench_operator;

/* The zero value is none. */
typedef struct ptrun_bench_profile {
    int32_t forwards;
    double forward; /* milliseconds of one, measuring included */
    ptrun_bench_operator *items; /* most expensive (self) first; owned */
    size_t count;
} ptrun_bench_profile;

/* Profile `forwards` forwards of `input`. ENGINE_FAILED where the engine cannot, or tells something else than
 * include/ptrun/engine.h promises; statuses of its run(); OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_bench_profile_make(ptrun_bench_profile *out, const ptrun_engine_api *engine,
                                                     ptrun_engine_model *model, const ptrun_tensor *input,
                                                     int32_t forwards, ptrun_error *err);

/* Accepts the zero value; zero afterwards. */
void ptrun_bench_profile_release(ptrun_bench_profile *profile);

#endif
