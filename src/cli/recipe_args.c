#include "cli/recipe_args.h"

#include "base/error.h"
#include "cli/message.h"

static const char *activation_name(size_t index)
{
    static const ptrun_activation order[] = {PTRUN_ACTIVATION_SOFTMAX, PTRUN_ACTIVATION_SIGMOID, PTRUN_ACTIVATION_NONE};
    return index < sizeof order / sizeof *order ? ptrun_activation_name(order[index]) : NULL;
}

const ptrun_option ptrun_recipe_rows[] = {
    {PTRUN_OPTION_TEXT(ptrun_recipe_args, recipe), .name = "recipe", .value = "FILE",
     .otherwise = "MODEL.recipe.json, then the recipe inside the model",
     .help = "a recipe as JSON; keys that it lacks come from the next source"},
    {PTRUN_OPTION_CHOICE(ptrun_recipe_args, preset), .name = "preset", .value = "NAME", .choice = ptrun_recipe_preset_name,
     .help = "a built-in recipe"},
    {PTRUN_OPTION_SWITCH(ptrun_recipe_args, require), .name = "require-recipe",
     .help = "fail rather than fall back to the default recipe"},
    {.name = NULL},
};

const ptrun_option ptrun_select_rows[] = {
    {PTRUN_OPTION_TEXT(ptrun_recipe_args, select), .name = "select", .value = "INDEX|KEY",
     .otherwise = "from the recipe, else the only tensor", .help = "which part of the model's output holds the classes"},
    {.name = NULL},
};

const ptrun_option ptrun_scoring_rows[] = {
    {PTRUN_OPTION_TEXT(ptrun_recipe_args, labels), .name = "labels", .value = "FILE", .otherwise = "from the recipe",
     .help = "names of the classes, one a line"},
    {PTRUN_OPTION_CHOICE(ptrun_recipe_args, activation), .name = "activation", .value = "A", .choice = activation_name,
     .otherwise = "from the recipe, else softmax", .help = "how scores come from the raw output"},
    {.name = NULL},
};

bool ptrun_recipe_args_resolve(const ptrun_recipe_args *args, const ptrun_cli *cli, const char *model_path,
                               const ptrun_model_file *model, ptrun_recipe_in_force *out, int *code)
{
    ptrun_recipe_request request = {.model_path = model_path,
                                    .model = model,
                                    .recipe_path = args->recipe,
                                    .preset = args->preset,
                                    .labels_path = args->labels,
                                    .select = args->select,
                                    .require = args->require};
    if (args->activation) (void)ptrun_activation_parse(args->activation, &request.activation);
    ptrun_error err = {0};
    *out = (ptrun_recipe_in_force){0};
    ptrun_status status = ptrun_recipe_resolve(&request, out, &err);
    if (status == PTRUN_OK) status = ptrun_recipe_check(&out->recipe, &err);
    if (status != PTRUN_OK) {
        ptrun_recipe_in_force_release(out);
        const char *what = status == PTRUN_LABELS_INVALID ? args->labels : args->recipe ? args->recipe : model_path;
        *code = ptrun_message_failure(cli, what, &err);
        return false;
    }
    if (out->defaulted)
        ptrun_message_warning(cli, "%s: no recipe found, the preset imagenet is used; --preset or --recipe settles it",
                              model_path ? model_path : "none");
    return true;
}

void ptrun_recipe_args_describe(const ptrun_recipe_in_force *in_force, ptrun_json_writer *w)
{
    ptrun_json_put_key(w, "recipe");
    ptrun_recipe_write(w, &in_force->recipe);
    ptrun_json_put_key(w, "recipe_from");
    ptrun_json_begin_object(w);
    for (int key = 0; key < PTRUN_RECIPE_N_KEYS; key++) {
        ptrun_json_put_key(w, ptrun_recipe_key_name((ptrun_recipe_key)key));
        ptrun_json_put_text(w, in_force->source[key]);
    }
    ptrun_json_end_object(w);
}
