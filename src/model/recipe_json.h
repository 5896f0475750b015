/* Recipes as JSON, format "ptrun-recipe/1". docs/recipe.md describes every key for users. */
#ifndef PTRUN_MODEL_RECIPE_JSON_H
#define PTRUN_MODEL_RECIPE_JSON_H

#include "prep/recipe.h"
#include "json/json.h"
#include "json/write.h"

#define PTRUN_RECIPE_FORMAT "ptrun-recipe/1"

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

/* Read the keys that `object` has and that `wanted[key]` asks for into `recipe`, replacing what it holds for
 * them; has[key] tells which were there, wanted or not. Every key of the document is checked, wanted or not:
 *   format            required, "ptrun-recipe/1"
 *   input             color: rgb (where it is not said) | bgr | gray; shape: [C, H, W]
 *   steps             at most PTRUN_RECIPE_MAX_STEPS; geometric ones first, then at most one scale, then at
 *                     most one normalize; each with its own keys only. A resize must name its filter.
 *   output            activation; select: an index from 0 or a key
 *   exif_orientation  ignore | apply
 *   labels            strings, or null for a class without a name
 *   origin, goldens   objects or arrays that the exporter writes into ptrun.json: passed over
 * RECIPE_INVALID with the JSON path, OUT_OF_MEMORY; `recipe` is unchanged then. */
PTRUN_MUST_USE ptrun_status ptrun_recipe_read(ptrun_recipe *recipe, ptrun_json_node object,
                                              const bool wanted[PTRUN_RECIPE_N_KEYS],
                                              bool has[PTRUN_RECIPE_N_KEYS], ptrun_error *err);

/* What cannot be seen from one key alone: three means or stds want three channels; the shape against colour
 * and final size. RECIPE_INVALID. */
PTRUN_MUST_USE ptrun_status ptrun_recipe_check(const ptrun_recipe *recipe, ptrun_error *err);

/* The whole recipe as one JSON object in the order of the contract; reading it gives the same recipe, bit by
 * bit. "output" and "labels" are left out where there is nothing to say. */
void ptrun_recipe_write(ptrun_json_writer *w, const ptrun_recipe *recipe);

#endif
