#include "bench/stats.h"

#include "base/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void ptrun_samples_add(ptrun_samples *samples, int64_t nanoseconds)
{
    if (samples->count == samples->capacity && !samples->failed) {
        size_t capacity = samples->capacity ? samples->capacity * 2 : 64;
        int64_t *grown = ptrun_mem_resize(samples->items, capacity, sizeof *grown);
        samples->failed = !grown;
        if (grown) samples->items = grown, samples->capacity = capacity;
    }
    if (!samples->failed) samples->items[samples->count++] = nanoseconds;
}

void ptrun_samples_clear(ptrun_samples *samples)
{
    samples->count = 0;
}

void ptrun_samples_release(ptrun_samples *samples)
{
    free(samples->items);
    *samples = (ptrun_samples){0};
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double percentile(const double *sorted, size_t count, double fraction)
{
    double place = fraction * (double)(count - 1);
    size_t below = (size_t)place, above = below + 1 < count ? below + 1 : below;
    return sorted[below] + (place - (double)below) * (sorted[above] - sorted[below]);
}

/* Milliseconds of samples [from, from + count) into `work`, sorted. */
static void sort_part(double *work, const ptrun_samples *samples, size_t from, size_t count)
{
    for (size_t i = 0; i < count; i++) work[i] = (double)samples->items[from + i] / 1e6;
    qsort(work, count, sizeof *work, compare);
}

static double median_of_part(double *work, const ptrun_samples *samples, size_t from, size_t count)
{
    sort_part(work, samples, from, count);
    return percentile(work, count, 0.5);
}

/* `work` holds the sorted samples and is used up. */
static double spread_of(double *work, size_t count, double median)
{
    for (size_t i = 0; i < count; i++) work[i] = fabs(work[i] - median);
    qsort(work, count, sizeof *work, compare);
    return median > 0 ? 1.4826 * percentile(work, count, 0.5) / median : 0;
}

static ptrun_stability judge(const ptrun_stats *stats)
{
    if (stats->count < PTRUN_STABLE_COUNT) return PTRUN_UNSTABLE_FEW;
    if (stats->spread > PTRUN_STABLE_SPREAD) return PTRUN_UNSTABLE_SPREAD;
    return fabs(stats->drift) > PTRUN_STABLE_DRIFT ? PTRUN_UNSTABLE_DRIFT : PTRUN_STABLE;
}

bool ptrun_stats_make(ptrun_stats *out, const ptrun_samples *samples)
{
    size_t n = samples->count, half = n / 2;
    *out = (ptrun_stats){.count = n};
    if (samples->failed) return false;
    if (n == 0) return true;
    double *work = ptrun_mem_alloc(n, sizeof *work);
    if (!work) return false;
    double first = half ? median_of_part(work, samples, 0, half) : 0;
    double second = half ? median_of_part(work, samples, n - half, half) : 0;
    out->drift = first > 0 ? second / first - 1 : 0;
    sort_part(work, samples, 0, n);
    out->min = work[0], out->max = work[n - 1];
    out->median = percentile(work, n, 0.5), out->p90 = percentile(work, n, 0.9), out->p99 = percentile(work, n, 0.99);
    for (size_t i = 0; i < n; i++) out->mean += work[i] / (double)n;
    out->spread = spread_of(work, n, out->median);
    out->stability = judge(out);
    free(work);
    return true;
}

const char *ptrun_stability_word(ptrun_stability stability)
{
    static const char *const words[] = {"stable", "few", "spread", "drift"};
    return words[stability];
}
