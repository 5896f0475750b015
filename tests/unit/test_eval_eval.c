/* The figures of an evaluation, on cases small enough to work out by hand. */
#include "check.h"
#include "eval/eval.h"

#include <math.h>
#include <stdio.h>

static const ptrun_error fine;

static ptrun_status add(ptrun_eval *eval, uint64_t number, int64_t truth, int64_t predicted, float score)
{
    char path[32];
    snprintf(path, sizeof path, "p%llu", (unsigned long long)number);
    const ptrun_class top[2] = {{predicted, NULL, score}, {predicted == 0 ? 1 : 0, NULL, 0}};
    ptrun_record record = {
        .number = number, .path = path, .path_length = strlen(path), .top = top, .n_top = 2, .error = &fine};
    ptrun_error err = {0};
    return ptrun_eval_add(eval, &record, truth, &err);
}

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-12;
}

static ptrun_eval open_eval(int32_t k, size_t kept)
{
    ptrun_eval eval;
    ptrun_error err = {0};
    CHECK(ptrun_eval_open(
              &eval, &(ptrun_eval_options){.k = k, .n_mistakes = kept, .n_lowest = kept, .n_failures = 1},
              &err) == PTRUN_OK);
    return eval;
}

/* Three classes; 2 is never the truth, 1 is never predicted alone. */
static void test_figures(void)
{
    ptrun_eval eval = open_eval(2, 10);
    CHECK(add(&eval, 0, 0, 0, 0.9F) == PTRUN_OK);
    CHECK(add(&eval, 1, 0, 1, 0.8F) == PTRUN_OK); /* its second class is 0: right among two */
    CHECK(add(&eval, 2, 1, 2, 0.6F) == PTRUN_OK); /* its second class is 0: wrong */
    CHECK(add(&eval, 3, 1, 1, 0.7F) == PTRUN_OK);
    CHECK(add(&eval, 4, PTRUN_TRUTH_NONE, 1, 0.5F) == PTRUN_OK);
    CHECK(add(&eval, 5, PTRUN_TRUTH_UNKNOWN, 1, 0.4F) == PTRUN_OK);
    ptrun_eval_finish(&eval);
    CHECK(eval.images == 6 && eval.evaluated == 4 && eval.unlabelled == 1 && eval.unknown == 1);
    CHECK(eval.correct == 2 && eval.correct_k == 3 && eval.n_classes == 3);
    CHECK(near(ptrun_eval_precision(&eval, 0), 1) && near(ptrun_eval_recall(&eval, 0), 0.5));
    CHECK(near(ptrun_eval_precision(&eval, 1), 0.5) && near(ptrun_eval_f1(&eval, 1), 0.5));
    CHECK(ptrun_eval_recall(&eval, 2) == 0 && ptrun_eval_f1(&eval, 2) == 0); /* zero_division=0 */
    CHECK(near(ptrun_eval_macro(&eval).precision, 0.5));
    CHECK(near(ptrun_eval_weighted(&eval).precision, 0.75));
    CHECK(ptrun_eval_confused(&eval, 0, 1) == 1 && ptrun_eval_confused(&eval, 2, 2) == 0);
    ptrun_eval_cell cells[4];
    CHECK(ptrun_eval_top_confusions(&eval, cells, 4) == 2);
    CHECK(cells[0].truth == 0 && cells[0].predicted == 1 && cells[1].truth == 1);
    CHECK(ptrun_eval_top_confusions(&eval, cells, 1) == 1 && cells[0].truth == 0);
    CHECK(eval.classes[1].first == 4 && eval.classes[1].predicted == 2);
    ptrun_eval_release(&eval);
}

static void test_calibration(void)
{
    ptrun_eval eval = open_eval(1, 1);
    double ece;
    CHECK(!ptrun_eval_ece(&eval, &ece)); /* nothing evaluated */
    CHECK(add(&eval, 0, 0, 0, 0.0F) == PTRUN_OK);
    CHECK(add(&eval, 1, 0, 0, 1.0F) == PTRUN_OK);
    CHECK(add(&eval, 2, 0, 1, 0.5F) == PTRUN_OK);
    CHECK(eval.bins[0].count == 1 && eval.bins[14].count == 1 && eval.bins[7].count == 1);
    CHECK(ptrun_eval_ece(&eval, &ece) && near(ece, (1 + 0 + 0.5) / 3));
    CHECK(eval.columns[0].correct == 1 && eval.columns[9].wrong == 1);
    CHECK(add(&eval, 3, 0, 0, 3.5F) == PTRUN_OK); /* a logit is no confidence */
    CHECK(!ptrun_eval_ece(&eval, &ece));
    ptrun_eval_release(&eval);
}

static void test_intervals(void)
{
    ptrun_interval half =
        ptrun_eval_wilson(5, 10); /* statsmodels' proportion_confint(5, 10, method="wilson") */
    CHECK(fabs(half.low - 0.236593090512564) < 1e-12 && fabs(half.high - 0.763406909487436) < 1e-12);
    CHECK(ptrun_eval_wilson(0, 7).low == 0 && ptrun_eval_wilson(7, 7).high == 1);
    CHECK(ptrun_eval_wilson(0, 0).low == 0 && ptrun_eval_wilson(0, 0).high == 1);
}

static void test_bounded_lists(void)
{
    ptrun_eval eval = open_eval(1, 3);
    for (uint64_t i = 0; i < 100; i++) CHECK(add(&eval, i, 0, 1, (float)(i * 37 % 50) / 100) == PTRUN_OK);
    ptrun_eval_finish(&eval);
    CHECK(eval.mistakes.count == 3 && eval.lowest.count == 3);
    CHECK(eval.mistakes.items[0].score == 0.49F && eval.mistakes.items[2].score == 0.48F);
    CHECK(eval.mistakes.items[0].number <
          eval.mistakes.items[1].number); /* same score: the earlier one first */
    CHECK(eval.lowest.items[0].number == 0 && eval.lowest.items[1].number == 50 &&
          eval.lowest.items[2].score == 0.01F);
    CHECK_TEXT(eval.lowest.items[1].path, "p50");
    ptrun_eval_release(&eval);
}

static void test_failures_and_limits(void)
{
    ptrun_eval eval = open_eval(5, 1);
    ptrun_error error = {.status = PTRUN_IMAGE_TRUNCATED, .detail = "x"}, err = {0};
    ptrun_record record = {.path = "bad", .path_length = 3, .error = &error};
    CHECK(ptrun_eval_add(&eval, &record, 3, &err) == PTRUN_OK);
    CHECK(ptrun_eval_add(&eval, &record, 3, &err) == PTRUN_OK);
    CHECK(eval.failed == 2 && eval.n_failures == 1 && eval.failure_kinds.entries[0].value == 2);
    CHECK(ptrun_eval_k(&eval) == 5);
    CHECK(add(&eval, 2, 0, 1, 0.5F) == PTRUN_OK);
    CHECK(ptrun_eval_k(&eval) == 2); /* the records have two classes */
    CHECK(add(&eval, 3, 0, PTRUN_EVAL_MAX_CLASSES, 0.5F) == PTRUN_RECORDS_INVALID);
    char *labels[] = {(char *)"a", NULL};
    CHECK(ptrun_eval_name_classes(&eval, labels, 2, &err) == PTRUN_OK);
    CHECK_TEXT(eval.classes[0].label, "a");
    CHECK(eval.classes[1].label == NULL);
    ptrun_eval_release(&eval);
    ptrun_eval_release(&eval);
}

int main(void)
{
    test_figures();
    test_calibration();
    test_intervals();
    test_bounded_lists();
    test_failures_and_limits();
    return CHECK_DONE();
}
