/* Where two runs over the same images disagree: the answers of A stand for the truth, those of B are counted
 * against them by eval/eval.h. Of each of A's records the best class is kept, 24 bytes. */
#ifndef PTRUN_EVAL_COMPARE_H
#define PTRUN_EVAL_COMPARE_H

#include "eval/eval.h"
#include "json/write.h"

/* What is kept of a record of A. */
typedef struct ptrun_compare_answer {
    int64_t index; /* PTRUN_TRUTH_NONE: the image failed */
    uint64_t path; /* hash of its name */
    float score;
} ptrun_compare_answer;

typedef struct ptrun_compare {
    ptrun_compare_answer *answers;
    size_t n_answers, capacity;
    size_t n_seen; /* records of B */
    uint64_t failed_a, failed_both;
    uint64_t measured;   /* pictures whose class of A is among those that B's record lists */
    double sum, largest; /* of the differences of the scores of A's class */
    ptrun_eval eval;     /* evaluated: images that both answered */
} ptrun_compare;

/* Open the zero value; `n_examples` disagreements are kept. OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_compare_open(ptrun_compare *compare, size_t n_examples, ptrun_error *err);
void ptrun_compare_release(ptrun_compare *compare);

/* All records of A, then all of B, in the same order. RECORDS_INVALID where a record of B is of another image
 * than A's or there is none; OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_compare_add_a(ptrun_compare *compare, const ptrun_record *record,
                                                ptrun_error *err);
PTRUN_MUST_USE ptrun_status ptrun_compare_add_b(ptrun_compare *compare, const ptrun_record *record,
                                                ptrun_error *err);

/* After the last record. RECORDS_INVALID where A has more. */
PTRUN_MUST_USE ptrun_status ptrun_compare_finish(ptrun_compare *compare, ptrun_error *err);

/* Whether both answered the same images with the same best classes. */
bool ptrun_compare_agrees(const ptrun_compare *compare);

/* Members of the document from "images" to "disagreements". */
void ptrun_compare_write(ptrun_json_writer *w, const ptrun_compare *compare);

#endif
