#include "bench/profile.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "json/json.h"

#include <stdlib.h>
#include <string.h>

static int put(void *context, const char *text, size_t length)
{
    ptrun_buf *buf = context;
    ptrun_buf_put(buf, text, length);
    return buf->failed;
}

/* The entry of that name, made where there is none yet; NULL: no memory. */
static ptrun_bench_operator *find(ptrun_bench_profile *profile, const char *name)
{
    for (size_t i = 0; i < profile->count; i++)
        if (ptrun_str_equal(profile->items[i].name, name)) return &profile->items[i];
    ptrun_bench_operator *grown = ptrun_mem_resize(profile->items, profile->count + 1, sizeof *grown);
    if (!grown) return NULL;
    profile->items = grown;
    char *copy = ptrun_mem_strdup(name, strlen(name));
    if (!copy) return NULL;
    grown[profile->count] = (ptrun_bench_operator){.name = copy};
    return &grown[profile->count++];
}

static ptrun_status get(ptrun_json_node object, const char *key, double *sum, double scale, ptrun_error *err)
{
    double value;
    ptrun_status status = ptrun_json_get_double(ptrun_json_member(object, key), PTRUN_ENGINE_FAILED, &value, err);
    if (status == PTRUN_OK) *sum += value * scale;
    return status;
}

static ptrun_status add_operator(ptrun_bench_profile *profile, ptrun_json_node entry, ptrun_error *err)
{
    const char *name;
    ptrun_status status = ptrun_json_get_string(ptrun_json_member(entry, "name"), PTRUN_ENGINE_FAILED, &name, err);
    if (status != PTRUN_OK) return status;
    ptrun_bench_operator *row = find(profile, name);
    if (!row) return ptrun_fail_memory(err, "the profile");
    status = get(entry, "count", &row->count, 1, err);
    if (status == PTRUN_OK) status = get(entry, "total_ns", &row->total, 1e-6, err);
    return status == PTRUN_OK ? get(entry, "self_ns", &row->self, 1e-6, err) : status;
}

static ptrun_status add_forward(ptrun_bench_profile *profile, const ptrun_buf *text, ptrun_error *err)
{
    ptrun_json *json = NULL;
    ptrun_status status = ptrun_json_parse(&json, ptrun_buf_text(text), text->length, PTRUN_ENGINE_FAILED, err);
    if (status != PTRUN_OK) return status;
    ptrun_json_node root = ptrun_json_root(json), operators = ptrun_json_member(root, "operators");
    status = get(root, "forward_ns", &profile->forward, 1e-6, err);
    if (status == PTRUN_OK) status = ptrun_json_expect(operators, PTRUN_JSON_ARRAY, PTRUN_ENGINE_FAILED, err);
    ptrun_json_node entry = ptrun_json_at(operators, 0);
    for (size_t i = 0; i < ptrun_json_count(operators) && status == PTRUN_OK; i++) {
        status = add_operator(profile, entry, err);
        entry = ptrun_json_next(operators, entry);
    }
    ptrun_json_close(&json);
    if (status == PTRUN_OK) profile->forwards++;
    return status;
}

static int dearer(const void *a, const void *b)
{
    const ptrun_bench_operator *x = a, *y = b;
    if (x->self != y->self) return x->self < y->self ? 1 : -1;
    return strcmp(x->name, y->name);
}

static void average(ptrun_bench_profile *profile)
{
    double n = profile->forwards;
    profile->forward /= n;
    for (size_t i = 0; i < profile->count; i++) {
        ptrun_bench_operator *row = &profile->items[i];
        row->count /= n, row->total /= n, row->self /= n;
    }
    if (profile->count) qsort(profile->items, profile->count, sizeof *profile->items, dearer);
}

ptrun_status ptrun_bench_profile_make(ptrun_bench_profile *out, const ptrun_engine_api *engine,
                                      ptrun_engine_model *model, const ptrun_tensor *input, int32_t forwards,
                                      ptrun_error *err)
{
    ptrun_buf text = {0};
    ptrun_status status = PTRUN_OK;
    *out = (ptrun_bench_profile){0};
    if (!engine->profile) return ptrun_fail(err, PTRUN_ENGINE_FAILED, "the engine does not tell time by operator");
    for (int32_t i = 0; i < forwards && status == PTRUN_OK; i++) {
        ptrun_error failure = {0};
        ptrun_buf_clear(&text);
        status = engine->profile(model, input, put, &text, &failure);
        if (text.failed) status = ptrun_fail_memory(err, "the profile");
        else if (status != PTRUN_OK) *err = failure;
        else status = add_forward(out, &text, err);
    }
    ptrun_buf_release(&text);
    if (status == PTRUN_OK) average(out);
    else ptrun_bench_profile_release(out);
    return status;
}

void ptrun_bench_profile_release(ptrun_bench_profile *profile)
{
    for (size_t i = 0; i < profile->count; i++) free(profile->items[i].name);
    free(profile->items);
    *profile = (ptrun_bench_profile){0};
}
