#include "eval/compare.h"

#include "base/error.h"
#include "base/mem.h"
#include "eval/write.h"

#include <math.h>
#include <stdlib.h>

ptrun_status ptrun_compare_open(ptrun_compare *compare, size_t n_examples, ptrun_error *err)
{
    *compare = (ptrun_compare){0};
    return ptrun_eval_open(
        &compare->eval,
        &(ptrun_eval_options){.k = 1, .n_mistakes = n_examples, .n_lowest = 60, .n_failures = 100}, err);
}

void ptrun_compare_release(ptrun_compare *compare)
{
    free(compare->answers);
    ptrun_eval_release(&compare->eval);
    *compare = (ptrun_compare){0};
}

ptrun_status ptrun_compare_add_a(ptrun_compare *compare, const ptrun_record *record, ptrun_error *err)
{
    bool ok = record->error->status == PTRUN_OK;
    if (compare->n_answers == compare->capacity) {
        size_t capacity = compare->capacity ? 2 * compare->capacity : 1024;
        ptrun_compare_answer *answers = ptrun_mem_resize(compare->answers, capacity, sizeof *answers);
        if (!answers) return ptrun_fail_memory(err, "the answers of the first model");
        compare->answers = answers, compare->capacity = capacity;
    }
    compare->answers[compare->n_answers++] =
        (ptrun_compare_answer){.index = ok ? record->top[0].index : PTRUN_TRUTH_NONE,
                               .path = ptrun_table_hash(record->path, record->path_length),
                               .score = ok ? record->top[0].score : 0};
    compare->failed_a += !ok;
    return ok ? ptrun_eval_note_classes(&compare->eval, record, err) : PTRUN_OK;
}

static void measure(ptrun_compare *compare, const ptrun_compare_answer *a, const ptrun_record *record)
{
    for (size_t i = 0; i < record->n_top; i++) {
        if (record->top[i].index != a->index) continue;
        double difference = fabs((double)record->top[i].score - (double)a->score);
        compare->measured++;
        compare->sum += difference;
        if (difference > compare->largest) compare->largest = difference;
    }
}

ptrun_status ptrun_compare_add_b(ptrun_compare *compare, const ptrun_record *record, ptrun_error *err)
{
    size_t number = compare->n_seen++;
    if (number >= compare->n_answers)
        return ptrun_fail(err, PTRUN_RECORDS_INVALID, "more records than the other has");
    const ptrun_compare_answer *a = &compare->answers[number];
    if (a->path != ptrun_table_hash(record->path, record->path_length))
        return ptrun_fail(err, PTRUN_RECORDS_INVALID, "record %zu is of another image than the other's",
                          number + 1);
    bool ok = record->error->status == PTRUN_OK;
    compare->failed_both += !ok && a->index < 0;
    if (ok && a->index >= 0) measure(compare, a, record);
    return ptrun_eval_add(&compare->eval, record, a->index, err);
}

ptrun_status ptrun_compare_finish(ptrun_compare *compare, ptrun_error *err)
{
    ptrun_eval_finish(&compare->eval);
    if (compare->n_seen == compare->n_answers) return PTRUN_OK;
    return ptrun_fail(err, PTRUN_RECORDS_INVALID, "%zu records, the other has %zu", compare->n_seen,
                      compare->n_answers);
}

bool ptrun_compare_agrees(const ptrun_compare *compare)
{
    const ptrun_eval *eval = &compare->eval;
    return eval->correct == eval->evaluated && eval->failed == compare->failed_both &&
           compare->failed_a == compare->failed_both;
}

static void put_count(ptrun_json_writer *w, const char *key, uint64_t value)
{
    ptrun_json_put_key(w, key);
    ptrun_json_put_int(w, (int64_t)value);
}

static void put_figure(ptrun_json_writer *w, const char *key, double value, bool known)
{
    ptrun_json_put_key(w, key);
    if (known) ptrun_json_put_double(w, value);
    else ptrun_json_put_null(w);
}

static const char *label_of(const ptrun_compare *compare, int64_t index)
{
    return compare->eval.classes[index].label;
}

static void put_pairs(ptrun_json_writer *w, const ptrun_compare *compare)
{
    ptrun_eval_cell cells[PTRUN_EVAL_CONFUSIONS];
    size_t n = ptrun_eval_top_confusions(&compare->eval, cells, PTRUN_EVAL_CONFUSIONS);
    ptrun_json_put_key(w, "most_frequent");
    ptrun_json_begin_array(w);
    for (size_t i = 0; i < n; i++) {
        ptrun_json_begin_object(w);
        put_count(w, "a", (uint64_t)cells[i].truth);
        ptrun_json_put_member(w, "a_label", label_of(compare, cells[i].truth));
        put_count(w, "b", (uint64_t)cells[i].predicted);
        ptrun_json_put_member(w, "b_label", label_of(compare, cells[i].predicted));
        put_count(w, "images", cells[i].count);
        ptrun_json_end_object(w);
    }
    ptrun_json_end_array(w);
}

static void put_disagreements(ptrun_json_writer *w, const ptrun_compare *compare)
{
    const ptrun_eval_list *list = &compare->eval.mistakes;
    ptrun_json_put_key(w, "disagreements");
    ptrun_json_begin_array(w);
    for (size_t i = 0; i < list->count; i++) {
        const ptrun_eval_example *example = &list->items[i];
        ptrun_json_begin_object(w);
        ptrun_json_put_key(w, "path");
        ptrun_json_put_string(w, example->path, example->path_length);
        put_count(w, "a", (uint64_t)example->truth);
        ptrun_json_put_member(w, "a_label", label_of(compare, example->truth));
        ptrun_json_put_key(w, "a_score");
        ptrun_json_put_float(w, compare->answers[example->number].score);
        put_count(w, "b", (uint64_t)example->predicted);
        ptrun_json_put_member(w, "b_label", label_of(compare, example->predicted));
        ptrun_json_put_key(w, "b_score");
        ptrun_json_put_float(w, example->score);
        ptrun_json_end_object(w);
    }
    ptrun_json_end_array(w);
}

void ptrun_compare_write(ptrun_json_writer *w, const ptrun_compare *compare)
{
    const ptrun_eval *eval = &compare->eval;
    ptrun_interval interval = ptrun_eval_wilson(eval->correct, eval->evaluated);
    bool compared = eval->evaluated > 0;
    put_count(w, "images", eval->images);
    put_count(w, "compared", eval->evaluated);
    put_count(w, "failed_a", compare->failed_a);
    put_count(w, "failed_b", eval->failed);
    put_count(w, "disagreed", eval->evaluated - eval->correct);
    put_figure(w, "top1_agreement", ptrun_eval_ratio(eval->correct, eval->evaluated), compared);
    ptrun_json_put_key(w, "top1_agreement_interval");
    ptrun_json_begin_array(w);
    ptrun_json_put_double(w, interval.low);
    ptrun_json_put_double(w, interval.high);
    ptrun_json_end_array(w);
    put_count(w, "measured", compare->measured);
    put_figure(w, "largest_score_difference", compare->largest, compare->measured > 0);
    put_figure(w, "mean_score_difference", compare->measured ? compare->sum / (double)compare->measured : 0,
               compare->measured > 0);
    put_pairs(w, compare);
    put_disagreements(w, compare);
}
