#include "eval/records.h"

#include "base/buf.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "eval/eval.h"
#include "json/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Memory that is used again from record to record. */
typedef struct {
    ptrun_class *classes;
    size_t capacity;
    ptrun_buf path;
    ptrun_error error;
} reader;

static int digit_of(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *place = c ? strchr(digits, c) : NULL;
    return place ? (int)(place - digits) : -1;
}

/* RFC 4648 with padding. False: it is none. */
static bool decode_base64(ptrun_buf *out, const char *text)
{
    size_t length = strlen(text);
    if (length % 4) return false;
    for (size_t i = 0; i < length; i += 4) {
        int padding = text[i + 3] != '=' ? 0 : text[i + 2] != '=' ? 1 : 2;
        if (padding && i + 4 != length) return false;
        uint32_t group = 0;
        for (int k = 0; k < 4; k++) {
            int digit = k < 4 - padding ? digit_of(text[i + (size_t)k]) : 0;
            if (digit < 0) return false;
            group = group << 6 | (uint32_t)digit;
        }
        const char bytes[3] = {(char)(group >> 16), (char)(group >> 8), (char)group};
        ptrun_buf_put(out, bytes, (size_t)(3 - padding));
    }
    return true;
}

/* The exact bytes of the path. */
static ptrun_status read_path(reader *r, ptrun_json_node root, ptrun_record *record, ptrun_error *err)
{
    const char *text;
    ptrun_json_node exact = ptrun_json_member(root, "path_base64");
    ptrun_json_node node = exact.value ? exact : ptrun_json_member(root, "path");
    ptrun_status status = ptrun_json_get_string(node, PTRUN_RECORDS_INVALID, &text, err);
    if (status != PTRUN_OK) return status;
    ptrun_buf_clear(&r->path);
    if (!exact.value) ptrun_buf_puts(&r->path, text);
    else if (!decode_base64(&r->path, text))
        return ptrun_fail(err, PTRUN_RECORDS_INVALID, "%s: not base64", exact.path);
    if (r->path.failed) return ptrun_fail_memory(err, "a path");
    record->path = ptrun_buf_text(&r->path), record->path_length = r->path.length;
    return PTRUN_OK;
}

static ptrun_status read_class(ptrun_json_node node, ptrun_class *class, ptrun_error *err)
{
    double score = 0;
    ptrun_json_node label = ptrun_json_member(node, "label");
    ptrun_status status = ptrun_json_get_int(ptrun_json_member(node, "index"), 0, PTRUN_EVAL_MAX_CLASSES - 1,
                                             PTRUN_RECORDS_INVALID, &class->index, err);
    if (status == PTRUN_OK)
        status = ptrun_json_get_double(ptrun_json_member(node, "score"), PTRUN_RECORDS_INVALID, &score, err);
    class->score = (float)score;
    class->label = NULL;
    if (status != PTRUN_OK || !label.value || ptrun_json_kind_of(label) == PTRUN_JSON_NULL) return status;
    return ptrun_json_get_string(label, PTRUN_RECORDS_INVALID, &class->label, err);
}

static ptrun_status read_classes(reader *r, ptrun_json_node top, ptrun_record *record, ptrun_error *err)
{
    ptrun_status status = ptrun_json_expect(top, PTRUN_JSON_ARRAY, PTRUN_RECORDS_INVALID, err);
    if (status != PTRUN_OK) return status;
    size_t n = ptrun_json_count(top);
    if (n == 0) return ptrun_fail(err, PTRUN_RECORDS_INVALID, "%s: no class", top.path);
    if (n > r->capacity) {
        ptrun_class *classes = ptrun_mem_resize(r->classes, n, sizeof *classes);
        if (!classes) return ptrun_fail_memory(err, "the classes of a record");
        r->classes = classes, r->capacity = n;
    }
    for (ptrun_json_node node = ptrun_json_at(top, 0); node.value && status == PTRUN_OK;
         node = ptrun_json_next(top, node))
        status = read_class(node, &r->classes[node.index], err);
    record->top = r->classes, record->n_top = n;
    return status;
}

static ptrun_status status_of_word(const char *word)
{
    static const struct {
        const char *word;
        ptrun_status status;
    } words[] = {
#define ROW(name, number, text) {text, PTRUN_##name},
        PTRUN_STATUS_LIST(ROW)
#undef ROW
    };
    for (size_t i = 1; i < sizeof words / sizeof *words; i++)
        if (ptrun_str_equal(words[i].word, word)) return words[i].status;
    return PTRUN_INTERNAL;
}

static ptrun_status read_error(reader *r, ptrun_json_node node, ptrun_error *err)
{
    const char *code, *message;
    ptrun_status status =
        ptrun_json_get_string(ptrun_json_member(node, "code"), PTRUN_RECORDS_INVALID, &code, err);
    if (status == PTRUN_OK)
        status =
            ptrun_json_get_string(ptrun_json_member(node, "message"), PTRUN_RECORDS_INVALID, &message, err);
    if (status != PTRUN_OK) return status;
    r->error.status = status_of_word(code);
    r->error.detail[0] = '\0';
    ptrun_str_append_printable(r->error.detail, sizeof r->error.detail, message, strlen(message));
    return PTRUN_OK;
}

static ptrun_status read_record(reader *r, ptrun_json_node root, ptrun_record *record, ptrun_error *err)
{
    const char *word = NULL;
    int64_t width = 0, height = 0;
    r->error = (ptrun_error){0};
    ptrun_status status =
        ptrun_json_get_string(ptrun_json_member(root, "status"), PTRUN_RECORDS_INVALID, &word, err);
    if (status == PTRUN_OK) status = read_path(r, root, record, err);
    if (status != PTRUN_OK) return status;
    if (ptrun_str_equal(word, "error")) return read_error(r, ptrun_json_member(root, "error"), err);
    if (!ptrun_str_equal(word, "ok"))
        return ptrun_fail(err, PTRUN_RECORDS_INVALID, "$.status: \"ok\" or \"error\" is wanted");
    status = read_classes(r, ptrun_json_member(root, "top"), record, err);
    if (status == PTRUN_OK)
        status = ptrun_json_get_int(ptrun_json_member(root, "width"), 0, INT32_MAX, PTRUN_RECORDS_INVALID,
                                    &width, err);
    if (status == PTRUN_OK)
        status = ptrun_json_get_int(ptrun_json_member(root, "height"), 0, INT32_MAX, PTRUN_RECORDS_INVALID,
                                    &height, err);
    record->width = (int32_t)width, record->height = (int32_t)height;
    return status;
}

/* Everything in the record is borrowed from the document, so the sink comes before closing. A fault of the
 * line is prefixed with its number; the sink's is not. */
static ptrun_status read_line(reader *r, const char *line, size_t length, uint64_t number,
                              ptrun_records_sink sink, void *context, ptrun_error *err)
{
    ptrun_json *json;
    ptrun_record record = {.number = number, .error = &r->error};
    ptrun_status status = ptrun_json_parse(&json, line, length, PTRUN_RECORDS_INVALID, err);
    if (status == PTRUN_OK) status = read_record(r, ptrun_json_root(json), &record, err);
    if (status != PTRUN_OK) ptrun_error_prefix(err, "line %llu: ", (unsigned long long)number + 1);
    else status = sink(context, &record, err);
    ptrun_json_close(&json);
    return status;
}

ptrun_status ptrun_records_read(const char *text, size_t length, ptrun_records_sink sink, void *context,
                                bool *torn, ptrun_error *err)
{
    reader r = {0};
    const char *end = text + length, *newline;
    ptrun_status status = PTRUN_OK;
    *torn = length && end[-1] != '\n';
    for (uint64_t number = 0; status == PTRUN_OK && text < end; number++, text = newline + 1) {
        newline = memchr(text, '\n', (size_t)(end - text));
        if (!newline) break;
        status = read_line(&r, text, (size_t)(newline - text), number, sink, context, err);
    }
    free(r.classes);
    ptrun_buf_release(&r.path);
    return status;
}
