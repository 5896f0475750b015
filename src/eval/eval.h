/* How good a model is: records and true classes in, figures out. Streaming and bounded: memory grows with the
 * classes and the pairs that were confused, not with the records.
 *
 * Precision, recall and F1 are those of scikit-learn 1.x (metrics/_classification.py, zero_division=0), to
 * the bit: f1 = 2 tp / (images of the class + predictions of the class). */
#ifndef PTRUN_EVAL_EVAL_H
#define PTRUN_EVAL_EVAL_H

#include "eval/table.h"
#include "result/record.h"

enum { PTRUN_EVAL_BINS = 15, PTRUN_EVAL_COLUMNS = 20, PTRUN_EVAL_MAX_CLASSES = 1000000 };

/* What is known of a picture's true class, where it is not an index. */
enum {
    PTRUN_TRUTH_NONE = -1,    /* nobody says */
    PTRUN_TRUTH_UNKNOWN = -2, /* a name or an index that is none of the model's classes */
};

typedef struct ptrun_eval_class {
    char *label;        /* owned; NULL: no name */
    uint64_t images;    /* evaluated ones of this class */
    uint64_t predicted; /* evaluated ones that were taken for this class */
    uint64_t correct;   /* both */
    uint64_t first;     /* records whose best class this is, whatever their truth */
} ptrun_eval_class;

/* A picture worth showing. `truth` as in ptrun_eval_add. */
typedef struct ptrun_eval_example {
    char *path; /* owned, NUL-terminated */
    size_t path_length;
    uint64_t number;
    int64_t truth, predicted;
    float score; /* of `predicted` */
} ptrun_eval_example;

/* The best examples so far, by score; a heap until ptrun_eval_finish sorts it, the most telling first. */
typedef struct ptrun_eval_list {
    ptrun_eval_example *items;
    size_t count, capacity;
    bool low; /* low scores are the telling ones */
} ptrun_eval_list;

/* Equal-width bins of the confidence, which is the score of the best class: (0, 1/15], (1/15, 2/15], … the
 * first one with 0. */
typedef struct ptrun_eval_bin {
    uint64_t count, correct;
    double confidence; /* sum */
} ptrun_eval_bin;

/* A column of the histogram of scores; every ok record is in one of them. */
typedef struct ptrun_eval_column {
    uint64_t correct, wrong, other; /* other: not evaluated */
} ptrun_eval_column;

typedef struct ptrun_eval_failure {
    char *path; /* owned */
    size_t path_length;
    ptrun_error error;
} ptrun_eval_failure;

typedef struct ptrun_eval_cell {
    int64_t truth, predicted;
    uint64_t count;
} ptrun_eval_cell;

typedef struct ptrun_interval {
    double low, high;
} ptrun_interval;

typedef struct ptrun_eval_averages {
    double precision, recall, f1;
} ptrun_eval_averages;

typedef struct ptrun_eval_options {
    int32_t k;         /* a truth among the k best counts for top-k */
    size_t n_mistakes; /* most confident ones kept */
    size_t n_lowest;   /* ok records with the lowest scores kept */
    size_t n_failures; /* first ones kept */
} ptrun_eval_options;

/* Filled by ptrun_eval_add and read by whoever prints; owned by itself. */
typedef struct ptrun_eval {
    ptrun_eval_options options;
    uint64_t images, failed, unlabelled, unknown, evaluated, correct, correct_k;
    int32_t most_classes; /* longest list of classes in a record; k beyond it means no more than it */
    bool scores_outside;  /* a score outside [0, 1] was seen: there is no calibration */
    ptrun_eval_class *classes;
    size_t n_classes, class_capacity;
    ptrun_table confusion; /* (truth, predicted) → count */
    ptrun_eval_bin bins[PTRUN_EVAL_BINS];
    ptrun_eval_column columns[PTRUN_EVAL_COLUMNS];
    ptrun_eval_list mistakes, lowest;
    ptrun_eval_failure *failures;
    size_t n_failures;
    ptrun_table failure_kinds; /* word → count */
} ptrun_eval;

/* Open the zero value. OUT_OF_MEMORY. Release whatever was opened, or the zero value. One thread. */
PTRUN_MUST_USE ptrun_status ptrun_eval_open(ptrun_eval *eval, const ptrun_eval_options *options,
                                            ptrun_error *err);
void ptrun_eval_release(ptrun_eval *eval);

/* There are at least `n` classes, with these names (each may be NULL; NULL: none known). RECORDS_INVALID
 * beyond PTRUN_EVAL_MAX_CLASSES, OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_eval_name_classes(ptrun_eval *eval, char *const *labels, size_t n,
                                                    ptrun_error *err);

/* Take over the classes that a record names, and their number, without counting it. Statuses as before. */
PTRUN_MUST_USE ptrun_status ptrun_eval_note_classes(ptrun_eval *eval, const ptrun_record *record,
                                                    ptrun_error *err);

/* Count a record whose true class is `truth`, an index or one of PTRUN_TRUTH_*. A failed image is counted as
 * failed whatever its truth. RECORDS_INVALID (an index beyond PTRUN_EVAL_MAX_CLASSES), OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_eval_add(ptrun_eval *eval, const ptrun_record *record, int64_t truth,
                                           ptrun_error *err);

/* Sort the examples; after the last record. */
void ptrun_eval_finish(ptrun_eval *eval);

/* k as it is in force: no more than the records have classes. */
int32_t ptrun_eval_k(const ptrun_eval *eval);

/* part / whole, 0 where whole is 0. */
double ptrun_eval_ratio(uint64_t part, uint64_t whole);

/* Wilson's score interval of part / whole for a confidence of 95 % (z = 1.959964); [0, 1] where whole is 0.
 */
ptrun_interval ptrun_eval_wilson(uint64_t part, uint64_t whole);

/* Of class `index` < n_classes. */
double ptrun_eval_precision(const ptrun_eval *eval, size_t index);
double ptrun_eval_recall(const ptrun_eval *eval, size_t index);
double ptrun_eval_f1(const ptrun_eval *eval, size_t index);

/* Means over all classes, plain or weighted by the classes' images, rounded to 12 decimals: the order of a
 * sum shows behind them. */
ptrun_eval_averages ptrun_eval_macro(const ptrun_eval *eval);
ptrun_eval_averages ptrun_eval_weighted(const ptrun_eval *eval);

/* Expected calibration error (Guo et al., 2017): the mean over the bins, weighted by their counts, of |share
 * of right answers - mean confidence|, rounded to 12 decimals. False where nothing was evaluated or scores
 * are no probabilities. */
bool ptrun_eval_ece(const ptrun_eval *eval, double *ece);

/* How often `truth` was taken for `predicted`. */
uint64_t ptrun_eval_confused(const ptrun_eval *eval, int64_t truth, int64_t predicted);

/* The `max` most frequent confusions of two different classes, into `cells` (ties: the lower truth, then the
 * lower prediction). Returns how many there are. */
size_t ptrun_eval_top_confusions(const ptrun_eval *eval, ptrun_eval_cell *cells, size_t max);

#endif
