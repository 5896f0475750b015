/* A bounded list of the most telling pictures. */
#ifndef PTRUN_EVAL_EXAMPLES_H
#define PTRUN_EVAL_EXAMPLES_H

#include "eval/eval.h"

/* Room for `capacity` examples; `list->low` stays. False where memory runs out. */
bool ptrun_examples_open(ptrun_eval_list *list, size_t capacity);
void ptrun_examples_release(ptrun_eval_list *list);

/* Keep the record where it is more telling than one that is kept, or there is room; of two with the same
 * score the earlier one is more telling. The record has a class. False where memory runs out. */
bool ptrun_examples_add(ptrun_eval_list *list, const ptrun_record *record, int64_t truth);

/* The most telling first. Nothing may be added afterwards. */
void ptrun_examples_sort(ptrun_eval_list *list);

#endif
