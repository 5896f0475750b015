#include "cli/eval_records.h"

#include "base/error.h"
#include "base/fs.h"
#include "base/mem.h"
#include "cli/message.h"
#include "eval/eval.h"
#include "model/labels.h"
#include "output/manifest.h"
#include "json/json.h"

#include <string.h>

ptrun_status ptrun_eval_records_each(const ptrun_cli *cli, const char *path, ptrun_records_sink sink,
                                     void *context, ptrun_error *err)
{
    ptrun_bytes bytes;
    ptrun_error cause = {0};
    bool torn = false;
    if (ptrun_fs_map(path, &bytes, &cause) != PTRUN_OK)
        return ptrun_fail(err, PTRUN_RECORDS_INVALID, "%s", ptrun_error_message(&cause));
    ptrun_status status = PTRUN_OK;
    if (bytes.size == 0) status = ptrun_fail(err, PTRUN_RECORDS_INVALID, "the file is empty");
    else status = ptrun_records_read((const char *)bytes.data, bytes.size, sink, context, &torn, err);
    ptrun_bytes_release(&bytes);
    if (cli && torn && status == PTRUN_OK)
        ptrun_message_warning(cli, "%s: the last record is cut off and was passed over", path);
    return status;
}

/* Copy a JSON array of names and nulls. False: it is none. */
static bool take_labels(ptrun_json_node array, ptrun_recipe *out)
{
    size_t n = ptrun_json_count(array);
    if (ptrun_json_kind_of(array) != PTRUN_JSON_ARRAY || n == 0) return false;
    out->labels = ptrun_mem_zalloc(n, sizeof *out->labels);
    if (!out->labels) return false;
    out->n_labels = n;
    for (ptrun_json_node node = ptrun_json_at(array, 0); node.value; node = ptrun_json_next(array, node)) {
        const char *text;
        ptrun_error ignored = {0};
        if (ptrun_json_get_string(node, PTRUN_RECORDS_INVALID, &text, &ignored) == PTRUN_OK)
            out->labels[node.index] = ptrun_mem_strdup(text, strlen(text));
    }
    return true;
}

/* The recipe's labels as the manifest beside the records has them. A manifest that cannot be read says
 * nothing. */
static bool labels_of_manifest(const char *path, ptrun_recipe *out)
{
    ptrun_buf name = {0};
    ptrun_bytes bytes = {0};
    ptrun_json *json = NULL;
    ptrun_error ignored = {0};
    ptrun_manifest_path(path, &name);
    bool found = !name.failed && ptrun_fs_read(name.data, 0, &bytes, &ignored) == PTRUN_OK &&
                 ptrun_json_parse(&json, bytes.data, bytes.size, PTRUN_RECORDS_INVALID, &ignored) == PTRUN_OK;
    if (found) {
        ptrun_json_node model = ptrun_json_member(ptrun_json_root(json), "model");
        found = take_labels(ptrun_json_member(ptrun_json_member(model, "recipe"), "labels"), out);
    }
    ptrun_json_close(&json);
    ptrun_bytes_release(&bytes);
    ptrun_buf_release(&name);
    return found;
}

/* Only the names of its classes are looked at. */
static ptrun_status note_classes(void *context, const ptrun_record *record, ptrun_error *err)
{
    ptrun_recipe *out = context;
    for (size_t i = 0; i < record->n_top; i++) {
        size_t index = (size_t)record->top[i].index;
        const char *label = record->top[i].label;
        if (index >= out->n_labels) {
            char **labels = ptrun_mem_resize(out->labels, index + 1, sizeof *labels);
            if (!labels) return ptrun_fail_memory(err, "the labels");
            memset(labels + out->n_labels, 0, (index + 1 - out->n_labels) * sizeof *labels);
            out->labels = labels, out->n_labels = index + 1;
        }
        if (!label || out->labels[index]) continue;
        out->labels[index] = ptrun_mem_strdup(label, strlen(label));
        if (!out->labels[index]) return ptrun_fail_memory(err, "the labels");
    }
    return PTRUN_OK;
}

bool ptrun_eval_records_labels(const ptrun_cli *cli, const char *path, const char *labels_path,
                               ptrun_recipe *out, bool *complete, int *code)
{
    ptrun_error err = {0};
    ptrun_status status = PTRUN_OK;
    *out = (ptrun_recipe){0};
    if (labels_path) status = ptrun_labels_read(out, labels_path, &err);
    *complete = labels_path || labels_of_manifest(path, out);
    if (!*complete) status = ptrun_eval_records_each(NULL, path, note_classes, out, &err);
    if (status != PTRUN_OK) *code = ptrun_message_failure(cli, labels_path ? labels_path : path, &err);
    return status == PTRUN_OK;
}
