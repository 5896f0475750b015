/* csv: RFC 4180 with a header; a row for each class, one for a failed input. Lines end with CRLF as the RFC
 * says. Fields are the record's bytes: a name that is not UTF-8 stays as it is. */
#include "base/error.h"
#include "base/num.h"
#include "output/writer.h"

#include <string.h>

static const char header[] = "path,status,rank,index,label,score,error\r\n";

static void put_field(ptrun_buf *out, const char *text, size_t length)
{
    bool quoted = false;
    for (size_t i = 0; i < length; i++) quoted |= strchr(",\"\r\n", text[i]) != NULL;
    quoted |= length && (text[0] == ' ' || text[length - 1] == ' ');
    if (!quoted) {
        ptrun_buf_put(out, text, length);
        return;
    }
    ptrun_buf_putc(out, '"');
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '"') ptrun_buf_putc(out, '"');
        ptrun_buf_putc(out, text[i]);
    }
    ptrun_buf_putc(out, '"');
}

static void begin(ptrun_buf *out, const ptrun_writer_context *context)
{
    (void)context;
    ptrun_buf_puts(out, header);
}

static void put_class_row(ptrun_buf *out, const ptrun_record *record, size_t rank)
{
    const ptrun_class *class = &record->top[rank];
    char score[PTRUN_NUM_FLOAT_SIZE];
    ptrun_num_format_float(score, class->score);
    put_field(out, record->path, record->path_length);
    ptrun_buf_printf(out, ",ok,%zu,%lld,", rank + 1, (long long)class->index);
    if (class->label) put_field(out, class->label, strlen(class->label));
    ptrun_buf_printf(out, ",%s,\r\n", score);
}

static void put_record(ptrun_buf *out, const ptrun_writer_context *context, const ptrun_record *record)
{
    (void)context;
    for (size_t i = 0; i < record->n_top; i++) put_class_row(out, record, i);
    if (record->error->status == PTRUN_OK) return;
    put_field(out, record->path, record->path_length);
    ptrun_buf_printf(out, ",error,,,,,%s\r\n", ptrun_status_word(record->error->status));
}

static void end(ptrun_buf *out, const ptrun_writer_context *context)
{
    (void)out, (void)context;
}

/* The length of the row at `text` with its CRLF, or 0 where it is torn; *rank is its third field, 10 for more than
 * one digit; 0 where that is empty, as in the row of a failed input. */
static size_t measure_row(const char *text, size_t length, int *rank)
{
    bool quoted = false;
    int field = 0;
    size_t rank_begin = 0, rank_end = 0;
    for (size_t i = 0; i < length; i++) {
        char c = text[i];
        if (c == '"') quoted = !quoted; /* a doubled quote toggles twice */
        if (quoted || (c != ',' && c != '\n')) continue;
        if (field == 1) rank_begin = i + 1;
        if (field == 2) rank_end = i;
        field++;
        if (c == ',') continue;
        *rank = rank_begin >= rank_end ? 0 : rank_end - rank_begin == 1 ? text[rank_begin] - '0' : 10;
        return i + 1;
    }
    return 0;
}

/* A record is whole where the next one begins. How many rows the last one has is not known here, so it is given up
 * and made again. */
static size_t whole_records(const char *text, size_t length, uint64_t max, uint64_t *records, uint64_t *failed)
{
    *records = *failed = 0;
    size_t at = sizeof header - 1, end_of_last = at;
    if (length < at || memcmp(text, header, at) != 0) return 0;
    bool last_failed = false;
    for (uint64_t begun = 0; at < length;) {
        int rank = 0;
        size_t row = measure_row(text + at, length - at, &rank);
        if (row == 0) break;
        if (rank <= 1) { /* a record begins here: the one before is whole */
            *records = begun++;
            *failed += last_failed;
            last_failed = rank == 0;
            end_of_last = at;
            if (*records == max) break;
        }
        at += row;
    }
    return end_of_last;
}

const ptrun_writer ptrun_writer_csv = {.name = "csv", .summary = "RFC 4180: a row for each class", .resumable = true,
                                       .begin = begin, .record = put_record, .end = end, .whole = whole_records};
