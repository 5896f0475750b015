#include "output/manifest.h"

#include "base/error.h"
#include "base/fs.h"
#include "base/str.h"
#include "json/json.h"
#include "json/write.h"

#include <stdio.h>

#define FORMAT "ptrun-run/1"

void ptrun_manifest_path(const char *output, ptrun_buf *path)
{
    ptrun_buf_clear(path);
    ptrun_buf_printf(path, "%s.ptrun.json", output);
}

static void put_facts(ptrun_json_writer *w, const ptrun_manifest *manifest)
{
    ptrun_json_put_key(w, "run");
    ptrun_json_begin_object(w);
    for (size_t i = 0; i < manifest->n_facts; i++) {
        ptrun_json_put_key(w, manifest->facts[i].name);
        ptrun_json_put_text(w, manifest->facts[i].value);
    }
    ptrun_json_end_object(w);
}

static void put_plan(ptrun_json_writer *w, const ptrun_manifest *manifest)
{
    ptrun_json_put_key(w, "plan");
    ptrun_json_begin_object(w);
    ptrun_json_put_key(w, "jobs");
    ptrun_json_put_int(w, manifest->jobs);
    ptrun_json_put_key(w, "batch");
    ptrun_json_put_int(w, manifest->batch);
    ptrun_json_put_key(w, "forwards");
    ptrun_json_put_int(w, manifest->forwards);
    ptrun_json_put_key(w, "threads");
    ptrun_json_put_int(w, manifest->threads);
    ptrun_json_put_key(w, "preparation");
    ptrun_json_put_text(w, manifest->preparation);
    ptrun_json_put_key(w, "prepared_by");
    ptrun_json_put_text(w, manifest->prepared_by);
    ptrun_json_put_key(w, "error");
    ptrun_json_put_float(w, (float)manifest->error);
    ptrun_json_end_object(w);
}

ptrun_status ptrun_manifest_write(const char *output, const ptrun_manifest *manifest, ptrun_error *err)
{
    ptrun_buf text = {0}, path = {0};
    ptrun_json_writer w = {.buf = &text};
    ptrun_json_begin_object(&w);
    ptrun_json_put_key(&w, "format");
    ptrun_json_put_text(&w, FORMAT);
    ptrun_json_put_key(&w, "complete");
    ptrun_json_put_bool(&w, manifest->complete);
    ptrun_json_put_key(&w, "failed");
    ptrun_json_put_int(&w, (int64_t)manifest->failed);
    put_plan(&w, manifest);
    put_facts(&w, manifest);
    ptrun_buf_printf(&text, ",%s", manifest->head);
    if (manifest->tail) ptrun_buf_printf(&text, ",%s", manifest->tail);
    ptrun_json_end_object(&w);
    ptrun_buf_putc(&text, '\n');
    ptrun_manifest_path(output, &path);
    ptrun_status status = text.failed || path.failed ? ptrun_fail_memory(err, "the manifest")
                                                     : ptrun_fs_replace(path.data, text.data, text.length, err);
    ptrun_buf_release(&text);
    ptrun_buf_release(&path);
    return status;
}

static ptrun_status compare_facts(ptrun_json_node run, const ptrun_manifest *wanted, ptrun_error *err)
{
    for (size_t i = 0; i < wanted->n_facts; i++) {
        const char *recorded;
        ptrun_json_node fact = ptrun_json_member(run, wanted->facts[i].name);
        ptrun_status status = ptrun_json_get_string(fact, PTRUN_RESUME_MISMATCH, &recorded, err);
        if (status != PTRUN_OK) return status;
        if (!ptrun_str_equal(recorded, wanted->facts[i].value))
            return ptrun_fail(err, PTRUN_RESUME_MISMATCH, "%s: the interrupted run had %.120s, this one has %.120s",
                              wanted->facts[i].name, recorded, wanted->facts[i].value);
    }
    return PTRUN_OK;
}

static ptrun_status get_count(ptrun_json_node object, const char *key, int64_t min, int64_t max, int64_t *out, ptrun_error *err)
{
    return ptrun_json_get_int(ptrun_json_member(object, key), min, max, PTRUN_RESUME_MISMATCH, out, err);
}

static ptrun_status get_word(ptrun_json_node object, const char *key, char *out, size_t size, ptrun_error *err)
{
    const char *text;
    ptrun_status status = ptrun_json_get_string(ptrun_json_member(object, key), PTRUN_RESUME_MISMATCH, &text, err);
    if (status == PTRUN_OK) snprintf(out, size, "%s", text);
    return status;
}

static ptrun_status read_manifest(ptrun_json_node root, ptrun_manifest *wanted, ptrun_error *err)
{
    ptrun_json_node plan = ptrun_json_member(root, "plan");
    int64_t jobs = 0, batch = 0, forwards = 0, threads = 0, failed = 0;
    ptrun_status status = compare_facts(ptrun_json_member(root, "run"), wanted, err);
    if (status == PTRUN_OK) status = get_count(plan, "jobs", 1, INT32_MAX, &jobs, err);
    if (status == PTRUN_OK) status = get_count(plan, "batch", 1, INT32_MAX, &batch, err);
    if (status == PTRUN_OK) status = get_count(plan, "forwards", 1, INT32_MAX, &forwards, err);
    if (status == PTRUN_OK) status = get_count(plan, "threads", 1, INT32_MAX, &threads, err);
    if (status == PTRUN_OK) status = get_word(plan, "preparation", wanted->preparation, sizeof wanted->preparation, err);
    if (status == PTRUN_OK) status = get_word(plan, "prepared_by", wanted->prepared_by, sizeof wanted->prepared_by, err);
    if (status == PTRUN_OK)
        status = ptrun_json_get_double(ptrun_json_member(plan, "error"), PTRUN_RESUME_MISMATCH, &wanted->error, err);
    if (status == PTRUN_OK) status = get_count(root, "failed", 0, INT64_MAX / 1024, &failed, err);
    if (status == PTRUN_OK)
        status = ptrun_json_get_bool(ptrun_json_member(root, "complete"), PTRUN_RESUME_MISMATCH, &wanted->complete, err);
    if (status != PTRUN_OK) return status;
    wanted->jobs = (int32_t)jobs, wanted->batch = (int32_t)batch;
    wanted->forwards = (int32_t)forwards, wanted->threads = (int32_t)threads;
    wanted->failed = (uint64_t)failed;
    return PTRUN_OK;
}

ptrun_status ptrun_manifest_resume(const char *output, ptrun_manifest *wanted, ptrun_error *err)
{
    ptrun_buf path = {0};
    ptrun_bytes bytes = {0};
    ptrun_json *json = NULL;
    ptrun_error cause = {0};
    ptrun_manifest_path(output, &path);
    ptrun_status status = path.failed ? ptrun_fail_memory(err, "a file name") : PTRUN_OK;
    if (status == PTRUN_OK && ptrun_fs_read(path.data, 0, &bytes, &cause) != PTRUN_OK)
        status = ptrun_fail(err, PTRUN_RESUME_MISMATCH, "%s, which says what made it: %s", path.data, ptrun_error_message(&cause));
    if (status == PTRUN_OK) status = ptrun_json_parse(&json, bytes.data, bytes.size, PTRUN_RESUME_MISMATCH, err);
    if (status == PTRUN_OK) status = read_manifest(ptrun_json_root(json), wanted, err);
    ptrun_json_close(&json);
    ptrun_bytes_release(&bytes);
    ptrun_buf_release(&path);
    return status;
}
