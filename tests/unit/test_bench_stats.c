#include "check.h"
#include "bench/folder.h"
#include "bench/stats.h"

#include <math.h>

static ptrun_stats stats_of(const double *ms, size_t count)
{
    ptrun_samples samples = {0};
    ptrun_stats stats = {0};
    for (size_t i = 0; i < count; i++) ptrun_samples_add(&samples, (int64_t)(ms[i] * 1e6));
    CHECK(samples.count == count && ptrun_stats_make(&stats, &samples));
    ptrun_samples_release(&samples);
    return stats;
}
#define STATS(...) stats_of((const double[]){__VA_ARGS__}, sizeof((const double[]){__VA_ARGS__}) / sizeof(double))

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-9;
}

static void check_nothing_and_one(void)
{
    ptrun_samples none = {0};
    ptrun_stats stats;
    CHECK(ptrun_stats_make(&stats, &none) && stats.count == 0 && stats.median == 0 && stats.p99 == 0);
    stats = STATS(2.5);
    CHECK(stats.count == 1 && stats.min == 2.5 && stats.median == 2.5 && stats.p99 == 2.5 && stats.max == 2.5);
    CHECK(stats.mean == 2.5 && stats.spread == 0 && stats.drift == 0 && stats.stability == PTRUN_UNSTABLE_FEW);
}

/* numpy.percentile([5, 1, 4, 2, 3], [50, 90, 99]) = [3, 4.6, 4.96] */
static void check_percentiles(void)
{
    ptrun_stats stats = STATS(5, 1, 4, 2, 3);
    CHECK(stats.min == 1 && stats.max == 5 && stats.median == 3 && near(stats.mean, 3));
    CHECK(near(stats.p90, 4.6) && near(stats.p99, 4.96));
    CHECK(near(stats.spread, 1.4826 * 1 / 3)); /* distances 2 2 1 1 0 */
    stats = STATS(1, 2, 3, 10);
    CHECK(near(stats.median, 2.5) && near(stats.p90, 7.9)); /* numpy.percentile: 2.5, 7.9 */
    CHECK(near(stats.drift, 6.5 / 1.5 - 1));
    stats = STATS(1, 1, 100, 3, 3); /* the middle sample belongs to neither half */
    CHECK(near(stats.drift, 2));
}

static void check_stability(void)
{
    CHECK(STATS(1, 1, 1, 1, 1, 1, 1, 1, 1).stability == PTRUN_UNSTABLE_FEW);
    CHECK(STATS(1, 1, 1, 1, 1, 1, 1, 1, 1, 1).stability == PTRUN_STABLE);
    CHECK(STATS(1, 1, 1, 1, 90, 1, 1, 1, 1, 1).stability == PTRUN_STABLE); /* one slow sample is none of ours */
    CHECK(STATS(1, 1.2, 1, 1.2, 1, 1.2, 1, 1.2, 1, 1.2).stability == PTRUN_UNSTABLE_SPREAD);
    CHECK(STATS(1, 1, 1, 1, 1, 1.06, 1.06, 1.06, 1.06, 1.06).stability == PTRUN_UNSTABLE_DRIFT);
    CHECK(STATS(1.06, 1.06, 1.06, 1.06, 1.06, 1, 1, 1, 1, 1).stability == PTRUN_UNSTABLE_DRIFT);
    CHECK(STATS(1, 1, 1, 1, 1, 1.04, 1.04, 1.04, 1.04, 1.04).stability == PTRUN_STABLE);
    CHECK(STATS(0, 0, 0, 0, 0, 0, 0, 0, 0, 0).stability == PTRUN_STABLE); /* below the clock's resolution */
    CHECK_TEXT(ptrun_stability_word(PTRUN_STABLE), "stable");
    CHECK_TEXT(ptrun_stability_word(PTRUN_UNSTABLE_FEW), "few");
    CHECK_TEXT(ptrun_stability_word(PTRUN_UNSTABLE_SPREAD), "spread");
    CHECK_TEXT(ptrun_stability_word(PTRUN_UNSTABLE_DRIFT), "drift");
}

static void check_many(void)
{
    ptrun_samples samples = {0};
    ptrun_stats stats;
    for (int64_t i = 0; i <= 100000; i++) ptrun_samples_add(&samples, (i * 7919 % 100001) * 1000); /* each once */
    CHECK(ptrun_stats_make(&stats, &samples) && stats.count == 100001);
    CHECK(stats.min == 0 && near(stats.median, 50) && near(stats.p90, 90) && near(stats.p99, 99) && stats.max == 100);
    ptrun_samples_clear(&samples);
    CHECK(ptrun_stats_make(&stats, &samples) && stats.count == 0);
    ptrun_samples_add(&samples, 1000000);
    CHECK(ptrun_stats_make(&stats, &samples) && stats.median == 1);
    samples.failed = true;
    CHECK(!ptrun_stats_make(&stats, &samples));
    ptrun_samples_release(&samples);
}

/* Batches of 4 that end at these milliseconds. */
static ptrun_bench_folder rate_of(const int64_t *ms, size_t count, size_t warm_up, int32_t forwards)
{
    const ptrun_plan plan = {.batch = 4, .forwards = forwards};
    ptrun_samples ends = {0};
    ptrun_bench_folder folder;
    for (size_t i = 0; i < count; i++) ptrun_samples_add(&ends, ms[i] * 1000000);
    ptrun_bench_folder_rate(&folder, &ends, warm_up, &plan);
    ptrun_samples_release(&ends);
    return folder;
}

static void check_rates(void)
{
    const int64_t even[] = {0, 1, 2, 100, 200, 300, 400}, slower[] = {0, 100, 200, 300, 500, 700, 900};
    ptrun_bench_folder folder = rate_of(even, 7, 3, 1); /* the first three had a start */
    CHECK(folder.rounds == 3 && folder.images == 12 && near(folder.seconds, 0.3));
    CHECK(near(folder.images_per_second, 40) && near(folder.drift, 0) && folder.stability == PTRUN_UNSTABLE_FEW);
    folder = rate_of(slower, 7, 0, 1);
    CHECK(near(folder.images_per_second, 24 / 0.9) && near(folder.drift, -0.5));
    CHECK(rate_of(even, 4, 3, 1).rounds == 0 && rate_of(even, 0, 3, 1).images_per_second == 0); /* nothing behind it */
    const int64_t pairs[] = {0, 1, 100, 101, 200, 201, 300, 301}; /* two side by side: rounds of 100 ms */
    folder = rate_of(pairs, 8, 1, 2);
    CHECK(folder.rounds == 3 && folder.images == 24 && near(folder.images_per_second, 80) && near(folder.drift, 0));
    folder = rate_of(pairs, 8, 0, 2);
    CHECK(folder.rounds == 3 && near(folder.images_per_second, 80));
    int64_t long_run[30], later[30];
    for (int64_t i = 0; i < 30; i++) long_run[i] = i * 10, later[i] = i < 15 ? i * 10 : 140 + (i - 14) * 20;
    CHECK(rate_of(long_run, 30, 5, 1).stability == PTRUN_STABLE);
    CHECK(rate_of(later, 30, 0, 1).stability == PTRUN_UNSTABLE_DRIFT);
}

static void check_wants(void)
{
    const ptrun_bench_limits second = {.duration = 1000}, five = {.duration = 1000, .iterations = 5};
    CHECK(ptrun_bench_wants(&second, 0, 0) && ptrun_bench_wants(&second, 2, 9999)); /* three in any case */
    CHECK(ptrun_bench_wants(&second, 9, 2999) && !ptrun_bench_wants(&second, 9, 3000));
    CHECK(!ptrun_bench_wants(&second, 10, 1000) && ptrun_bench_wants(&second, 5000, 999));
    CHECK(ptrun_bench_wants(&five, 4, 1000000) && !ptrun_bench_wants(&five, 5, 0));
}

int main(void)
{
    check_wants();
    check_nothing_and_one();
    check_percentiles();
    check_stability();
    check_many();
    check_rates();
    return CHECK_DONE();
}
