/* Whether a model's raw output is what a classifier gives: one row of scores for each image. */
#ifndef PTRUN_RESULT_READING_H
#define PTRUN_RESULT_READING_H

#include "ptrun/engine.h"
#include "result/score.h"

/* `output` is that of a successful run(); `scoring` is how scores will be made of it.
 * OUTPUT_SHAPE: more than one dimension beside that of the images has more than one entry (maps, sequences).
 * OUTPUT_AMBIGUOUS: integers, which are class numbers or counts rather than scores, unless they are to be taken as
 * they are; one number an image, unless it is to be taken as it is or through a sigmoid: softmax over it is always 1.
 * Any thread. */
PTRUN_MUST_USE ptrun_status ptrun_reading_check(const ptrun_engine_output *output, ptrun_scoring scoring,
                                                ptrun_error *err);

#endif
