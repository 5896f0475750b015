/* Class names from a text file. */
#ifndef PTRUN_MODEL_LABELS_H
#define PTRUN_MODEL_LABELS_H

#include "prep/recipe.h"

/* Set the labels of a recipe that has none; the format is recipe_source.h's. LABELS_INVALID (with the line),
 * OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_labels_read(ptrun_recipe *recipe, const char *path, ptrun_error *err);

#endif
