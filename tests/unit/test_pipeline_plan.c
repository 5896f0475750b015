#include "pipeline/plan.h"

#include "check.h"

static void expect(ptrun_plan_request request, int32_t jobs, int32_t batch, int32_t threads)
{
    ptrun_plan plan = ptrun_plan_make(&request);
    CHECK(plan.jobs == jobs);
    CHECK(plan.batch == batch);
    CHECK(plan.threads == threads);
}

int main(void)
{
    enum { BIG = 100 << 20, SMALL = 1 << 20 };
    expect((ptrun_plan_request){.cpus = 4, .total_known = true, .total = 1000, .model_bytes = BIG, .fixed_size = true}, 4, 8, 4);
    expect((ptrun_plan_request){.cpus = 4, .model_bytes = SMALL, .fixed_size = true}, 4, 8, 1); /* a stream */
    /* What the user says stands, but for what cannot be. */
    expect((ptrun_plan_request){.cpus = 4, .jobs = 2, .batch = 32, .threads = 3, .total_known = true, .total = 1000, .fixed_size = true}, 2,
           32, 3);
    expect((ptrun_plan_request){.cpus = 4, .jobs = 9, .batch = 32, .total_known = true, .total = 5, .model_bytes = BIG, .fixed_size = true},
           5, 5, 4);
    expect((ptrun_plan_request){.cpus = 4, .batch = 32, .total_known = true, .total = 1000, .model_bytes = BIG}, 4, 1, 4);
    /* Few inputs, one, none. */
    expect((ptrun_plan_request){.cpus = 4, .total_known = true, .total = 3, .model_bytes = BIG, .fixed_size = true}, 3, 1, 4);
    expect((ptrun_plan_request){.cpus = 1, .total_known = true, .total = 0, .batch = 8, .jobs = 8, .model_bytes = BIG, .fixed_size = true}, 1,
           1, 1);
    return CHECK_DONE();
}
