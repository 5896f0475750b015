/* table: for people. One line a class, names on the first, scores with a bar; errors in red. Nothing here is meant
 * to be parsed. */
#include "base/error.h"
#include "base/str.h"
#include "output/writer.h"

#include <stdio.h>
#include <string.h>

enum { PATH_WIDTH = 36, LABEL_WIDTH = 28, BAR_WIDTH = 12 };

/* Bytes of the character at `text`; one for what is no UTF-8. A character is taken to be one column wide. */
static size_t step_of(const char *text, size_t length)
{
    size_t step = ptrun_str_utf8_length((const unsigned char *)text, length);
    return step ? step : 1;
}

static size_t columns(const char *text, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i += step_of(text + i, length - i)) count++;
    return count;
}

/* A name can hold anything; what a terminal would obey or misread is shown as '?'. */
static void put_printable(ptrun_buf *out, const char *text, size_t length)
{
    for (size_t i = 0; i < length;) {
        const unsigned char *c = (const unsigned char *)text + i;
        size_t step = step_of(text + i, length - i);
        bool control = c[0] < ' ' || c[0] == 0x7F || (c[0] == 0xC2 && step == 2 && c[1] < 0xA0);
        if (control || (step == 1 && c[0] >= 0x80)) ptrun_buf_putc(out, '?');
        else ptrun_buf_put(out, c, step);
        i += step;
    }
}

/* Left-aligned in `width` columns; the end is kept where it is longer, since names differ there. */
static void put_column(ptrun_buf *out, const char *text, size_t length, size_t width)
{
    size_t used = columns(text, length), skip = 0;
    if (used > width) {
        for (; used >= width; used--) skip += step_of(text + skip, length - skip);
        ptrun_buf_puts(out, "\u2026");
        used++;
    }
    put_printable(out, text + skip, length - skip);
    for (; used < width; used++) ptrun_buf_putc(out, ' ');
}

static void begin(ptrun_buf *out, const ptrun_writer_context *context)
{
    ptrun_buf_printf(out, "%s%-*s  %4s  %5s  %-*s  %8s%s\n", context->color ? "\033[1m" : "", PATH_WIDTH, "path", "rank",
                     "index", LABEL_WIDTH, "label", "score", context->color ? "\033[0m" : "");
}

static void put_bar(ptrun_buf *out, float score)
{
    if (!(score >= 0 && score <= 1)) return;
    int filled = (int)(score * (float)BAR_WIDTH + 0.5f);
    ptrun_buf_puts(out, filled ? "  " : "");
    for (int i = 0; i < filled; i++) ptrun_buf_puts(out, "\u2588");
}

static void put_class(ptrun_buf *out, const ptrun_writer_context *context, const ptrun_record *record, size_t rank)
{
    const ptrun_class *class = &record->top[rank];
    const char *label = class->label ? class->label : "-";
    put_column(out, rank ? "" : record->path, rank ? 0 : record->path_length, PATH_WIDTH);
    ptrun_buf_printf(out, "  %4zu  %5lld  ", rank + 1, (long long)class->index);
    put_column(out, label, strlen(label), LABEL_WIDTH);
    ptrun_buf_printf(out, "  %8.4f", (double)class->score);
    if (context->color) ptrun_buf_puts(out, rank ? "\033[2m" : "\033[32m");
    put_bar(out, class->score);
    ptrun_buf_puts(out, context->color ? "\033[0m\n" : "\n");
}

static void put_record(ptrun_buf *out, const ptrun_writer_context *context, const ptrun_record *record)
{
    for (size_t i = 0; i < record->n_top; i++) put_class(out, context, record, i);
    if (record->error->status == PTRUN_OK) return;
    put_column(out, record->path, record->path_length, PATH_WIDTH);
    ptrun_buf_printf(out, "  %s%s: ", context->color ? "\033[31m" : "", ptrun_status_word(record->error->status));
    const char *message = ptrun_error_message(record->error);
    put_printable(out, message, strlen(message));
    ptrun_buf_puts(out, context->color ? "\033[0m\n" : "\n");
}

static void end(ptrun_buf *out, const ptrun_writer_context *context)
{
    (void)out, (void)context;
}

const ptrun_writer ptrun_writer_table_format = {.name = "table", .summary = "aligned, for people", .begin = begin,
                                                .record = put_record, .end = end};
