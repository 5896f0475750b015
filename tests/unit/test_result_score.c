#include "check.h"
#include "result/score.h"

#include <math.h>

static ptrun_class top[8];
static size_t n_top;

static ptrun_status score(const float *row, size_t n, size_t k, ptrun_scoring scoring)
{
    static char tench[] = "tench";
    static char *labels[] = {tench, NULL};
    ptrun_error err = {0};
    return ptrun_score_top(row, n, k, scoring, labels, 2, top, &n_top, &err);
}

int main(void)
{
    const float row[] = {1, 3, 3, -2, 2};
    CHECK(score(row, 5, 3, PTRUN_SCORING_SOFTMAX) == PTRUN_OK && n_top == 3);
    CHECK(top[0].index == 1 && top[1].index == 2 && top[2].index == 4); /* the tie goes to the lower index */
    double sum = exp(-2) + 1 + 1 + exp(-5) + exp(-1);
    CHECK(top[0].score == (float)(1 / sum) && top[2].score == (float)(exp(-1) / sum));
    CHECK(top[0].label == NULL && top[2].label == NULL);

    CHECK(score(row, 5, 8, PTRUN_SCORING_NONE) == PTRUN_OK && n_top == 5); /* fewer classes than asked for */
    CHECK(top[4].index == 3 && top[4].score == -2 && top[3].index == 0);
    CHECK_TEXT(top[3].label, "tench");

    const float one[] = {0};
    CHECK(score(one, 1, 5, PTRUN_SCORING_SIGMOID) == PTRUN_OK && n_top == 1 && top[0].score == 0.5f);

    const float extreme[] = {3e38f, -3e38f};
    CHECK(score(extreme, 2, 2, PTRUN_SCORING_SOFTMAX) == PTRUN_OK && top[0].score == 1 && top[1].score == 0);
    CHECK(score(extreme, 2, 2, PTRUN_SCORING_SIGMOID) == PTRUN_OK && top[0].score == 1 && top[1].score == 0);

    const float bad[] = {1, NAN}, worse[] = {INFINITY, 0};
    CHECK(score(bad, 2, 2, PTRUN_SCORING_SOFTMAX) == PTRUN_OUTPUT_NOT_FINITE && n_top == 0);
    CHECK(score(worse, 2, 2, PTRUN_SCORING_SOFTMAX) == PTRUN_OUTPUT_NOT_FINITE);

    const float distribution[] = {0.25f, 0.75f}, logits[] = {0.5f, 1.5f}, single[] = {1};
    CHECK(ptrun_score_is_distribution(distribution, 2));
    CHECK(!ptrun_score_is_distribution(logits, 2));
    CHECK(!ptrun_score_is_distribution(single, 1));
    CHECK(!ptrun_score_is_distribution(bad, 2));
    return CHECK_DONE();
}
