/* The words that a recipe's JSON uses for enumerations, and reading one of them. Within model/ only. */
#ifndef PTRUN_MODEL_RECIPE_WORDS_H
#define PTRUN_MODEL_RECIPE_WORDS_H

#include "json/json.h"

/* The word of a number from 0, NULL beyond the last. Static. */
typedef const char *ptrun_recipe_word_fn(int number);

const char *ptrun_recipe_color_word(int number);      /* ptrun_color */
const char *ptrun_recipe_filter_word(int number);     /* ptrun_filter */
const char *ptrun_recipe_rounding_word(int number);   /* ptrun_crop_rounding */
const char *ptrun_recipe_activation_word(int number); /* ptrun_activation - 1: there is no word for "unset" */
const char *ptrun_recipe_orientation_word(int number); /* 0 ignore, 1 apply */

/* The number of the word at `node`. RECIPE_INVALID: `$.steps[1].filter: "cubic" is no filter; one of …`. */
PTRUN_MUST_USE ptrun_status ptrun_recipe_get_choice(ptrun_json_node node, const char *what,
                                                    ptrun_recipe_word_fn *word, int *out, ptrun_error *err);

#endif
