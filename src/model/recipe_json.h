/* Recipes as JSON, format "ptrun-recipe/1". */
#ifndef PTRUN_MODEL_RECIPE_JSON_H
#define PTRUN_MODEL_RECIPE_JSON_H

#include "json/json.h"
#include "json/write.h"
#include "prep/recipe.h"

/* The keys of a recipe that come from a source as a whole. */
typedef enum ptrun_recipe_key {
    PTRUN_RECIPE_INPUT,
    PTRUN_RECIPE_STEPS,
    PTRUN_RECIPE_OUTPUT,
    PTRUN_RECIPE_ORIENTATION, /* "exif_orientation" */
    PTRUN_RECIPE_LABELS,
    PTRUN_RECIPE_N_KEYS,
} ptrun_recipe_key;

/* "input", "steps", "output", "exif_orientation", "labels". Static. */
const char *ptrun_recipe_key_name(ptrun_recipe_key key);

/* Read the keys that `object` has and that `wanted[key]` asks for into `recipe`; has[key] tells which
 * were there. Every key of the document is checked, wanted or not. RECIPE_INVALID with the JSON path,
 * OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_recipe_read(ptrun_recipe *recipe, ptrun_json_node object,
                                              const bool wanted[PTRUN_RECIPE_N_KEYS],
                                              bool has[PTRUN_RECIPE_N_KEYS], ptrun_error *err);

/* What cannot be seen from one key alone: channels of normalise against the colour, shape against
 * colour and final size. RECIPE_INVALID. */
PTRUN_MUST_USE ptrun_status ptrun_recipe_check(const ptrun_recipe *recipe, ptrun_error *err);

/* The whole recipe as JSON, in the order of the contract, readable again with the same meaning. */
void ptrun_recipe_write(ptrun_json_writer *w, const ptrun_recipe *recipe);

#endif
