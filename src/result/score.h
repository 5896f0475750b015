/* From the raw output of one image to its best classes. */
#ifndef PTRUN_RESULT_SCORE_H
#define PTRUN_RESULT_SCORE_H

#include "result/record.h"

#include <stdbool.h>

typedef enum ptrun_scoring {
    PTRUN_SCORING_SOFTMAX,
    PTRUN_SCORING_SIGMOID,
    PTRUN_SCORING_NONE, /* the output is taken as it is */
} ptrun_scoring;

/* Whether `row` already is a probability distribution: all of it in [0, 1], the sum within 1e-3 of 1,
 * more than one class. */
bool ptrun_score_is_distribution(const float *row, size_t n);

/* The `k` best (all, where there are fewer) of `row`, n > 0 floats, into top[0..*n_top), with scores:
 * ordered by raw output, ties to the lower index. Exponentials are taken and summed in float64, the
 * score is rounded once to float32. `labels` has n_labels entries, each may be NULL.
 * OUTPUT_NOT_FINITE where any output or score is NaN or infinite. Any thread. */
PTRUN_MUST_USE ptrun_status ptrun_score_top(const float *row, size_t n, size_t k, ptrun_scoring scoring,
                                            char *const *labels, size_t n_labels, ptrun_class *top,
                                            size_t *n_top, ptrun_error *err);

#endif
