/* Times as they were taken, what is said about them, and whether they may be believed. */
#ifndef PTRUN_BENCH_STATS_H
#define PTRUN_BENCH_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Nanoseconds in the order in which they were taken. The zero value is empty. Failure is sticky: once memory ran out,
 * `failed` is set and nothing is added. */
typedef struct ptrun_samples {
    int64_t *items; /* owned */
    size_t count, capacity;
    bool failed;
} ptrun_samples;

void ptrun_samples_add(ptrun_samples *samples, int64_t nanoseconds);

/* Forget what was taken, keep the memory. */
void ptrun_samples_clear(ptrun_samples *samples);

/* Accepts the zero value; zero afterwards. */
void ptrun_samples_release(ptrun_samples *samples);

/* Why a figure should not be believed. */
typedef enum ptrun_stability {
    PTRUN_STABLE,
    PTRUN_UNSTABLE_FEW,    /* fewer than PTRUN_STABLE_COUNT samples */
    PTRUN_UNSTABLE_SPREAD, /* spread above PTRUN_STABLE_SPREAD: something else runs on the machine */
    PTRUN_UNSTABLE_DRIFT,  /* drift above PTRUN_STABLE_DRIFT: caches still fill, or the processor changes its clock */
} ptrun_stability;

enum { PTRUN_STABLE_COUNT = 10 };
#define PTRUN_STABLE_SPREAD 0.10
#define PTRUN_STABLE_DRIFT  0.05

/* Milliseconds. Percentiles are interpolated linearly between neighbours, as numpy.percentile does. */
typedef struct ptrun_stats {
    size_t count; /* 0: nothing was measured, the rest is 0 */
    double min, median, p90, p99, max, mean;
    double spread; /* 1.4826 * median(|x - median|) / median: the standard deviation of normal noise, but one slow
                      sample does not move it */
    double drift;  /* median of the second half / median of the first half - 1 */
    ptrun_stability stability;
} ptrun_stats;

/* False where memory ran out, now or in an earlier ptrun_samples_add. */
bool ptrun_stats_make(ptrun_stats *out, const ptrun_samples *samples);

/* "stable", "few", "spread", "drift". Static. */
const char *ptrun_stability_word(ptrun_stability stability);

#endif
