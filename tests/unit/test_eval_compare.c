/* Where two runs disagree. */
#include "check.h"
#include "eval/compare.h"

#include <math.h>

static const ptrun_error fine, broken = {.status = PTRUN_IMAGE_CORRUPT};

/* A record of class `index`; below 0: of an image that failed. */
static ptrun_record record_of(const char *path, uint64_t number, ptrun_class *class, int64_t index,
                              float score)
{
    *class = (ptrun_class){index, NULL, score};
    return (ptrun_record){.number = number,
                          .path = path,
                          .path_length = strlen(path),
                          .top = class,
                          .n_top = index < 0 ? 0 : 1,
                          .error = index < 0 ? &broken : &fine};
}

static ptrun_status add(ptrun_compare *compare, int side, const char *path, int64_t index, float score)
{
    ptrun_class class;
    ptrun_error err = {0};
    ptrun_record record = record_of(path, side ? compare->n_seen : compare->n_answers, &class, index, score);
    return side ? ptrun_compare_add_b(compare, &record, &err) : ptrun_compare_add_a(compare, &record, &err);
}

static void test_disagreements(void)
{
    ptrun_compare compare;
    ptrun_error err = {0};
    CHECK(ptrun_compare_open(&compare, 10, &err) == PTRUN_OK);
    const int64_t a[] = {1, 2, -1, -1, 3}, b[] = {1, 0, -1, 2, -1};
    const char *const paths[] = {"p", "q", "r", "s", "t"};
    for (int i = 0; i < 5; i++) CHECK(add(&compare, 0, paths[i], a[i], 0.75F) == PTRUN_OK);
    for (int i = 0; i < 5; i++) CHECK(add(&compare, 1, paths[i], b[i], 0.5F) == PTRUN_OK);
    CHECK(add(&compare, 1, "u", 1, 0.5F) == PTRUN_RECORDS_INVALID);
    compare.n_seen--;
    CHECK(ptrun_compare_finish(&compare, &err) == PTRUN_OK);
    CHECK(compare.eval.evaluated == 2 && compare.eval.correct == 1);
    CHECK(compare.failed_a == 2 && compare.eval.failed == 2 && compare.failed_both == 1);
    CHECK(compare.measured == 1 && fabs(compare.largest - 0.25) < 1e-12);
    CHECK(compare.eval.mistakes.count == 1 && compare.eval.mistakes.items[0].number == 1);
    CHECK(!ptrun_compare_agrees(&compare));
    ptrun_compare_release(&compare);
}

static void test_same(void)
{
    ptrun_compare compare;
    ptrun_error err = {0};
    CHECK(ptrun_compare_open(&compare, 10, &err) == PTRUN_OK);
    for (int side = 0; side < 2; side++)
        for (int64_t i = 0; i < 3000; i++) CHECK(add(&compare, side, "p", i % 7 - 1, 0.5F) == PTRUN_OK);
    CHECK(ptrun_compare_finish(&compare, &err) == PTRUN_OK);
    CHECK(ptrun_compare_agrees(&compare)); /* the same images failed */
    ptrun_compare_release(&compare);
}

static void test_other_inputs(void)
{
    ptrun_compare compare;
    ptrun_error err = {0};
    CHECK(ptrun_compare_open(&compare, 10, &err) == PTRUN_OK);
    CHECK(add(&compare, 0, "p", 1, 0.5F) == PTRUN_OK);
    CHECK(ptrun_compare_finish(&compare, &err) == PTRUN_RECORDS_INVALID);
    CHECK(add(&compare, 1, "q", 1, 0.5F) == PTRUN_RECORDS_INVALID);
    ptrun_compare_release(&compare);
}

int main(void)
{
    test_disagreements();
    test_same();
    test_other_inputs();
    return CHECK_DONE();
}
