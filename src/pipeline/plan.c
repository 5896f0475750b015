#include "pipeline/plan.h"

enum {
    BATCH = 8,              /* beyond it small models gain nothing, large ones lose cache */
    WORTH_BATCHING = 32,    /* fewer inputs than this are done before batching pays */
    SMALL_MODEL = 4 << 20,  /* bytes: its layers are too small to share between threads */
};

ptrun_plan ptrun_plan_make(const ptrun_plan_request *request)
{
    bool many = !request->total_known || request->total >= WORTH_BATCHING;
    bool small = request->model_bytes < SMALL_MODEL;
    ptrun_plan plan = {
        .jobs = request->jobs ? request->jobs : request->cpus,
        .batch = request->batch ? request->batch : many ? BATCH : 1,
        .threads = request->threads ? request->threads : small ? 1 : request->cpus,
    };
    if (!request->fixed_size) plan.batch = 1;
    if (request->total_known && request->total < (uint64_t)plan.batch)
        plan.batch = request->total ? (int32_t)request->total : 1;
    if (request->total_known && request->total < (uint64_t)plan.jobs)
        plan.jobs = request->total ? (int32_t)request->total : 1;
    return plan;
}
