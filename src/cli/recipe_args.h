/* The options that say how an image becomes the model's input and how its output is read; shared by every command
 * that prepares images. */
#ifndef PTRUN_CLI_RECIPE_ARGS_H
#define PTRUN_CLI_RECIPE_ARGS_H

#include "cli/cli.h"
#include "cli/options.h"
#include "model/recipe_source.h"

typedef struct ptrun_recipe_args {
    const char *recipe, *preset;
    const char *labels;
    const char *activation, *select; /* NULL: not given */
    bool require;
} ptrun_recipe_args;

/* Where the recipe comes from; for commands that run the model, which part of its output counts; for those that make
 * scores of it, how. */
extern const ptrun_option ptrun_recipe_rows[];
extern const ptrun_option ptrun_select_rows[];
extern const ptrun_option ptrun_scoring_rows[];

/* The recipe in force for the model (NULL file and path: none), checked. Warns once where it is the default. The
 * failure is told to the user; *code is then the exit code and the result false. The caller releases *out. */
bool ptrun_recipe_args_resolve(const ptrun_recipe_args *args, const ptrun_cli *cli, const char *model_path,
                               const ptrun_model_file *model, ptrun_recipe_in_force *out, int *code);

/* The recipe and where each key came from, as JSON members: "recipe":{…},"recipe_from":{…}. */
void ptrun_recipe_args_describe(const ptrun_recipe_in_force *in_force, ptrun_json_writer *w);

#endif
