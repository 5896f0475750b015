/* jsonl: a record a line. json: one document with the records in "results". */
#include "base/error.h"
#include "base/str.h"
#include "json/write.h"
#include "output/writer.h"

#include <string.h>

static void put_path(ptrun_json_writer *w, const ptrun_record *record)
{
    ptrun_json_put_key(w, "path");
    ptrun_json_put_string(w, record->path, record->path_length);
    if (ptrun_str_is_utf8(record->path, record->path_length)) return;
    ptrun_json_put_key(w, "path_base64");
    ptrun_json_put_base64(w, record->path, record->path_length);
}

static void put_error(ptrun_json_writer *w, const ptrun_error *error)
{
    ptrun_json_put_key(w, "status");
    ptrun_json_put_text(w, "error");
    ptrun_json_put_key(w, "error");
    ptrun_json_begin_object(w);
    ptrun_json_put_key(w, "code");
    ptrun_json_put_text(w, ptrun_status_word(error->status));
    ptrun_json_put_key(w, "message");
    ptrun_json_put_text(w, ptrun_error_message(error));
    ptrun_json_end_object(w);
}

static void put_classes(ptrun_json_writer *w, const ptrun_class *top, size_t count)
{
    ptrun_json_put_key(w, "top");
    ptrun_json_begin_array(w);
    for (size_t i = 0; i < count; i++) {
        ptrun_json_begin_object(w);
        ptrun_json_put_key(w, "index");
        ptrun_json_put_int(w, top[i].index);
        ptrun_json_put_key(w, "label");
        ptrun_json_put_text(w, top[i].label);
        ptrun_json_put_key(w, "score");
        ptrun_json_put_float(w, top[i].score);
        ptrun_json_end_object(w);
    }
    ptrun_json_end_array(w);
}

static void put_ok(ptrun_json_writer *w, const ptrun_record *record)
{
    ptrun_json_put_key(w, "status");
    ptrun_json_put_text(w, "ok");
    ptrun_json_put_key(w, "width");
    ptrun_json_put_int(w, record->width);
    ptrun_json_put_key(w, "height");
    ptrun_json_put_int(w, record->height);
    put_classes(w, record->top, record->n_top);
    if (!record->logits) return;
    ptrun_json_put_key(w, "logits");
    ptrun_json_begin_array(w);
    for (size_t i = 0; i < record->n_logits; i++) ptrun_json_put_float(w, record->logits[i]);
    ptrun_json_end_array(w);
}

static void put_record(ptrun_buf *out, const ptrun_record *record)
{
    ptrun_json_writer w = {.buf = out};
    ptrun_json_begin_object(&w);
    put_path(&w, record);
    if (record->error->status == PTRUN_OK) put_ok(&w, record);
    else put_error(&w, record->error);
    if (record->only) put_classes(&w, &(ptrun_class){.score = *record->only}, 1);
    ptrun_json_end_object(&w);
}

static void nothing(ptrun_buf *out, const ptrun_writer_context *context)
{
    (void)out, (void)context;
}

static void record_line(ptrun_buf *out, const ptrun_writer_context *context, const ptrun_record *record)
{
    (void)context;
    put_record(out, record);
    ptrun_buf_putc(out, '\n');
}

/* A newline inside a string is escaped, so each one ends a record; so is a quote, so the key is no path. */
static size_t whole_lines(const char *text, size_t length, uint64_t max, uint64_t *records, uint64_t *failed)
{
    static const char failure[] = "\"status\":\"error\"";
    size_t end = 0;
    for (*records = *failed = 0; *records < max; ++*records) {
        const char *newline = memchr(text + end, '\n', length - end);
        if (!newline) break;
        size_t line = (size_t)(newline - text) + 1 - end;
        *failed += memmem(text + end, line, failure, sizeof failure - 1) != NULL;
        end += line;
    }
    return end;
}

static void begin_document(ptrun_buf *out, const ptrun_writer_context *context)
{
    ptrun_buf_printf(out, "{%s,\"results\":[", context->head);
}

static void record_element(ptrun_buf *out, const ptrun_writer_context *context, const ptrun_record *record)
{
    ptrun_buf_puts(out, context->written ? ",\n" : "\n");
    put_record(out, record);
}

static void end_document(ptrun_buf *out, const ptrun_writer_context *context)
{
    ptrun_buf_printf(out, "%s],%s}\n", context->written ? "\n" : "", context->tail);
}

const ptrun_writer ptrun_writer_jsonl = {.name = "jsonl", .summary = "one JSON record a line", .resumable = true,
                                         .begin = nothing, .record = record_line, .end = nothing,
                                         .whole = whole_lines};
const ptrun_writer ptrun_writer_json = {.name = "json", .summary = "one JSON document", .document = true,
                                        .begin = begin_document, .record = record_element, .end = end_document};
