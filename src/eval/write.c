#include "eval/write.h"

#include <string.h>

static void put_count(ptrun_json_writer *w, const char *key, uint64_t value)
{
    ptrun_json_put_key(w, key);
    ptrun_json_put_int(w, (int64_t)value);
}

static void put_figure(ptrun_json_writer *w, const char *key, double value)
{
    ptrun_json_put_key(w, key);
    ptrun_json_put_double(w, value);
}

/* A share of the evaluated images and its interval; null where nothing was evaluated. */
static void put_share(ptrun_json_writer *w, const char *key, const char *interval_key, uint64_t part,
                      uint64_t whole)
{
    ptrun_interval interval = ptrun_eval_wilson(part, whole);
    ptrun_json_put_key(w, key);
    if (whole) ptrun_json_put_double(w, ptrun_eval_ratio(part, whole));
    else ptrun_json_put_null(w);
    ptrun_json_put_key(w, interval_key);
    ptrun_json_begin_array(w);
    ptrun_json_put_double(w, interval.low);
    ptrun_json_put_double(w, interval.high);
    ptrun_json_end_array(w);
}

static void put_averages(ptrun_json_writer *w, const char *key, ptrun_eval_averages averages)
{
    ptrun_json_put_key(w, key);
    ptrun_json_begin_object(w);
    put_figure(w, "precision", averages.precision);
    put_figure(w, "recall", averages.recall);
    put_figure(w, "f1", averages.f1);
    ptrun_json_end_object(w);
}

/* The class and its name: "KEY":index,"KEY_label":name; a truth without an index is null. */
static void put_class_of(ptrun_json_writer *w, const ptrun_eval *eval, const char *key, const char *label_key,
                         int64_t index)
{
    ptrun_json_put_key(w, key);
    if (index >= 0) ptrun_json_put_int(w, index);
    else ptrun_json_put_null(w);
    ptrun_json_put_member(w, label_key, index >= 0 ? eval->classes[index].label : NULL);
}

static void put_classes(ptrun_json_writer *w, const ptrun_eval *eval)
{
    ptrun_json_put_key(w, "classes");
    ptrun_json_begin_array(w);
    for (size_t i = 0; i < eval->n_classes; i++) {
        const ptrun_eval_class *class = &eval->classes[i];
        ptrun_json_begin_object(w);
        put_count(w, "index", i);
        ptrun_json_put_member(w, "label", class->label);
        put_count(w, "images", class->images);
        put_count(w, "predicted", class->predicted);
        put_count(w, "correct", class->correct);
        put_figure(w, "precision", ptrun_eval_precision(eval, i));
        put_figure(w, "recall", ptrun_eval_recall(eval, i));
        put_figure(w, "f1", ptrun_eval_f1(eval, i));
        ptrun_json_end_object(w);
    }
    ptrun_json_end_array(w);
}

static void put_matrix(ptrun_json_writer *w, const ptrun_eval *eval)
{
    int64_t n = (int64_t)eval->n_classes;
    ptrun_json_put_key(w, "confusion");
    if (n > PTRUN_EVAL_MATRIX) {
        ptrun_json_put_null(w);
        return;
    }
    ptrun_json_begin_array(w);
    for (int64_t truth = 0; truth < n; truth++) {
        ptrun_json_begin_array(w);
        for (int64_t predicted = 0; predicted < n; predicted++)
            ptrun_json_put_int(w, (int64_t)ptrun_eval_confused(eval, truth, predicted));
        ptrun_json_end_array(w);
    }
    ptrun_json_end_array(w);
}

static void put_cells(ptrun_json_writer *w, const ptrun_eval *eval)
{
    ptrun_json_put_key(w, "confusion_cells");
    ptrun_json_begin_array(w);
    for (size_t i = 0; i < eval->confusion.count; i++) {
        const ptrun_table_entry *entry = &eval->confusion.entries[i];
        int64_t key[2];
        memcpy(key, ptrun_table_key(&eval->confusion, entry), sizeof key);
        ptrun_json_begin_array(w);
        ptrun_json_put_int(w, key[0]);
        ptrun_json_put_int(w, key[1]);
        ptrun_json_put_int(w, entry->value);
        ptrun_json_end_array(w);
    }
    ptrun_json_end_array(w);
}

static void put_confused(ptrun_json_writer *w, const ptrun_eval *eval)
{
    ptrun_eval_cell cells[PTRUN_EVAL_CONFUSIONS];
    size_t n = ptrun_eval_top_confusions(eval, cells, PTRUN_EVAL_CONFUSIONS);
    ptrun_json_put_key(w, "most_confused");
    ptrun_json_begin_array(w);
    for (size_t i = 0; i < n; i++) {
        ptrun_json_begin_object(w);
        put_class_of(w, eval, "truth", "truth_label", cells[i].truth);
        put_class_of(w, eval, "predicted", "predicted_label", cells[i].predicted);
        put_count(w, "images", cells[i].count);
        ptrun_json_end_object(w);
    }
    ptrun_json_end_array(w);
}

static void put_calibration(ptrun_json_writer *w, const ptrun_eval *eval)
{
    double ece;
    ptrun_json_put_key(w, "ece");
    if (ptrun_eval_ece(eval, &ece)) ptrun_json_put_double(w, ece);
    else ptrun_json_put_null(w);
    ptrun_json_put_key(w, "reliability");
    ptrun_json_begin_array(w);
    for (size_t i = 0; i < PTRUN_EVAL_BINS; i++) {
        const ptrun_eval_bin *bin = &eval->bins[i];
        ptrun_json_begin_object(w);
        put_figure(w, "low", (double)i / PTRUN_EVAL_BINS);
        put_figure(w, "high", (double)(i + 1) / PTRUN_EVAL_BINS);
        put_count(w, "images", bin->count);
        put_figure(w, "accuracy", ptrun_eval_ratio(bin->correct, bin->count));
        put_figure(w, "confidence", bin->count ? bin->confidence / (double)bin->count : 0);
        ptrun_json_end_object(w);
    }
    ptrun_json_end_array(w);
}

static void put_examples(ptrun_json_writer *w, const ptrun_eval *eval, const char *key,
                         const ptrun_eval_list *list)
{
    ptrun_json_put_key(w, key);
    ptrun_json_begin_array(w);
    for (size_t i = 0; i < list->count; i++) {
        const ptrun_eval_example *example = &list->items[i];
        ptrun_json_begin_object(w);
        ptrun_json_put_key(w, "path");
        ptrun_json_put_string(w, example->path, example->path_length);
        put_class_of(w, eval, "truth", "truth_label", example->truth);
        put_class_of(w, eval, "predicted", "predicted_label", example->predicted);
        ptrun_json_put_key(w, "score");
        ptrun_json_put_float(w, example->score);
        ptrun_json_end_object(w);
    }
    ptrun_json_end_array(w);
}

/* The names of true classes that were met, and what became of them. */
static void put_names(ptrun_json_writer *w, const ptrun_truth *truth)
{
    ptrun_json_put_key(w, "truth_names");
    ptrun_json_begin_array(w);
    for (size_t i = 0; truth && i < truth->names.count; i++) {
        const ptrun_table_entry *name = &truth->names.entries[i];
        const ptrun_truth_name *facts = &truth->facts[name->value];
        ptrun_json_begin_object(w);
        ptrun_json_put_key(w, "name");
        ptrun_json_put_string(w, ptrun_table_key(&truth->names, name), name->length);
        ptrun_json_put_key(w, "index");
        if (facts->index >= 0) ptrun_json_put_int(w, facts->index);
        else ptrun_json_put_null(w);
        ptrun_json_put_member(w, "by", ptrun_truth_origin_word(facts->origin));
        put_count(w, "images", facts->images);
        ptrun_json_end_object(w);
    }
    ptrun_json_end_array(w);
}

static void put_indices_without_images(ptrun_json_writer *w, const ptrun_eval *eval)
{
    ptrun_json_put_key(w, "classes_without_images");
    ptrun_json_begin_array(w);
    for (size_t i = 0; i < eval->n_classes; i++)
        if (eval->classes[i].images == 0) ptrun_json_put_int(w, (int64_t)i);
    ptrun_json_end_array(w);
}

static void put_failures(ptrun_json_writer *w, const ptrun_eval *eval)
{
    ptrun_json_put_key(w, "errors");
    ptrun_json_begin_object(w);
    for (size_t i = 0; i < eval->failure_kinds.count; i++) {
        const ptrun_table_entry *kind = &eval->failure_kinds.entries[i];
        put_count(w, ptrun_table_key(&eval->failure_kinds, kind), (uint64_t)kind->value);
    }
    ptrun_json_end_object(w);
}

void ptrun_eval_write(ptrun_json_writer *w, const ptrun_eval *eval, const ptrun_truth *truth)
{
    put_count(w, "images", eval->images);
    put_count(w, "evaluated", eval->evaluated);
    put_count(w, "failed", eval->failed);
    put_count(w, "unlabelled", eval->unlabelled);
    put_count(w, "unknown", eval->unknown);
    put_failures(w, eval);
    put_share(w, "top1", "top1_interval", eval->correct, eval->evaluated);
    put_share(w, "topk", "topk_interval", eval->correct_k, eval->evaluated);
    put_count(w, "k", (uint64_t)ptrun_eval_k(eval));
    put_averages(w, "macro", ptrun_eval_macro(eval));
    put_averages(w, "weighted", ptrun_eval_weighted(eval));
    put_calibration(w, eval);
    put_classes(w, eval);
    put_indices_without_images(w, eval);
    put_names(w, truth);
    put_matrix(w, eval);
    put_cells(w, eval);
    put_confused(w, eval);
    put_examples(w, eval, "mistakes", &eval->mistakes);
    put_examples(w, eval, "lowest_scores", &eval->lowest);
}
