#include "model/recipe_json.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "model/recipe_steps.h"
#include "model/recipe_words.h"

#include <string.h>

static const char *const key_names[] = {"input", "steps", "output", "exif_orientation", "labels"};

const char *ptrun_recipe_key_name(ptrun_recipe_key key)
{
    return key_names[key];
}

static ptrun_status read_input(ptrun_recipe *recipe, ptrun_json_node object, ptrun_error *err)
{
    static const char *const keys[] = {"color", "shape", NULL};
    int color_number = PTRUN_COLOR_RGB;
    ptrun_json_node color = ptrun_json_member(object, "color"), shape = ptrun_json_member(object, "shape");
    ptrun_status status = ptrun_json_only(object, keys, PTRUN_RECIPE_INVALID, err);
    if (status == PTRUN_OK && color.value)
        status = ptrun_recipe_get_choice(color, "color", ptrun_recipe_color_word, &color_number, err);
    recipe->color = (ptrun_color)color_number;
    recipe->has_shape = shape.value;
    if (status == PTRUN_OK && shape.value)
        status = ptrun_recipe_get_sides(shape, 3, "[channels, height, width]", recipe->shape, err);
    return status;
}

static ptrun_status read_select(ptrun_recipe *recipe, ptrun_json_node node, ptrun_error *err)
{
    const char *key;
    if (ptrun_json_kind_of(node) == PTRUN_JSON_NUMBER) {
        recipe->select_kind = PTRUN_SELECT_INDEX;
        return ptrun_json_get_int(node, 0, INT32_MAX, PTRUN_RECIPE_INVALID, &recipe->select_index, err);
    }
    if (ptrun_json_kind_of(node) != PTRUN_JSON_STRING)
        return ptrun_fail(err, PTRUN_RECIPE_INVALID, "%s: an index from 0 or a key is wanted", node.path);
    ptrun_status status = ptrun_json_get_string(node, PTRUN_RECIPE_INVALID, &key, err);
    if (status != PTRUN_OK) return status;
    recipe->select_kind = PTRUN_SELECT_KEY;
    recipe->select_key = ptrun_mem_strdup(key, strlen(key));
    return recipe->select_key ? PTRUN_OK : ptrun_fail_memory(err, "the recipe");
}

static ptrun_status read_output(ptrun_recipe *recipe, ptrun_json_node object, ptrun_error *err)
{
    static const char *const keys[] = {"activation", "select", NULL};
    int number = 0;
    ptrun_json_node activation = ptrun_json_member(object, "activation"),
                    select = ptrun_json_member(object, "select");
    ptrun_status status = ptrun_json_only(object, keys, PTRUN_RECIPE_INVALID, err);
    if (status == PTRUN_OK && activation.value) {
        status =
            ptrun_recipe_get_choice(activation, "activation", ptrun_recipe_activation_word, &number, err);
        recipe->activation = (ptrun_activation)(number + 1);
    }
    if (status == PTRUN_OK && select.value) status = read_select(recipe, select, err);
    return status;
}

static ptrun_status read_orientation(ptrun_recipe *recipe, ptrun_json_node node, ptrun_error *err)
{
    int number = 0;
    ptrun_status status =
        ptrun_recipe_get_choice(node, "choice", ptrun_recipe_orientation_word, &number, err);
    recipe->apply_orientation = number == 1;
    return status;
}

static ptrun_status read_labels(ptrun_recipe *recipe, ptrun_json_node array, ptrun_error *err)
{
    ptrun_status status = ptrun_json_expect(array, PTRUN_JSON_ARRAY, PTRUN_RECIPE_INVALID, err);
    if (status != PTRUN_OK) return status;
    recipe->labels = ptrun_mem_zalloc(ptrun_json_count(array), sizeof *recipe->labels);
    if (!recipe->labels) return ptrun_fail_memory(err, "the labels");
    for (ptrun_json_node entry = ptrun_json_at(array, 0); entry.value;
         entry = ptrun_json_next(array, entry)) {
        const char *label;
        char **place = &recipe->labels[recipe->n_labels++];
        if (ptrun_json_kind_of(entry) == PTRUN_JSON_NULL) continue;
        status = ptrun_json_get_string(entry, PTRUN_RECIPE_INVALID, &label, err);
        if (status != PTRUN_OK) return status;
        *place = ptrun_mem_strdup(label, strlen(label));
        if (!*place) return ptrun_fail_memory(err, "the labels");
    }
    return PTRUN_OK;
}

/* Indexed by ptrun_recipe_key. */
static ptrun_status (*const key_readers[])(ptrun_recipe *recipe, ptrun_json_node node, ptrun_error *err) = {
    read_input, ptrun_recipe_read_steps, read_output, read_orientation, read_labels,
};

static ptrun_status check_format(ptrun_json_node object, ptrun_error *err)
{
    const char *format;
    ptrun_json_node node = ptrun_json_member(object, "format");
    ptrun_status status = ptrun_json_get_string(node, PTRUN_RECIPE_INVALID, &format, err);
    if (status != PTRUN_OK || ptrun_str_equal(format, PTRUN_RECIPE_FORMAT)) return status;
    char shown[PTRUN_JSON_SHOW_SIZE];
    ptrun_json_show(shown, node);
    return ptrun_fail(err, PTRUN_RECIPE_INVALID, "%s: %s is not known; this version of ptrun reads \"%s\"",
                      node.path, shown, PTRUN_RECIPE_FORMAT);
}

static ptrun_status check_passed_over(ptrun_json_node node, ptrun_error *err)
{
    ptrun_json_kind kind = ptrun_json_kind_of(node);
    if (kind == PTRUN_JSON_ABSENT || kind == PTRUN_JSON_OBJECT || kind == PTRUN_JSON_ARRAY) return PTRUN_OK;
    return ptrun_fail(err, PTRUN_RECIPE_INVALID, "%s: an object or an array is wanted", node.path);
}

/* The parts of `from` that belong to `key` take their place in `to`, which gives its own in return. */
static void exchange_key(ptrun_recipe *to, ptrun_recipe *from, ptrun_recipe_key key)
{
    ptrun_recipe old = *to;
    switch (key) {
    case PTRUN_RECIPE_INPUT:
        to->color = from->color;
        to->has_shape = from->has_shape;
        memcpy(to->shape, from->shape, sizeof to->shape);
        break;
    case PTRUN_RECIPE_STEPS:
        to->n_steps = from->n_steps;
        memcpy(to->steps, from->steps, sizeof to->steps);
        break;
    case PTRUN_RECIPE_OUTPUT:
        to->activation = from->activation;
        to->select_kind = from->select_kind;
        to->select_index = from->select_index;
        to->select_key = from->select_key;
        from->select_key = old.select_key;
        break;
    case PTRUN_RECIPE_ORIENTATION:
        to->apply_orientation = from->apply_orientation;
        break;
    case PTRUN_RECIPE_LABELS:
        to->labels = from->labels;
        to->n_labels = from->n_labels;
        from->labels = old.labels;
        from->n_labels = old.n_labels;
        break;
    case PTRUN_RECIPE_N_KEYS:
        break;
    }
}

ptrun_status ptrun_recipe_read(ptrun_recipe *recipe, ptrun_json_node object,
                               const bool wanted[PTRUN_RECIPE_N_KEYS], bool has[PTRUN_RECIPE_N_KEYS],
                               ptrun_error *err)
{
    static const char *const known[] = {"format", "input",  "steps",   "output", "exif_orientation",
                                        "labels", "origin", "goldens", NULL};
    ptrun_recipe parsed = {0};
    ptrun_status status = ptrun_json_only(object, known, PTRUN_RECIPE_INVALID, err);
    if (status == PTRUN_OK) status = check_format(object, err);
    if (status == PTRUN_OK) status = check_passed_over(ptrun_json_member(object, "origin"), err);
    if (status == PTRUN_OK) status = check_passed_over(ptrun_json_member(object, "goldens"), err);
    for (int key = 0; key < PTRUN_RECIPE_N_KEYS; key++) {
        ptrun_json_node node = ptrun_json_member(object, key_names[key]);
        has[key] = node.value;
        if (status == PTRUN_OK && has[key]) status = key_readers[key](&parsed, node, err);
    }
    for (int key = 0; key < PTRUN_RECIPE_N_KEYS && status == PTRUN_OK; key++)
        if (has[key] && wanted[key]) exchange_key(recipe, &parsed, (ptrun_recipe_key)key);
    ptrun_recipe_release(&parsed);
    return status;
}

static ptrun_status check_shape(const ptrun_recipe *recipe, ptrun_error *err)
{
    int32_t channels = ptrun_recipe_channels(recipe), width, height;
    if (recipe->shape[0] != channels)
        return ptrun_fail(err, PTRUN_RECIPE_INVALID, "$.input.shape: %d channels, but color \"%s\" has %d",
                          (int)recipe->shape[0], ptrun_color_name(recipe->color), (int)channels);
    if (!ptrun_recipe_fixed_size(recipe, &width, &height)) return PTRUN_OK;
    if (recipe->shape[1] != height || recipe->shape[2] != width)
        return ptrun_fail(err, PTRUN_RECIPE_INVALID,
                          "$.input.shape: [%d, %d] pixels, but $.steps make [%d, %d]", (int)recipe->shape[1],
                          (int)recipe->shape[2], (int)height, (int)width);
    return PTRUN_OK;
}

ptrun_status ptrun_recipe_check(const ptrun_recipe *recipe, ptrun_error *err)
{
    int32_t channels = ptrun_recipe_channels(recipe);
    for (int32_t i = 0; i < recipe->n_steps; i++) {
        const ptrun_step *step = &recipe->steps[i];
        if (step->kind == PTRUN_STEP_NORMALIZE && step->normalize.channels > channels)
            return ptrun_fail(err, PTRUN_RECIPE_INVALID,
                              "$.steps[%d].mean: %d numbers, but color \"%s\" has one channel", (int)i,
                              (int)step->normalize.channels, ptrun_color_name(recipe->color));
    }
    return recipe->has_shape ? check_shape(recipe, err) : PTRUN_OK;
}

static void write_output(ptrun_json_writer *w, const ptrun_recipe *recipe)
{
    if (recipe->activation == PTRUN_ACTIVATION_UNSET && recipe->select_kind == PTRUN_SELECT_ONLY) return;
    ptrun_json_put_key(w, "output");
    ptrun_json_begin_object(w);
    if (recipe->activation != PTRUN_ACTIVATION_UNSET)
        ptrun_json_put_member(w, "activation", ptrun_activation_name(recipe->activation));
    if (recipe->select_kind != PTRUN_SELECT_ONLY) ptrun_json_put_key(w, "select");
    if (recipe->select_kind == PTRUN_SELECT_INDEX) ptrun_json_put_int(w, recipe->select_index);
    if (recipe->select_kind == PTRUN_SELECT_KEY) ptrun_json_put_text(w, recipe->select_key);
    ptrun_json_end_object(w);
}

void ptrun_recipe_write(ptrun_json_writer *w, const ptrun_recipe *recipe)
{
    ptrun_json_begin_object(w);
    ptrun_json_put_member(w, "format", PTRUN_RECIPE_FORMAT);
    ptrun_json_put_key(w, "input");
    ptrun_json_begin_object(w);
    ptrun_json_put_member(w, "color", ptrun_color_name(recipe->color));
    if (recipe->has_shape) ptrun_recipe_put_sides(w, "shape", recipe->shape, 3);
    ptrun_json_end_object(w);
    ptrun_recipe_write_steps(w, recipe);
    write_output(w, recipe);
    ptrun_json_put_member(w, "exif_orientation", ptrun_recipe_orientation_word(recipe->apply_orientation));
    if (recipe->n_labels) {
        ptrun_json_put_key(w, "labels");
        ptrun_json_begin_array(w);
        for (size_t i = 0; i < recipe->n_labels; i++) ptrun_json_put_text(w, recipe->labels[i]);
        ptrun_json_end_array(w);
    }
    ptrun_json_end_object(w);
}
