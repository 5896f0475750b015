/* The true class of a picture: from the folder that it lies in, or from a list of paths; and the model's
 * class that such a name means.
 *
 * A name is looked up in the map that the user gave, then among the labels, then it is read as an index. A
 * label that several classes share is no answer. */
#ifndef PTRUN_EVAL_TRUTH_H
#define PTRUN_EVAL_TRUTH_H

#include "eval/eval.h"
#include "eval/table.h"
#include "ptrun/status.h"

typedef enum ptrun_truth_origin {
    PTRUN_TRUTH_BY_MAP,
    PTRUN_TRUTH_BY_LABEL,
    PTRUN_TRUTH_BY_INDEX,
    PTRUN_TRUTH_NO_CLASS,  /* none of the model's */
    PTRUN_TRUTH_AMBIGUOUS, /* the label of several classes */
} ptrun_truth_origin;

/* One name of a true class. */
typedef struct ptrun_truth_name {
    int64_t index; /* PTRUN_TRUTH_UNKNOWN for the last two origins */
    ptrun_truth_origin origin;
    uint64_t images; /* asked for so far */
} ptrun_truth_name;

/* The zero value knows nothing. Texts are copied. One thread. */
typedef struct ptrun_truth {
    ptrun_table labels;       /* label → index, PTRUN_TRUTH_UNKNOWN where several share it */
    size_t n_classes;         /* 0: not known, every index is taken */
    ptrun_table map;          /* name → index */
    ptrun_table paths;        /* path → index into facts */
    bool listed;              /* truths come from the list of paths alone */
    const char *const *roots; /* folders whose subfolders are classes; borrowed */
    size_t n_roots;
    ptrun_table names;       /* name → index into facts */
    ptrun_truth_name *facts; /* one for each name, in the order in which they were met */
    size_t fact_capacity;
} ptrun_truth;

void ptrun_truth_release(ptrun_truth *truth);

/* The model's classes, before anything is read. `labels` has n entries, each may be NULL; `complete`: there
 * are no others. OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_truth_set_labels(ptrun_truth *truth, char *const *labels, size_t n,
                                                   bool complete, ptrun_error *err);

/* Names to classes: CSV (name,class) or a JSON object {"name": class}; a class is an index or a label.
 * TRUTH_INVALID with line or path, OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_truth_read_map(ptrun_truth *truth, const char *text, size_t length,
                                                 ptrun_error *err);

/* Paths to names: CSV (path,class; a first line "path,class" or "path,label" is passed over) or JSON Lines
 * (path and class, label or index). TRUTH_INVALID with the line, OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_truth_read_list(ptrun_truth *truth, const char *text, size_t length,
                                                  ptrun_error *err);

/* What a name means. It is entered among the names. OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_truth_resolve(ptrun_truth *truth, const char *name, size_t length,
                                                ptrun_truth_name **out, ptrun_error *err);

/* The true class of the picture at `path` (as its record shows it) into *index: an index or PTRUN_TRUTH_*;
 * counted for its name. A listed path may be given with or without the root in front of it. OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_truth_of(ptrun_truth *truth, const char *path, size_t length,
                                           int64_t *index, ptrun_error *err);

/* "map", "label", "index", "none", "ambiguous". Static. */
const char *ptrun_truth_origin_word(ptrun_truth_origin origin);

#endif
