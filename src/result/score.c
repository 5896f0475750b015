#include "result/score.h"

#include "base/error.h"

#include <math.h>

bool ptrun_score_is_distribution(const float *row, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++) {
        if (!(row[i] >= 0 && row[i] <= 1)) return false;
        sum += (double)row[i];
    }
    return n > 1 && fabs(sum - 1) < 1e-3;
}

static ptrun_status check_finite(const float *row, size_t n, ptrun_error *err)
{
    for (size_t i = 0; i < n; i++)
        if (!isfinite(row[i]))
            return ptrun_fail(err, PTRUN_OUTPUT_NOT_FINITE, "output %zu of %zu is %s", i, n,
                              isnan(row[i]) ? "NaN" : "infinite");
    return PTRUN_OK;
}

/* Insertion into a short sorted list: k is small, and most outputs are beaten by the last one kept. A
 * later equal output never moves before an earlier one, so ties go to the lower index. */
static size_t select_best(const float *row, size_t n, size_t k, ptrun_class *top)
{
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (kept == k && !(row[i] > row[top[kept - 1].index])) continue;
        size_t place = kept < k ? kept++ : kept - 1;
        for (; place > 0 && row[i] > row[top[place - 1].index]; place--) top[place] = top[place - 1];
        top[place] = (ptrun_class){.index = (int64_t)i};
    }
    return kept;
}

static float score_of(float raw, ptrun_scoring scoring, double largest, double sum)
{
    switch (scoring) {
    case PTRUN_SCORING_SOFTMAX: return (float)(exp((double)raw - largest) / sum);
    case PTRUN_SCORING_SIGMOID: return (float)(1 / (1 + exp(-(double)raw)));
    case PTRUN_SCORING_NONE: break;
    }
    return raw;
}

ptrun_status ptrun_score_top(const float *row, size_t n, size_t k, ptrun_scoring scoring, char *const *labels,
                             size_t n_labels, ptrun_class *top, size_t *n_top, ptrun_error *err)
{
    *n_top = 0;
    ptrun_status status = check_finite(row, n, err);
    if (status != PTRUN_OK) return status;
    size_t kept = select_best(row, n, k < n ? k : n, top);
    double largest = (double)row[top[0].index], sum = 0;
    if (scoring == PTRUN_SCORING_SOFTMAX)
        for (size_t i = 0; i < n; i++) sum += exp((double)row[i] - largest);
    for (size_t i = 0; i < kept; i++) {
        size_t index = (size_t)top[i].index;
        top[i].score = score_of(row[index], scoring, largest, sum);
        top[i].label = index < n_labels ? labels[index] : NULL;
    }
    *n_top = kept;
    return PTRUN_OK;
}
