/* Where each key of the recipe comes from: the first source that has it. */
#ifndef PTRUN_MODEL_RECIPE_SOURCE_H
#define PTRUN_MODEL_RECIPE_SOURCE_H

#include "model/file.h"
#include "model/recipe_json.h"

/* What the user gave. Strings are borrowed; NULL where not given. */
typedef struct ptrun_recipe_request {
    const char *model_path;        /* for MODEL.recipe.json beside it; NULL: no model */
    const ptrun_model_file *model; /* for the archive's extra/ptrun.json; NULL: no model */
    const char *recipe_path;       /* --recipe */
    const char *preset;            /* --preset */
    const char *labels_path;       /* --labels: one name a line, UTF-8 */
    ptrun_activation activation;   /* --activation; UNSET: not given */
    const char *select;            /* --select: index or key of the part of the output */
    bool require;                  /* --require-recipe: RECIPE_REQUIRED rather than the default */
} ptrun_recipe_request;

/* The recipe in force and the source of each key: "option", "file", "preset", "sidecar", "model",
 * "default", or "none" for a key that nobody has. */
typedef struct ptrun_recipe_in_force {
    ptrun_recipe recipe;
    const char *source[PTRUN_RECIPE_N_KEYS]; /* static words */
    bool defaulted;                          /* `input` or `steps` is the default's: worth one warning */
} ptrun_recipe_in_force;

/* Sources in order: options, --recipe, --preset, the file MODEL.recipe.json (the model's whole name, its
 * suffix too), the record extra/ptrun.json of the model, the preset "imagenet" for `input` and `steps`.
 * What the options name is always read and checked; what lies with the model only while a key is missing, so
 * that a whole recipe given by hand overrides one that cannot be used. --activation and
 * --select replace the one member of `output` alone.
 * A labels file has one name a line, the first for class 0, in UTF-8 (a byte-order mark and CRLF are fine);
 * the newline at its end begins no further line; an empty line is a class without a name.
 * RECIPE_INVALID (also an unknown preset), RECIPE_REQUIRED, RECIPE_UNREADABLE, LABELS_INVALID,
 * MODEL_CORRUPT (a damaged recipe inside the model), OUT_OF_MEMORY; the detail begins with the source and
 * names the JSON path, or the line for labels. */
PTRUN_MUST_USE ptrun_status ptrun_recipe_resolve(const ptrun_recipe_request *request,
                                                 ptrun_recipe_in_force *out, ptrun_error *err);

/* Accepts the zero value; zero afterwards. */
void ptrun_recipe_in_force_release(ptrun_recipe_in_force *in_force);

/* The built-in presets, name by name; NULL beyond the last. Static. */
const char *ptrun_recipe_preset_name(size_t index);

/* The JSON of a preset, or NULL. Static. */
const char *ptrun_recipe_preset_json(const char *name);

#endif
