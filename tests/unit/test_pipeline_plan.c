#include "pipeline/plan.h"

#include "check.h"

static void expect(ptrun_plan_request request, int32_t jobs, int32_t batch, int32_t forwards, int32_t threads)
{
    ptrun_plan plan = ptrun_plan_make(&request);
    CHECK(plan.jobs == jobs);
    CHECK(plan.batch == batch);
    CHECK(plan.forwards == forwards);
    CHECK(plan.threads == threads);
}

int main(void)
{
    enum { BIG = 100 << 20, SMALL = 1 << 20 };
    ptrun_plan_request many = {.cpus = 4, .total_known = true, .total = 1000, .model_bytes = BIG, .fixed_size = true};
    ptrun_plan_request few = {.cpus = 4, .total_known = true, .total = 3, .model_bytes = BIG, .fixed_size = true};
    ptrun_plan_request request = many;
    expect(many, 4, 8, 4, 1);
    request.total_known = false, request.total = 0; /* a stream */
    expect(request, 4, 8, 4, 1);
    request.cpus = 64; /* never more forwards than that; threads make up for it */
    expect(request, 64, 8, 8, 8);
    request.cpus = 2, request.accelerator = true;
    expect(request, 2, 8, 1, 2);

    /* What the user says stands, but for what cannot be. */
    request = many, request.jobs = 2, request.batch = 32, request.threads = 3;
    expect(request, 2, 32, 1, 3);
    request.threads = 2;
    expect(request, 2, 32, 2, 2);
    request.threads = 1, request.total = 40; /* two batches */
    expect(request, 2, 32, 1, 1);
    request = few, request.jobs = 9, request.batch = 32;
    expect(request, 3, 3, 1, 4);
    request = many, request.batch = 32, request.fixed_size = false;
    expect(request, 4, 1, 4, 1);

    /* Instances that were asked for share the processors, for few images, too. */
    request = many, request.forwards = 2;
    expect(request, 4, 8, 2, 2);
    request = few, request.forwards = 2, request.threads = 1;
    expect(request, 3, 1, 2, 1);

    /* Other ways to share them; none where the user chose. */
    ptrun_split splits[PTRUN_PLAN_SPLITS];
    ptrun_plan plan = ptrun_plan_make(&many);
    CHECK(ptrun_plan_splits(&many, &plan, splits) == 3);
    CHECK(splits[0].forwards == 4 && splits[0].threads == 1 && splits[2].forwards == 1 && splits[2].threads == 4);
    request = many, request.threads = 1;
    CHECK(ptrun_plan_splits(&request, &plan, splits) == 1);
    request = many, request.forwards = 4;
    CHECK(ptrun_plan_splits(&request, &plan, splits) == 1);

    /* Few inputs, one, none. */
    expect(few, 3, 1, 1, 4);
    few.model_bytes = SMALL;
    expect(few, 3, 1, 1, 1);
    few.total = 1;
    expect(few, 1, 1, 1, 1);
    request = few, request.total = 0, request.batch = 8, request.jobs = 8;
    expect(request, 1, 1, 1, 1);
    return CHECK_DONE();
}
