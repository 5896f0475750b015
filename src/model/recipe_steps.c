#include "model/recipe_steps.h"

#include "base/error.h"
#include "model/recipe_words.h"

#include <math.h>

enum { MAX_SIDE = 65535 };

static ptrun_status get_side(ptrun_json_node node, int32_t *out, ptrun_error *err)
{
    int64_t value = 0;
    ptrun_status status = ptrun_json_get_int(node, 1, MAX_SIDE, PTRUN_RECIPE_INVALID, &value, err);
    if (status == PTRUN_OK) *out = (int32_t)value;
    return status;
}

/* An array of exactly `count` sides. */
ptrun_status ptrun_recipe_get_sides(ptrun_json_node node, size_t count, const char *what, int32_t *out,
                                    ptrun_error *err)
{
    ptrun_status status = ptrun_json_expect(node, PTRUN_JSON_ARRAY, PTRUN_RECIPE_INVALID, err);
    if (status != PTRUN_OK) return status;
    if (ptrun_json_count(node) != count)
        return ptrun_fail(err, PTRUN_RECIPE_INVALID, "%s: %s is wanted", node.path, what);
    for (size_t i = 0; i < count && status == PTRUN_OK; i++)
        status = get_side(ptrun_json_at(node, i), &out[i], err);
    return status;
}

static ptrun_status get_size(ptrun_json_node node, int32_t *height, int32_t *width, ptrun_error *err)
{
    int32_t sides[2] = {0};
    ptrun_status status = ptrun_recipe_get_sides(node, 2, "[height, width]", sides, err);
    *height = sides[0];
    *width = sides[1];
    return status;
}

/* Exactly one of two members; *first tells which. */
static ptrun_status get_either(ptrun_json_node object, const char *a, const char *b, bool *first,
                               ptrun_error *err)
{
    bool has_a = ptrun_json_member(object, a).value, has_b = ptrun_json_member(object, b).value;
    *first = has_a;
    if (has_a != has_b) return PTRUN_OK;
    return ptrun_fail(err, PTRUN_RECIPE_INVALID, "%s: %s of \"%s\" and \"%s\" is wanted", object.path,
                      has_a ? "only one" : "one", a, b);
}

static ptrun_status read_resize(ptrun_step *step, ptrun_json_node object, ptrun_error *err)
{
    bool shorter = false;
    int filter = 0;
    ptrun_json_node max_size = ptrun_json_member(object, "max_size");
    ptrun_status status = get_either(object, "shorter", "size", &shorter, err);
    if (status == PTRUN_OK && shorter)
        status = get_side(ptrun_json_member(object, "shorter"), &step->resize.shorter, err);
    if (status == PTRUN_OK && !shorter)
        status = get_size(ptrun_json_member(object, "size"), &step->resize.height, &step->resize.width, err);
    if (status == PTRUN_OK)
        status = ptrun_recipe_get_choice(ptrun_json_member(object, "filter"), "filter",
                                         ptrun_recipe_filter_word, &filter, err);
    step->resize.filter = (ptrun_filter)filter;
    if (status != PTRUN_OK || !max_size.value) return status;
    if (!shorter)
        return ptrun_fail(err, PTRUN_RECIPE_INVALID, "%s: goes with \"shorter\" only", max_size.path);
    status = get_side(max_size, &step->resize.max_size, err);
    if (status == PTRUN_OK && step->resize.max_size <= step->resize.shorter)
        return ptrun_fail(err, PTRUN_RECIPE_INVALID, "%s: must be greater than \"shorter\" (%d)",
                          max_size.path, (int)step->resize.shorter);
    return status;
}

static ptrun_status read_center_crop(ptrun_step *step, ptrun_json_node object, ptrun_error *err)
{
    int rounding = PTRUN_CROP_TORCHVISION;
    ptrun_json_node word = ptrun_json_member(object, "rounding");
    ptrun_status status =
        get_size(ptrun_json_member(object, "size"), &step->crop.height, &step->crop.width, err);
    if (status == PTRUN_OK && word.value)
        status = ptrun_recipe_get_choice(word, "rounding", ptrun_recipe_rounding_word, &rounding, err);
    step->crop.rounding = (ptrun_crop_rounding)rounding;
    return status;
}

/* The factor as it will be used must neither vanish nor overflow: v / (float)factor, (float)(v * factor). */
static ptrun_status read_scale(ptrun_step *step, ptrun_json_node object, ptrun_error *err)
{
    bool divide = false;
    ptrun_status status = get_either(object, "divide", "multiply", &divide, err);
    if (status != PTRUN_OK) return status;
    ptrun_json_node factor = ptrun_json_member(object, divide ? "divide" : "multiply");
    step->scale.multiply = !divide;
    status = ptrun_json_get_double(factor, PTRUN_RECIPE_INVALID, &step->scale.factor, err);
    if (status != PTRUN_OK) return status;
    float largest = divide ? 255.0f / (float)step->scale.factor : (float)(255.0 * step->scale.factor);
    if (!isfinite(largest) || largest == 0)
        return ptrun_fail(err, PTRUN_RECIPE_INVALID, "%s: pixels scaled by it would be %s", factor.path,
                          largest == 0 ? "0" : "infinite");
    return PTRUN_OK;
}

/* One or three numbers as float32, as torch.tensor makes them. *count: 0 to begin with; else what is wanted.
 */
static ptrun_status get_channels(ptrun_json_node node, int32_t *count, float out[3], ptrun_error *err)
{
    ptrun_status status = ptrun_json_expect(node, PTRUN_JSON_ARRAY, PTRUN_RECIPE_INVALID, err);
    if (status != PTRUN_OK) return status;
    size_t n = ptrun_json_count(node);
    if (n != 1 && n != 3)
        return ptrun_fail(err, PTRUN_RECIPE_INVALID, "%s: one or three numbers are wanted", node.path);
    if (*count && (size_t)*count != n)
        return ptrun_fail(err, PTRUN_RECIPE_INVALID, "%s: %zu numbers, but \"mean\" has %d", node.path, n,
                          (int)*count);
    *count = (int32_t)n;
    for (size_t i = 0; i < n; i++) {
        double value = 0;
        ptrun_json_node entry = ptrun_json_at(node, i);
        status = ptrun_json_get_double(entry, PTRUN_RECIPE_INVALID, &value, err);
        if (status != PTRUN_OK) return status;
        out[i] = (float)value;
        if (!isfinite(out[i]))
            return ptrun_fail(err, PTRUN_RECIPE_INVALID, "%s: too large for float32", entry.path);
    }
    return PTRUN_OK;
}

static ptrun_status read_normalize(ptrun_step *step, ptrun_json_node object, ptrun_error *err)
{
    ptrun_json_node std = ptrun_json_member(object, "std");
    ptrun_status status =
        get_channels(ptrun_json_member(object, "mean"), &step->normalize.channels, step->normalize.mean, err);
    if (status == PTRUN_OK) status = get_channels(std, &step->normalize.channels, step->normalize.std, err);
    for (int32_t i = 0; i < step->normalize.channels && status == PTRUN_OK; i++)
        if (step->normalize.std[i] == 0)
            return ptrun_fail(err, PTRUN_RECIPE_INVALID,
                              "%s[%d]: 0 in float32, and nothing can be divided by it", std.path, (int)i);
    return status;
}

/* Indexed by ptrun_step_kind. */
static const struct {
    const char *op;
    const char *keys[6];
    ptrun_status (*read)(ptrun_step *step, ptrun_json_node object, ptrun_error *err);
} step_kinds[] = {
    [PTRUN_STEP_RESIZE] = {"resize", {"op", "shorter", "size", "max_size", "filter", NULL}, read_resize},
    [PTRUN_STEP_CENTER_CROP] = {"center_crop", {"op", "size", "rounding", NULL}, read_center_crop},
    [PTRUN_STEP_SCALE] = {"scale", {"op", "divide", "multiply", NULL}, read_scale},
    [PTRUN_STEP_NORMALIZE] = {"normalize", {"op", "mean", "std", NULL}, read_normalize},
};

static const char *op_word(int number)
{
    return number <= PTRUN_STEP_NORMALIZE ? step_kinds[number].op : NULL;
}

static ptrun_status read_step(ptrun_step *step, ptrun_json_node object, ptrun_error *err)
{
    int kind = 0;
    ptrun_status status = ptrun_json_expect(object, PTRUN_JSON_OBJECT, PTRUN_RECIPE_INVALID, err);
    if (status == PTRUN_OK)
        status = ptrun_recipe_get_choice(ptrun_json_member(object, "op"), "operation", op_word, &kind, err);
    if (status == PTRUN_OK)
        status = ptrun_json_only(object, step_kinds[kind].keys, PTRUN_RECIPE_INVALID, err);
    *step = (ptrun_step){.kind = (ptrun_step_kind)kind};
    return status == PTRUN_OK ? step_kinds[kind].read(step, object, err) : status;
}

/* Geometric steps in any order, then at most one scale, then at most one normalise. */
static ptrun_status check_order(const ptrun_step *before, const ptrun_step *step, ptrun_json_node object,
                                ptrun_error *err)
{
    if (!before || before->kind < PTRUN_STEP_SCALE || before->kind < step->kind) return PTRUN_OK;
    const char *first = step_kinds[before->kind].op, *second = step_kinds[step->kind].op;
    if (before->kind == step->kind)
        return ptrun_fail(err, PTRUN_RECIPE_INVALID, "%s: a second \"%s\"", object.path, second);
    return ptrun_fail(err, PTRUN_RECIPE_INVALID, "%s: \"%s\" cannot come after \"%s\"", object.path, second,
                      first);
}

ptrun_status ptrun_recipe_read_steps(ptrun_recipe *recipe, ptrun_json_node array, ptrun_error *err)
{
    ptrun_status status = ptrun_json_expect(array, PTRUN_JSON_ARRAY, PTRUN_RECIPE_INVALID, err);
    if (status == PTRUN_OK && ptrun_json_count(array) > PTRUN_RECIPE_MAX_STEPS)
        return ptrun_fail(err, PTRUN_RECIPE_INVALID, "%s: more than %d steps", array.path,
                          PTRUN_RECIPE_MAX_STEPS);
    for (ptrun_json_node object = ptrun_json_at(array, 0); object.value && status == PTRUN_OK;
         object = ptrun_json_next(array, object)) {
        ptrun_step *step = &recipe->steps[recipe->n_steps];
        status = read_step(step, object, err);
        if (status == PTRUN_OK) status = check_order(recipe->n_steps ? step - 1 : NULL, step, object, err);
        recipe->n_steps++;
    }
    return status;
}

void ptrun_recipe_put_sides(ptrun_json_writer *w, const char *key, const int32_t *values, size_t count)
{
    ptrun_json_put_key(w, key);
    ptrun_json_begin_array(w);
    for (size_t i = 0; i < count; i++) ptrun_json_put_int(w, values[i]);
    ptrun_json_end_array(w);
}

static void put_floats(ptrun_json_writer *w, const char *key, const float *values, int32_t count)
{
    ptrun_json_put_key(w, key);
    ptrun_json_begin_array(w);
    for (int32_t i = 0; i < count; i++) ptrun_json_put_float(w, values[i]);
    ptrun_json_end_array(w);
}

static void write_resize(ptrun_json_writer *w, const ptrun_step *step)
{
    if (step->resize.shorter) {
        ptrun_json_put_key(w, "shorter");
        ptrun_json_put_int(w, step->resize.shorter);
    } else {
        ptrun_recipe_put_sides(w, "size", (const int32_t[]){step->resize.height, step->resize.width}, 2);
    }
    if (step->resize.max_size) {
        ptrun_json_put_key(w, "max_size");
        ptrun_json_put_int(w, step->resize.max_size);
    }
    ptrun_json_put_member(w, "filter", ptrun_filter_name(step->resize.filter));
}

static void write_step(ptrun_json_writer *w, const ptrun_step *step)
{
    ptrun_json_begin_object(w);
    ptrun_json_put_member(w, "op", step_kinds[step->kind].op);
    switch (step->kind) {
    case PTRUN_STEP_RESIZE:
        write_resize(w, step);
        break;
    case PTRUN_STEP_CENTER_CROP:
        ptrun_recipe_put_sides(w, "size", (const int32_t[]){step->crop.height, step->crop.width}, 2);
        if (step->crop.rounding != PTRUN_CROP_TORCHVISION)
            ptrun_json_put_member(w, "rounding", ptrun_crop_rounding_name(step->crop.rounding));
        break;
    case PTRUN_STEP_SCALE:
        ptrun_json_put_key(w, step->scale.multiply ? "multiply" : "divide");
        ptrun_json_put_double(w, step->scale.factor);
        break;
    case PTRUN_STEP_NORMALIZE:
        put_floats(w, "mean", step->normalize.mean, step->normalize.channels);
        put_floats(w, "std", step->normalize.std, step->normalize.channels);
        break;
    }
    ptrun_json_end_object(w);
}

void ptrun_recipe_write_steps(ptrun_json_writer *w, const ptrun_recipe *recipe)
{
    ptrun_json_put_key(w, "steps");
    ptrun_json_begin_array(w);
    for (int32_t i = 0; i < recipe->n_steps; i++) write_step(w, &recipe->steps[i]);
    ptrun_json_end_array(w);
}
