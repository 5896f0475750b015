#include "eval/eval.h"

#include "base/error.h"
#include "base/mem.h"
#include "eval/examples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The 97.5 % quantile of the normal distribution. */
#define Z 1.959963984540054

ptrun_status ptrun_eval_open(ptrun_eval *eval, const ptrun_eval_options *options, ptrun_error *err)
{
    *eval = (ptrun_eval){.options = *options, .lowest = {.low = true}};
    eval->failures = ptrun_mem_zalloc(options->n_failures, sizeof *eval->failures);
    if (eval->failures && ptrun_examples_open(&eval->mistakes, options->n_mistakes) &&
        ptrun_examples_open(&eval->lowest, options->n_lowest))
        return PTRUN_OK;
    ptrun_eval_release(eval);
    return ptrun_fail_memory(err, "the figures");
}

void ptrun_eval_release(ptrun_eval *eval)
{
    for (size_t i = 0; i < eval->n_classes; i++) free(eval->classes[i].label);
    for (size_t i = 0; i < eval->n_failures; i++) free(eval->failures[i].path);
    free(eval->classes);
    free(eval->failures);
    ptrun_examples_release(&eval->mistakes);
    ptrun_examples_release(&eval->lowest);
    ptrun_table_release(&eval->confusion);
    ptrun_table_release(&eval->failure_kinds);
    *eval = (ptrun_eval){0};
}

/* Have classes 0 .. n-1. */
static ptrun_status have_classes(ptrun_eval *eval, uint64_t n, ptrun_error *err)
{
    if (n <= eval->n_classes) return PTRUN_OK;
    if (n > PTRUN_EVAL_MAX_CLASSES)
        return ptrun_fail(err, PTRUN_RECORDS_INVALID, "class %llu: more than %d classes cannot be evaluated",
                          (unsigned long long)n - 1, PTRUN_EVAL_MAX_CLASSES);
    if (n > eval->class_capacity) {
        size_t capacity = n > 2 * eval->class_capacity ? (size_t)n : 2 * eval->class_capacity;
        ptrun_eval_class *classes = ptrun_mem_resize(eval->classes, capacity, sizeof *classes);
        if (!classes) return ptrun_fail_memory(err, "the classes");
        eval->classes = classes, eval->class_capacity = capacity;
    }
    memset(eval->classes + eval->n_classes, 0, (n - eval->n_classes) * sizeof *eval->classes);
    eval->n_classes = n;
    return PTRUN_OK;
}

/* The first name of a class stays. */
static ptrun_status name_class(ptrun_eval *eval, size_t index, const char *label, ptrun_error *err)
{
    char **place = &eval->classes[index].label;
    if (!label || *place) return PTRUN_OK;
    *place = ptrun_mem_strdup(label, strlen(label));
    return *place ? PTRUN_OK : ptrun_fail_memory(err, "the names of the classes");
}

ptrun_status ptrun_eval_name_classes(ptrun_eval *eval, char *const *labels, size_t n, ptrun_error *err)
{
    ptrun_status status = have_classes(eval, n, err);
    for (size_t i = 0; i < n && labels && status == PTRUN_OK; i++)
        status = name_class(eval, i, labels[i], err);
    return status;
}

static ptrun_status add_failure(ptrun_eval *eval, const ptrun_record *record, ptrun_error *err)
{
    const char *word = ptrun_status_word(record->error->status);
    eval->failed++;
    ptrun_table_entry *kind = ptrun_table_add(&eval->failure_kinds, word, strlen(word), 0);
    if (!kind) return ptrun_fail_memory(err, "the failures");
    kind->value++;
    if (eval->n_failures == eval->options.n_failures) return PTRUN_OK;
    ptrun_eval_failure *failure = &eval->failures[eval->n_failures];
    failure->path = ptrun_mem_strdup(record->path, record->path_length);
    if (!failure->path) return ptrun_fail_memory(err, "the failures");
    failure->path_length = record->path_length;
    failure->error = *record->error;
    eval->n_failures++;
    return PTRUN_OK;
}

ptrun_status ptrun_eval_note_classes(ptrun_eval *eval, const ptrun_record *record, ptrun_error *err)
{
    ptrun_status status = have_classes(eval, record->n_classes, err);
    for (size_t i = 0; i < record->n_top && status == PTRUN_OK; i++) {
        status = have_classes(eval, (uint64_t)record->top[i].index + 1, err);
        if (status == PTRUN_OK)
            status = name_class(eval, (size_t)record->top[i].index, record->top[i].label, err);
    }
    if (record->n_top > (size_t)eval->most_classes) eval->most_classes = (int32_t)record->n_top;
    return status;
}

/* The place of a score among `n` half-open intervals (i/n, (i+1)/n] of [0, 1]. */
static size_t place_of(double score, size_t n)
{
    double place = ceil(score * (double)n) - 1;
    return place < 0 ? 0 : place >= (double)n ? n - 1 : (size_t)place;
}

static void count_score(ptrun_eval *eval, float score, int64_t truth, bool correct)
{
    if (!(score >= 0 && score <= 1)) eval->scores_outside = true;
    ptrun_eval_column *column = &eval->columns[place_of(score, PTRUN_EVAL_COLUMNS)];
    if (truth < 0) column->other++;
    else if (correct) column->correct++;
    else column->wrong++;
    if (truth < 0) return;
    ptrun_eval_bin *bin = &eval->bins[place_of(score, PTRUN_EVAL_BINS)];
    bin->count++;
    bin->correct += correct;
    bin->confidence += score;
}

static ptrun_status count_pair(ptrun_eval *eval, int64_t truth, int64_t predicted, ptrun_error *err)
{
    const int64_t key[2] = {truth, predicted};
    ptrun_table_entry *cell = ptrun_table_add(&eval->confusion, key, sizeof key, 0);
    if (!cell) return ptrun_fail_memory(err, "the confusion matrix");
    cell->value++;
    return PTRUN_OK;
}

static bool among_best(const ptrun_record *record, int32_t k, int64_t truth)
{
    for (size_t i = 0; i < record->n_top && i < (size_t)k; i++)
        if (record->top[i].index == truth) return true;
    return false;
}

static ptrun_status count_truth(ptrun_eval *eval, const ptrun_record *record, int64_t truth, ptrun_error *err)
{
    int64_t predicted = record->top[0].index;
    ptrun_status status = have_classes(eval, (uint64_t)truth + 1, err);
    if (status == PTRUN_OK) status = count_pair(eval, truth, predicted, err);
    if (status != PTRUN_OK) return status;
    eval->evaluated++;
    eval->correct += predicted == truth;
    eval->correct_k += among_best(record, eval->options.k, truth);
    eval->classes[truth].images++;
    eval->classes[predicted].predicted++;
    eval->classes[truth].correct += predicted == truth;
    return predicted == truth || ptrun_examples_add(&eval->mistakes, record, truth)
               ? PTRUN_OK
               : ptrun_fail_memory(err, "the mistakes");
}

ptrun_status ptrun_eval_add(ptrun_eval *eval, const ptrun_record *record, int64_t truth, ptrun_error *err)
{
    eval->images++;
    if (record->error->status != PTRUN_OK) return add_failure(eval, record, err);
    if (record->n_top == 0) return ptrun_fail(err, PTRUN_RECORDS_INVALID, "a record without classes");
    ptrun_status status = ptrun_eval_note_classes(eval, record, err);
    if (status != PTRUN_OK) return status;
    if (record->n_classes && truth >= (int64_t)record->n_classes) truth = PTRUN_TRUTH_UNKNOWN;
    eval->classes[record->top[0].index].first++;
    eval->unlabelled += truth == PTRUN_TRUTH_NONE;
    eval->unknown += truth == PTRUN_TRUTH_UNKNOWN;
    count_score(eval, record->top[0].score, truth, record->top[0].index == truth);
    if (!ptrun_examples_add(&eval->lowest, record, truth)) return ptrun_fail_memory(err, "the examples");
    return truth < 0 ? PTRUN_OK : count_truth(eval, record, truth, err);
}

void ptrun_eval_finish(ptrun_eval *eval)
{
    ptrun_examples_sort(&eval->mistakes);
    ptrun_examples_sort(&eval->lowest);
}

int32_t ptrun_eval_k(const ptrun_eval *eval)
{
    return eval->most_classes && eval->most_classes < eval->options.k ? eval->most_classes : eval->options.k;
}

double ptrun_eval_ratio(uint64_t part, uint64_t whole)
{
    return whole ? (double)part / (double)whole : 0;
}

ptrun_interval ptrun_eval_wilson(uint64_t part, uint64_t whole)
{
    if (whole == 0) return (ptrun_interval){0, 1};
    double n = (double)whole, p = (double)part / n, z2 = Z * Z;
    double centre = (p + z2 / (2 * n)) / (1 + z2 / n);
    double half = Z / (1 + z2 / n) * sqrt(p * (1 - p) / n + z2 / (4 * n * n));
    return (ptrun_interval){part == 0 ? 0 : centre - half, part == whole ? 1 : centre + half};
}

double ptrun_eval_precision(const ptrun_eval *eval, size_t index)
{
    return ptrun_eval_ratio(eval->classes[index].correct, eval->classes[index].predicted);
}

double ptrun_eval_recall(const ptrun_eval *eval, size_t index)
{
    return ptrun_eval_ratio(eval->classes[index].correct, eval->classes[index].images);
}

double ptrun_eval_f1(const ptrun_eval *eval, size_t index)
{
    const ptrun_eval_class *class = &eval->classes[index];
    return ptrun_eval_ratio(2 * class->correct, class->images + class->predicted);
}

static double round_sum(long double value)
{
    return (double)(roundl(value * 1e12L) / 1e12L);
}

/* Weights: the classes' images, or 1 for each. */
static ptrun_eval_averages average(const ptrun_eval *eval, bool by_images)
{
    long double precision = 0, recall = 0, f1 = 0, weights = 0;
    for (size_t i = 0; i < eval->n_classes; i++) {
        long double weight = by_images ? (long double)eval->classes[i].images : 1;
        precision += weight * ptrun_eval_precision(eval, i);
        recall += weight * ptrun_eval_recall(eval, i);
        f1 += weight * ptrun_eval_f1(eval, i);
        weights += weight;
    }
    if (weights == 0) return (ptrun_eval_averages){0};
    return (ptrun_eval_averages){round_sum(precision / weights), round_sum(recall / weights),
                                 round_sum(f1 / weights)};
}

ptrun_eval_averages ptrun_eval_macro(const ptrun_eval *eval)
{
    return average(eval, false);
}

ptrun_eval_averages ptrun_eval_weighted(const ptrun_eval *eval)
{
    return average(eval, true);
}

bool ptrun_eval_ece(const ptrun_eval *eval, double *ece)
{
    long double sum = 0;
    if (eval->evaluated == 0 || eval->scores_outside) return false;
    for (size_t i = 0; i < PTRUN_EVAL_BINS; i++)
        sum += fabsl((long double)eval->bins[i].correct - eval->bins[i].confidence);
    *ece = round_sum(sum / eval->evaluated);
    return true;
}

uint64_t ptrun_eval_confused(const ptrun_eval *eval, int64_t truth, int64_t predicted)
{
    const int64_t key[2] = {truth, predicted};
    const ptrun_table_entry *cell = ptrun_table_find(&eval->confusion, key, sizeof key);
    return cell ? (uint64_t)cell->value : 0;
}

/* Whether a stands before b. */
static bool more_confused(const ptrun_eval_cell *a, const ptrun_eval_cell *b)
{
    if (a->count != b->count) return a->count > b->count;
    if (a->truth != b->truth) return a->truth < b->truth;
    return a->predicted < b->predicted;
}

size_t ptrun_eval_top_confusions(const ptrun_eval *eval, ptrun_eval_cell *cells, size_t max)
{
    size_t n = 0;
    for (size_t i = 0; i < eval->confusion.count && max > 0; i++) {
        const ptrun_table_entry *entry = &eval->confusion.entries[i];
        int64_t key[2];
        memcpy(key, ptrun_table_key(&eval->confusion, entry), sizeof key);
        ptrun_eval_cell cell = {key[0], key[1], (uint64_t)entry->value};
        if (cell.truth == cell.predicted || (n == max && !more_confused(&cell, &cells[n - 1]))) continue;
        size_t place = n < max ? n++ : n - 1;
        for (; place > 0 && more_confused(&cell, &cells[place - 1]); place--) cells[place] = cells[place - 1];
        cells[place] = cell;
    }
    return n;
}
