#include "json/json.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "json/grammar.h"

#include <cjson/cJSON.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Integers that a double holds exactly, whoever reads them. */
#define MAX_INTEGER 9007199254740992.0

struct ptrun_json {
    cJSON *root;
};

/* Indexed by ptrun_json_kind. */
static const char *const kind_words[] = {"nothing",  "null",     "true or false", "a number",
                                         "a string", "an array", "an object"};

static bool append(char *out, size_t size, const char *text)
{
    return ptrun_str_append_printable(out, size, text, strlen(text));
}

static bool is_plain_key(const char *key)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    return *key && strspn(key, plain) == strlen(key);
}

static void append_key(ptrun_json_node *node, const char *key)
{
    bool plain = is_plain_key(key);
    if (append(node->path, sizeof node->path, plain ? "." : "[\"") &&
        append(node->path, sizeof node->path, key) && !plain)
        append(node->path, sizeof node->path, "\"]");
}

static ptrun_json_node make_child(ptrun_json_node parent, const cJSON *value, size_t index)
{
    ptrun_json_node child = {.value = value, .index = index};
    memcpy(child.path, parent.path, sizeof child.path);
    if (value && value->string) {
        append_key(&child, value->string);
    } else {
        char text[32];
        snprintf(text, sizeof text, "[%zu]", index);
        append(child.path, sizeof child.path, text);
    }
    return child;
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static ptrun_status check_keys_once(ptrun_json_node object, ptrun_status status, ptrun_error *err)
{
    size_t count = ptrun_json_count(object), i = 0;
    if (count < 2) return PTRUN_OK;
    const char **keys = ptrun_mem_alloc(count, sizeof *keys);
    if (!keys) return ptrun_fail_memory(err, "JSON");
    for (const cJSON *member = ((const cJSON *)object.value)->child; member; member = member->next)
        keys[i++] = member->string;
    qsort(keys, count, sizeof *keys, compare_keys);
    ptrun_status result = PTRUN_OK;
    for (i = 1; i < count && result == PTRUN_OK; i++) {
        if (strcmp(keys[i - 1], keys[i]) != 0) continue;
        ptrun_json_node twice = object;
        append_key(&twice, keys[i]);
        result = ptrun_fail(err, status, "%s: the key is there twice", twice.path);
    }
    free(keys);
    return result;
}

/* Recursion is bounded by the grammar's depth. */
static ptrun_status check_all_keys_once(ptrun_json_node node, ptrun_status status, ptrun_error *err)
{
    ptrun_json_kind kind = ptrun_json_kind_of(node);
    if (kind != PTRUN_JSON_ARRAY && kind != PTRUN_JSON_OBJECT) return PTRUN_OK;
    ptrun_status result = kind == PTRUN_JSON_OBJECT ? check_keys_once(node, status, err) : PTRUN_OK;
    size_t index = 0;
    for (const cJSON *entry = ((const cJSON *)node.value)->child; entry && result == PTRUN_OK;
         entry = entry->next, index++)
        if (entry->child) result = check_all_keys_once(make_child(node, entry, index), status, err);
    return result;
}

ptrun_status ptrun_json_parse(ptrun_json **out, const void *text, size_t length, ptrun_status status,
                              ptrun_error *err)
{
    *out = NULL;
    const char *start = length ? text : "";
    if (length >= 3 && memcmp(start, "\xEF\xBB\xBF", 3) == 0) start += 3, length -= 3;
    ptrun_status result = ptrun_json_check_grammar(start, length, status, err);
    if (result != PTRUN_OK) return result;
    ptrun_json *json = ptrun_mem_zalloc(1, sizeof *json);
    if (json)
        json->root =
            cJSON_ParseWithLength(start, length); /* what is well formed fails for want of memory only */
    if (!json || !json->root) result = ptrun_fail_memory(err, "JSON");
    else result = check_all_keys_once(ptrun_json_root(json), status, err);
    if (result != PTRUN_OK) ptrun_json_close(&json);
    *out = json;
    return result;
}

void ptrun_json_close(ptrun_json **json)
{
    if (*json) cJSON_Delete((*json)->root);
    ptrun_mem_release(json);
}

ptrun_json_node ptrun_json_root(const ptrun_json *json)
{
    return (ptrun_json_node){.value = json->root, .path = "$"};
}

ptrun_json_kind ptrun_json_kind_of(ptrun_json_node node)
{
    const cJSON *value = node.value;
    switch (value ? value->type & 0xFF : cJSON_Invalid) {
    case cJSON_NULL:
        return PTRUN_JSON_NULL;
    case cJSON_False:
    case cJSON_True:
        return PTRUN_JSON_BOOL;
    case cJSON_Number:
        return PTRUN_JSON_NUMBER;
    case cJSON_String:
        return PTRUN_JSON_STRING;
    case cJSON_Array:
        return PTRUN_JSON_ARRAY;
    case cJSON_Object:
        return PTRUN_JSON_OBJECT;
    default:
        return PTRUN_JSON_ABSENT;
    }
}

ptrun_json_node ptrun_json_member(ptrun_json_node object, const char *key)
{
    ptrun_json_node child = object;
    child.value = object.value ? cJSON_GetObjectItemCaseSensitive(object.value, key) : NULL;
    append_key(&child, key);
    return child;
}

size_t ptrun_json_count(ptrun_json_node array_or_object)
{
    size_t count = 0;
    const cJSON *value = array_or_object.value;
    for (const cJSON *entry = value ? value->child : NULL; entry; entry = entry->next) count++;
    return count;
}

ptrun_json_node ptrun_json_at(ptrun_json_node array_or_object, size_t index)
{
    const cJSON *value = array_or_object.value;
    const cJSON *entry = value ? value->child : NULL;
    for (size_t i = 0; i < index && entry; i++) entry = entry->next;
    return make_child(array_or_object, entry, index);
}

ptrun_json_node ptrun_json_next(ptrun_json_node array_or_object, ptrun_json_node entry)
{
    const cJSON *value = entry.value;
    return make_child(array_or_object, value ? value->next : NULL, entry.index + 1);
}

const char *ptrun_json_key(ptrun_json_node member)
{
    const cJSON *value = member.value;
    return value ? value->string : NULL;
}

static void show_string(char out[PTRUN_JSON_SHOW_SIZE], const char *text)
{
    snprintf(out, PTRUN_JSON_SHOW_SIZE, "\"");
    append(out, PTRUN_JSON_SHOW_SIZE - 1, text);
    size_t length = strlen(out);
    snprintf(out + length, PTRUN_JSON_SHOW_SIZE - length, "\"");
}

void ptrun_json_show(char out[PTRUN_JSON_SHOW_SIZE], ptrun_json_node node)
{
    const cJSON *value = node.value;
    ptrun_json_kind kind = ptrun_json_kind_of(node);
    if (kind == PTRUN_JSON_STRING) show_string(out, value->valuestring);
    else if (kind == PTRUN_JSON_NUMBER && isfinite(value->valuedouble))
        ptrun_num_format_double(out, value->valuedouble);
    else if (kind == PTRUN_JSON_BOOL)
        snprintf(out, PTRUN_JSON_SHOW_SIZE, "%s", cJSON_IsTrue(value) ? "true" : "false");
    else snprintf(out, PTRUN_JSON_SHOW_SIZE, "%s", kind_words[kind]);
}

static ptrun_status fail_kind(ptrun_json_node node, const char *wanted, ptrun_status status, ptrun_error *err)
{
    char shown[PTRUN_JSON_SHOW_SIZE];
    ptrun_json_show(shown, node);
    if (!node.value) return ptrun_fail(err, status, "%s: missing; %s is wanted", node.path, wanted);
    return ptrun_fail(err, status, "%s: %s is wanted, not %s", node.path, wanted, shown);
}

ptrun_status ptrun_json_expect(ptrun_json_node node, ptrun_json_kind kind, ptrun_status status,
                               ptrun_error *err)
{
    return ptrun_json_kind_of(node) == kind ? PTRUN_OK : fail_kind(node, kind_words[kind], status, err);
}

ptrun_status ptrun_json_get_string(ptrun_json_node node, ptrun_status status, const char **out,
                                   ptrun_error *err)
{
    ptrun_status result = ptrun_json_expect(node, PTRUN_JSON_STRING, status, err);
    if (result == PTRUN_OK) *out = ((const cJSON *)node.value)->valuestring;
    return result;
}

ptrun_status ptrun_json_get_int(ptrun_json_node node, int64_t min, int64_t max, ptrun_status status,
                                int64_t *out, ptrun_error *err)
{
    char wanted[80];
    if (max == INT64_MAX) snprintf(wanted, sizeof wanted, "an integer of at least %lld", (long long)min);
    else snprintf(wanted, sizeof wanted, "an integer from %lld to %lld", (long long)min, (long long)max);
    if (ptrun_json_kind_of(node) != PTRUN_JSON_NUMBER) return fail_kind(node, wanted, status, err);
    double value = ((const cJSON *)node.value)->valuedouble;
    if (!(fabs(value) <= MAX_INTEGER) || floor(value) != value || (int64_t)value < min ||
        (int64_t)value > max)
        return fail_kind(node, wanted, status, err);
    *out = (int64_t)value;
    return PTRUN_OK;
}

ptrun_status ptrun_json_get_double(ptrun_json_node node, ptrun_status status, double *out, ptrun_error *err)
{
    ptrun_status result = ptrun_json_expect(node, PTRUN_JSON_NUMBER, status, err);
    if (result != PTRUN_OK) return result;
    double value = ((const cJSON *)node.value)->valuedouble;
    if (!isfinite(value)) return ptrun_fail(err, status, "%s: the number is too large", node.path);
    *out = value;
    return PTRUN_OK;
}

ptrun_status ptrun_json_get_bool(ptrun_json_node node, ptrun_status status, bool *out, ptrun_error *err)
{
    ptrun_status result = ptrun_json_expect(node, PTRUN_JSON_BOOL, status, err);
    if (result == PTRUN_OK) *out = cJSON_IsTrue((const cJSON *)node.value);
    return result;
}

static bool is_known(const char *key, const char *const *known)
{
    for (; *known; known++)
        if (ptrun_str_equal(key, *known)) return true;
    return false;
}

static ptrun_status fail_key(ptrun_json_node member, const char *const *known, ptrun_status status,
                             ptrun_error *err)
{
    const char *key = ptrun_json_key(member), *nearest = known[0];
    for (size_t i = 1; nearest && known[i]; i++)
        if (ptrun_str_distance(key, known[i]) < ptrun_str_distance(key, nearest)) nearest = known[i];
    if (nearest && ptrun_str_distance(key, nearest) < 3)
        return ptrun_fail(err, status, "%s: unknown key; did you mean \"%s\"?", member.path, nearest);
    char list[256] = "";
    for (size_t i = 0; known[i]; i++) {
        size_t length = strlen(list);
        snprintf(list + length, sizeof list - length, "%s%s", i ? ", " : "", known[i]);
    }
    return ptrun_fail(err, status, "%s: unknown key; known here: %s", member.path, list);
}

ptrun_status ptrun_json_only(ptrun_json_node object, const char *const *known, ptrun_status status,
                             ptrun_error *err)
{
    ptrun_status result = ptrun_json_expect(object, PTRUN_JSON_OBJECT, status, err);
    for (ptrun_json_node member = ptrun_json_at(object, 0); member.value && result == PTRUN_OK;
         member = ptrun_json_next(object, member))
        if (!is_known(ptrun_json_key(member), known)) result = fail_key(member, known, status, err);
    return result;
}

const char *ptrun_json_library(void)
{
    return cJSON_Version();
}
