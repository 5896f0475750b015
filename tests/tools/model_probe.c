/* The model room for the parity tests, many cases in one process. Each line of standard input is a JSON
 * object, each answer a line of JSON:
 *   {"open": PATH}                       what the file is; its records, whether they are whole, its facts
 *   {"recipe": {"model": PATH, "recipe": PATH, "preset": NAME, "labels": PATH, "activation": WORD,
 *               "require": BOOL}}        the recipe in force; every member may be left out */
#include "base/error.h"
#include "model/facts.h"
#include "model/recipe_source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put_error(ptrun_json_writer *w, const char *key, const ptrun_error *err)
{
    ptrun_json_put_key(w, key);
    ptrun_json_begin_object(w);
    ptrun_json_put_member(w, "status", ptrun_status_word(err->status));
    ptrun_json_put_member(w, "detail", err->detail);
    ptrun_json_end_object(w);
}

static void put_records(ptrun_json_writer *w, const ptrun_model_file *file)
{
    ptrun_json_put_key(w, "records");
    ptrun_json_begin_array(w);
    for (size_t i = 0; i < ptrun_model_file_count(file); i++) {
        const ptrun_model_record *record = ptrun_model_file_record(file, i);
        ptrun_json_begin_array(w);
        ptrun_json_put_text(w, record->name);
        ptrun_json_put_int(w, (int64_t)record->size);
        ptrun_json_put_int(w, record->crc);
        ptrun_json_end_array(w);
    }
    ptrun_json_end_array(w);
}

static void put_tensors(ptrun_json_writer *w, const ptrun_model_facts *facts)
{
    ptrun_json_put_key(w, "tensors");
    ptrun_json_begin_array(w);
    for (const ptrun_model_tensor *t = facts->tensors; t < facts->tensors + facts->n_tensors; t++) {
        ptrun_json_begin_object(w);
        ptrun_json_put_member(w, "name", t->name);
        ptrun_json_put_member(w, "role", ptrun_tensor_role_name(t->role));
        ptrun_json_put_member(w, "dtype", t->dtype);
        ptrun_json_put_member(w, "device", t->device);
        ptrun_json_put_key(w, "shape");
        ptrun_json_begin_array(w);
        for (int32_t i = 0; i < t->rank; i++) ptrun_json_put_int(w, t->dims[i]);
        ptrun_json_end_array(w);
        ptrun_json_end_object(w);
    }
    ptrun_json_end_array(w);
}

static void put_totals(ptrun_json_writer *w, const ptrun_model_facts *facts)
{
    ptrun_json_put_key(w, "totals");
    ptrun_json_begin_array(w);
    for (const ptrun_tensor_total *t = facts->totals; t < facts->totals + facts->n_totals; t++) {
        ptrun_json_begin_array(w);
        ptrun_json_put_text(w, ptrun_tensor_role_name(t->role));
        ptrun_json_put_text(w, t->dtype);
        ptrun_json_put_int(w, (int64_t)t->tensors);
        ptrun_json_put_int(w, t->elements);
        ptrun_json_put_int(w, t->bytes);
        ptrun_json_end_array(w);
    }
    ptrun_json_end_array(w);
}

static void put_facts(ptrun_json_writer *w, const ptrun_model_file *file)
{
    ptrun_error err = {0};
    ptrun_model_facts facts;
    if (ptrun_model_facts_read(&facts, file, &err) == PTRUN_OK) {
        ptrun_json_put_key(w, "format");
        ptrun_json_put_int(w, facts.format);
        ptrun_json_put_key(w, "mobile");
        ptrun_json_put_bool(w, facts.mobile);
        ptrun_json_put_key(w, "training");
        ptrun_json_put_bool(w, facts.training);
        ptrun_json_put_member(w, "class", facts.class_name);
        ptrun_json_put_member(w, "signature", facts.signature);
        put_tensors(w, &facts);
        put_totals(w, &facts);
    }
    put_error(w, "facts", &err);
    ptrun_model_facts_release(&facts);
}

static void answer_open(ptrun_json_writer *w, const char *path)
{
    ptrun_error err = {0}, check = {0};
    ptrun_model_file *file;
    ptrun_status status = ptrun_model_file_open(&file, path, &err);
    put_error(w, "open", &err);
    if (status != PTRUN_OK) return;
    if (ptrun_model_file_check(file, &check) != check.status) abort();
    put_error(w, "check", &check);
    put_records(w, file);
    put_facts(w, file);
    ptrun_model_file_close(&file);
}

static const char *text_of(ptrun_json_node object, const char *key)
{
    const char *text = NULL;
    ptrun_error err = {0};
    ptrun_json_node node = ptrun_json_member(object, key);
    return node.value && ptrun_json_get_string(node, PTRUN_USAGE, &text, &err) == PTRUN_OK ? text : NULL;
}

static void put_in_force(ptrun_json_writer *w, const ptrun_recipe_in_force *in_force)
{
    ptrun_json_put_key(w, "recipe");
    ptrun_recipe_write(w, &in_force->recipe);
    ptrun_json_put_key(w, "source");
    ptrun_json_begin_object(w);
    for (int key = 0; key < PTRUN_RECIPE_N_KEYS; key++)
        ptrun_json_put_member(w, ptrun_recipe_key_name((ptrun_recipe_key)key), in_force->source[key]);
    ptrun_json_end_object(w);
    ptrun_json_put_key(w, "defaulted");
    ptrun_json_put_bool(w, in_force->defaulted);
}

static void answer_recipe(ptrun_json_writer *w, ptrun_json_node object)
{
    ptrun_error err = {0};
    ptrun_model_file *file = NULL;
    ptrun_recipe_in_force in_force = {0};
    ptrun_json_node require = ptrun_json_member(object, "require");
    ptrun_recipe_request request = {.model_path = text_of(object, "model"),
                                    .recipe_path = text_of(object, "recipe"),
                                    .preset = text_of(object, "preset"),
                                    .labels_path = text_of(object, "labels")};
    const char *activation = text_of(object, "activation");
    ptrun_status status = PTRUN_OK;
    if (activation && !ptrun_activation_parse(activation, &request.activation)) abort();
    if (require.value) status = ptrun_json_get_bool(require, PTRUN_USAGE, &request.require, &err);
    if (status == PTRUN_OK && request.model_path)
        status = ptrun_model_file_open(&file, request.model_path, &err);
    request.model = file;
    if (status == PTRUN_OK) status = ptrun_recipe_resolve(&request, &in_force, &err);
    put_error(w, "resolve", &err);
    if (status == PTRUN_OK) put_in_force(w, &in_force);
    ptrun_recipe_in_force_release(&in_force);
    ptrun_model_file_close(&file);
}

static bool answer(const char *line, size_t length)
{
    ptrun_json *json;
    ptrun_error err = {0};
    if (ptrun_json_parse(&json, line, length, PTRUN_USAGE, &err) != PTRUN_OK) {
        fprintf(stderr, "model_probe: %s\n", err.detail);
        return false;
    }
    ptrun_buf buf = {0};
    ptrun_json_writer w = {.buf = &buf};
    ptrun_json_node root = ptrun_json_root(json), recipe = ptrun_json_member(root, "recipe");
    ptrun_json_begin_object(&w);
    if (recipe.value) answer_recipe(&w, recipe);
    else if (text_of(root, "open")) answer_open(&w, text_of(root, "open"));
    ptrun_json_end_object(&w);
    bool written = puts(ptrun_buf_text(&buf)) >= 0 && fflush(stdout) == 0;
    ptrun_buf_release(&buf);
    ptrun_json_close(&json);
    return written;
}

int main(void)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    bool good = true;
    while (good && (length = getline(&line, &capacity, stdin)) > 0) good = answer(line, (size_t)length);
    free(line);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
