/* The figures as JSON. docs/eval.md says what each member means. */
#ifndef PTRUN_EVAL_WRITE_H
#define PTRUN_EVAL_WRITE_H

#include "eval/eval.h"
#include "eval/truth.h"
#include "json/write.h"

/* Members of the document from "images" to "truth_names", without the braces around them. `truth` may be
 * NULL. A confusion matrix of more than PTRUN_EVAL_MATRIX classes is left out (null); its cells that are not
 * zero always stand in "confusion_cells". */
void ptrun_eval_write(ptrun_json_writer *w, const ptrun_eval *eval, const ptrun_truth *truth);

enum { PTRUN_EVAL_MATRIX = 2000, PTRUN_EVAL_CONFUSIONS = 50 };

#endif
