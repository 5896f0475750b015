#include "eval/csv.h"

#include "base/error.h"

#include <stdio.h>
#include <string.h>

ptrun_csv ptrun_csv_open(const char *text, size_t length)
{
    ptrun_csv csv = {.at = text, .end = text + length, .next_line = 1};
    if (length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0) csv.at += 3;
    return csv;
}

void ptrun_csv_close(ptrun_csv *csv)
{
    ptrun_buf_release(&csv->texts);
}

void ptrun_csv_line(uint64_t line, char where[32])
{
    snprintf(where, 32, "line %llu", (unsigned long long)line);
}

void ptrun_csv_where(const ptrun_csv *csv, char where[32])
{
    ptrun_csv_line(csv->line, where);
}

static void skip_line_ends(ptrun_csv *csv)
{
    for (; csv->at < csv->end && (*csv->at == '\n' || *csv->at == '\r'); csv->at++)
        csv->next_line += *csv->at == '\n';
}

/* A field up to its comma or line end, appended to the texts. False: its quote is not closed. */
static bool read_quoted(ptrun_csv *csv)
{
    for (csv->at++; csv->at < csv->end; csv->at++) {
        if (*csv->at == '"' && (csv->at + 1 == csv->end || csv->at[1] != '"')) return csv->at++, true;
        if (*csv->at == '"') csv->at++;
        csv->next_line += *csv->at == '\n';
        ptrun_buf_putc(&csv->texts, *csv->at);
    }
    return false;
}

static void read_plain(ptrun_csv *csv)
{
    const char *start = csv->at;
    while (csv->at < csv->end && *csv->at != ',' && *csv->at != '\n') csv->at++;
    size_t length = (size_t)(csv->at - start);
    if (length && start[length - 1] == '\r' && (csv->at == csv->end || *csv->at == '\n')) length--;
    ptrun_buf_put(&csv->texts, start, length);
}

/* All fields of the row; where the first two begin and end in the texts. Returns how many, 0 for an open
 * quote. */
static size_t read_row(ptrun_csv *csv, size_t offsets[3])
{
    size_t n = 0;
    ptrun_buf_clear(&csv->texts);
    offsets[0] = 0;
    for (;;) {
        if (csv->at < csv->end && *csv->at == '"' && !read_quoted(csv)) return 0;
        read_plain(csv);
        ptrun_buf_putc(&csv->texts, '\0');
        if (++n <= 2) offsets[n] = csv->texts.length;
        if (csv->at == csv->end || *csv->at != ',') return n;
        csv->at++;
    }
}

bool ptrun_csv_next(ptrun_csv *csv, ptrun_status *result, ptrun_status status, ptrun_error *err)
{
    size_t offsets[3];
    skip_line_ends(csv);
    if (csv->at == csv->end) return false;
    csv->line = csv->next_line;
    csv->row++;
    size_t n = read_row(csv, offsets);
    if (csv->texts.failed) return *result = ptrun_fail_memory(err, "a line"), false;
    if (n != 2) {
        *result =
            n ? ptrun_fail(err, status, "line %llu: two fields are wanted, not %zu",
                           (unsigned long long)csv->line, n)
              : ptrun_fail(err, status, "line %llu: a quote is not closed", (unsigned long long)csv->line);
        return false;
    }
    for (size_t i = 0; i < 2; i++)
        csv->fields[i] = (ptrun_csv_field){csv->texts.data + offsets[i], offsets[i + 1] - offsets[i] - 1};
    return true;
}
