/* The recipe's "steps" and its sizes in JSON. Within model/ only; the rules are in recipe_json.h. */
#ifndef PTRUN_MODEL_RECIPE_STEPS_H
#define PTRUN_MODEL_RECIPE_STEPS_H

#include "prep/recipe.h"
#include "json/json.h"
#include "json/write.h"

/* Into an empty recipe. RECIPE_INVALID. */
PTRUN_MUST_USE ptrun_status ptrun_recipe_read_steps(ptrun_recipe *recipe, ptrun_json_node array,
                                                    ptrun_error *err);
void ptrun_recipe_write_steps(ptrun_json_writer *w, const ptrun_recipe *recipe);

/* An array of exactly `count` sides of 1 to 65535; `what` names it in the message. RECIPE_INVALID. */
PTRUN_MUST_USE ptrun_status ptrun_recipe_get_sides(ptrun_json_node node, size_t count, const char *what,
                                                   int32_t *out, ptrun_error *err);
void ptrun_recipe_put_sides(ptrun_json_writer *w, const char *key, const int32_t *sides, size_t count);

#endif
