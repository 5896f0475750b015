#include "model/recipe_source.h"

#include "base/error.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/num.h"
#include "model/labels.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_BYTES = 64 << 20 };

#define DEFAULT_PRESET "imagenet"

/* Take the keys that nobody before had; `word` becomes their source, `where` begins the message of a fault.
 */
static ptrun_status take_json(ptrun_recipe_in_force *out, const char *text, size_t length, const char *word,
                              const char *where, ptrun_error *err)
{
    ptrun_json *json = NULL;
    bool wanted[PTRUN_RECIPE_N_KEYS], has[PTRUN_RECIPE_N_KEYS] = {false};
    for (int key = 0; key < PTRUN_RECIPE_N_KEYS; key++) wanted[key] = !out->source[key];
    ptrun_status status = ptrun_json_parse(&json, text, length, PTRUN_RECIPE_INVALID, err);
    if (status == PTRUN_OK) status = ptrun_recipe_read(&out->recipe, ptrun_json_root(json), wanted, has, err);
    for (int key = 0; key < PTRUN_RECIPE_N_KEYS; key++)
        if (wanted[key] && has[key]) out->source[key] = word;
    ptrun_json_close(&json);
    return status == PTRUN_OK ? PTRUN_OK : ptrun_error_prefix(err, "%s: ", where);
}

/* `optional`: a file that is not there says nothing. */
static ptrun_status take_file(ptrun_recipe_in_force *out, const char *path, bool optional, const char *word,
                              const char *where, ptrun_error *err)
{
    ptrun_bytes bytes;
    ptrun_error cause = {0};
    ptrun_status status = ptrun_fs_read_given(path, MAX_BYTES, &bytes, &cause);
    if (status == PTRUN_FILE_NOT_FOUND && optional) return PTRUN_OK;
    if (status == PTRUN_OUT_OF_MEMORY) return ptrun_fail_memory(err, "the recipe");
    if (status != PTRUN_OK)
        return ptrun_fail(err, PTRUN_RECIPE_UNREADABLE, "%s: %s", where, ptrun_error_message(&cause));
    status = take_json(out, (const char *)bytes.data, bytes.size, word, where, err);
    ptrun_bytes_release(&bytes);
    return status;
}

static ptrun_status take_labels(ptrun_recipe_in_force *out, const char *path, ptrun_error *err)
{
    out->source[PTRUN_RECIPE_LABELS] = "option";
    ptrun_status status = ptrun_labels_read(&out->recipe, path, err);
    return status == PTRUN_OK ? PTRUN_OK : ptrun_error_prefix(err, "%s: ", "in the --labels file");
}

static ptrun_status fail_preset(ptrun_error *err)
{
    char list[160] = "";
    for (size_t i = 0; ptrun_recipe_preset_name(i); i++) {
        size_t length = strlen(list);
        snprintf(list + length, sizeof list - length, "%s%s", i ? ", " : "", ptrun_recipe_preset_name(i));
    }
    return ptrun_fail(err, PTRUN_RECIPE_INVALID, "no such preset; there are %s", list);
}

static ptrun_status take_preset(ptrun_recipe_in_force *out, const char *name, const char *word,
                                ptrun_error *err)
{
    const char *json = ptrun_recipe_preset_json(name);
    return json ? take_json(out, json, strlen(json), word, "in the preset", err) : fail_preset(err);
}

static ptrun_status take_sidecar(ptrun_recipe_in_force *out, const char *model_path, ptrun_error *err)
{
    ptrun_buf path = {0};
    ptrun_buf_printf(&path, "%s.recipe.json", model_path);
    ptrun_status status = PTRUN_OK;
    if (path.failed) status = ptrun_fail_memory(err, "the recipe");
    else status = take_file(out, path.data, true, "sidecar", "in the .recipe.json beside the model", err);
    ptrun_buf_release(&path);
    return status;
}

static ptrun_status take_record(ptrun_recipe_in_force *out, const ptrun_model_file *model, ptrun_error *err)
{
    const ptrun_model_record *record = ptrun_model_file_find(model, "extra/ptrun.json");
    if (!record) return PTRUN_OK;
    ptrun_buf text = {0};
    ptrun_status status = ptrun_model_record_read(record, MAX_BYTES, &text, err);
    if (status == PTRUN_OK)
        status =
            take_json(out, ptrun_buf_text(&text), text.length, "model", "in the model's ptrun.json", err);
    ptrun_buf_release(&text);
    return status;
}

static ptrun_status take_default(ptrun_recipe_in_force *out, bool require, ptrun_error *err)
{
    bool input = !out->source[PTRUN_RECIPE_INPUT], steps = !out->source[PTRUN_RECIPE_STEPS];
    out->defaulted = input || steps;
    if (!out->defaulted) return PTRUN_OK;
    if (require)
        return ptrun_fail(err, PTRUN_RECIPE_REQUIRED, "no source of the recipe has %s",
                          !steps   ? "\"input\""
                          : !input ? "\"steps\""
                                   : "\"input\" and \"steps\"");
    return take_preset(out, DEFAULT_PRESET, "default", err);
}

static bool is_whole(const ptrun_recipe_in_force *out)
{
    for (int key = 0; key < PTRUN_RECIPE_N_KEYS; key++)
        if (!out->source[key]) return false;
    return true;
}

static ptrun_status take_all(ptrun_recipe_in_force *out, const ptrun_recipe_request *request,
                             ptrun_error *err)
{
    ptrun_status status = PTRUN_OK;
    if (request->labels_path) status = take_labels(out, request->labels_path, err);
    if (status == PTRUN_OK && request->recipe_path)
        status = take_file(out, request->recipe_path, false, "file", "in the --recipe file", err);
    if (status == PTRUN_OK && request->preset) status = take_preset(out, request->preset, "preset", err);
    if (status == PTRUN_OK && request->model_path && !is_whole(out))
        status = take_sidecar(out, request->model_path, err);
    if (status == PTRUN_OK && request->model && !is_whole(out))
        status = take_record(out, request->model, err);
    if (status == PTRUN_OK) status = take_default(out, request->require, err);
    if (status != PTRUN_OK || ptrun_recipe_check(&out->recipe, err) == PTRUN_OK) return status;
    return ptrun_error_prefix(err, "with \"input\" of source %s and \"steps\" of source %s: ",
                              out->source[PTRUN_RECIPE_INPUT], out->source[PTRUN_RECIPE_STEPS]);
}

/* "1" is an index, anything else a key. */
static ptrun_status take_select(ptrun_recipe_in_force *out, const char *select, ptrun_error *err)
{
    ptrun_recipe *recipe = &out->recipe;
    free(recipe->select_key);
    recipe->select_key = NULL;
    recipe->select_kind = PTRUN_SELECT_INDEX;
    out->source[PTRUN_RECIPE_OUTPUT] = "option";
    if (ptrun_num_parse_int(select, 0, INT32_MAX, &recipe->select_index)) return PTRUN_OK;
    recipe->select_kind = PTRUN_SELECT_KEY;
    recipe->select_key = ptrun_mem_strdup(select, strlen(select));
    return recipe->select_key ? PTRUN_OK : ptrun_fail_memory(err, "the recipe");
}

ptrun_status ptrun_recipe_resolve(const ptrun_recipe_request *request, ptrun_recipe_in_force *out,
                                  ptrun_error *err)
{
    *out = (ptrun_recipe_in_force){0};
    ptrun_status status = take_all(out, request, err);
    if (status != PTRUN_OK) {
        ptrun_recipe_in_force_release(out);
        return status;
    }
    if (request->activation != PTRUN_ACTIVATION_UNSET) {
        out->recipe.activation = request->activation;
        out->source[PTRUN_RECIPE_OUTPUT] = "option";
    }
    if (request->select) status = take_select(out, request->select, err);
    if (status != PTRUN_OK) {
        ptrun_recipe_in_force_release(out);
        return status;
    }
    for (int key = 0; key < PTRUN_RECIPE_N_KEYS; key++)
        if (!out->source[key]) out->source[key] = "none";
    return PTRUN_OK;
}

void ptrun_recipe_in_force_release(ptrun_recipe_in_force *in_force)
{
    ptrun_recipe_release(&in_force->recipe);
    *in_force = (ptrun_recipe_in_force){0};
}
