#include "model/recipe_words.h"

#include "base/error.h"
#include "base/str.h"
#include "prep/recipe.h"

#include <stdio.h>
#include <string.h>

const char *ptrun_recipe_color_word(int number)
{
    return number <= PTRUN_COLOR_GRAY ? ptrun_color_name((ptrun_color)number) : NULL;
}

const char *ptrun_recipe_filter_word(int number)
{
    return number <= PTRUN_FILTER_LANCZOS ? ptrun_filter_name((ptrun_filter)number) : NULL;
}

const char *ptrun_recipe_rounding_word(int number)
{
    return number <= PTRUN_CROP_TRANSFORMERS ? ptrun_crop_rounding_name((ptrun_crop_rounding)number) : NULL;
}

const char *ptrun_recipe_activation_word(int number)
{
    return number < PTRUN_ACTIVATION_NONE ? ptrun_activation_name((ptrun_activation)(number + 1)) : NULL;
}

const char *ptrun_recipe_orientation_word(int number)
{
    static const char *const words[] = {"ignore", "apply"};
    return number < 2 ? words[number] : NULL;
}

static ptrun_status fail_choice(ptrun_json_node node, const char *what, ptrun_recipe_word_fn *word,
                                ptrun_error *err)
{
    char list[128] = "", shown[PTRUN_JSON_SHOW_SIZE];
    for (int i = 0; word(i); i++) {
        size_t length = strlen(list);
        snprintf(list + length, sizeof list - length, "%s%s", i ? ", " : "", word(i));
    }
    ptrun_json_show(shown, node);
    if (!node.value) return ptrun_fail(err, PTRUN_RECIPE_INVALID, "%s: missing; one of %s", node.path, list);
    return ptrun_fail(err, PTRUN_RECIPE_INVALID, "%s: %s is no %s; one of %s", node.path, shown, what, list);
}

ptrun_status ptrun_recipe_get_choice(ptrun_json_node node, const char *what, ptrun_recipe_word_fn *word,
                                     int *out, ptrun_error *err)
{
    const char *text = NULL;
    if (ptrun_json_kind_of(node) == PTRUN_JSON_STRING) {
        ptrun_status status = ptrun_json_get_string(node, PTRUN_RECIPE_INVALID, &text, err);
        if (status != PTRUN_OK) return status;
    }
    for (int i = 0; text && word(i); i++)
        if (ptrun_str_equal(text, word(i))) return *out = i, PTRUN_OK;
    return fail_choice(node, what, word, err);
}
