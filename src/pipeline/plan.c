#include "pipeline/plan.h"

enum {
    BATCH = 8,             /* beyond it small models gain nothing, large ones lose cache */
    WORTH_BATCHING = 32,   /* fewer inputs than this are done before batching pays */
    MOST_FORWARDS = 8,     /* side by side: each has its own activations */
    SMALL_MODEL = 4 << 20, /* bytes: its layers are too small to share between threads */
};

static int32_t at_least_1(int32_t n)
{
    return n > 1 ? n : 1;
}

static int32_t at_most(int32_t n, uint64_t limit)
{
    return limit < (uint64_t)n ? at_least_1((int32_t)limit) : n;
}

/* Many images: forwards of few threads side by side, which never wait for each other. Few: one forward, as fast as it
 * can be. */
static void share_processors(ptrun_plan *plan, const ptrun_plan_request *request, bool many)
{
    bool alone = !many || request->accelerator;
    bool small = request->model_bytes < SMALL_MODEL;
    plan->threads = request->threads;
    if (!plan->threads && request->forwards) plan->threads = at_least_1(request->cpus / request->forwards);
    if (!plan->threads && alone) plan->threads = small ? 1 : request->cpus;
    if (!plan->threads) plan->threads = at_least_1(request->cpus / MOST_FORWARDS);
    plan->forwards = request->forwards ? request->forwards
                     : alone           ? 1 : at_most(at_least_1(request->cpus / plan->threads), MOST_FORWARDS);
}

ptrun_plan ptrun_plan_make(const ptrun_plan_request *request)
{
    bool many = !request->total_known || request->total >= WORTH_BATCHING;
    uint64_t total = request->total_known ? request->total : UINT64_MAX;
    ptrun_plan plan = {.jobs = request->jobs ? request->jobs : request->cpus,
                       .batch = request->batch ? request->batch : many ? BATCH : 1};
    share_processors(&plan, request, many);
    if (!request->fixed_size) plan.batch = 1;
    plan.batch = at_most(plan.batch, total);
    plan.jobs = at_most(plan.jobs, total);
    plan.forwards = at_most(plan.forwards, total / (uint64_t)plan.batch);
    return plan;
}

size_t ptrun_plan_splits(const ptrun_plan_request *request, const ptrun_plan *plan, ptrun_split out[PTRUN_PLAN_SPLITS])
{
    size_t count = 0;
    bool settled = request->forwards || request->threads || request->accelerator;
    out[count++] = (ptrun_split){plan->forwards, plan->threads};
    for (int32_t n = plan->forwards / 2; n > 0 && !settled && count < PTRUN_PLAN_SPLITS; n /= 2)
        out[count++] = (ptrun_split){n, at_least_1(request->cpus / n)};
    return count;
}
