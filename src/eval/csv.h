/* Reading comma-separated values with two fields (RFC 4180; lines may end with LF). */
#ifndef PTRUN_EVAL_CSV_H
#define PTRUN_EVAL_CSV_H

#include "base/buf.h"
#include "ptrun/status.h"

#include <stdint.h>

typedef struct ptrun_csv_field {
    const char *text; /* NUL-terminated, borrowed until the next row */
    size_t length;
} ptrun_csv_field;

typedef struct ptrun_csv {
    const char *at, *end;
    uint64_t row, line; /* from 1: rows with content; where the row began */
    uint64_t next_line;
    ptrun_csv_field fields[2];
    ptrun_buf texts;
} ptrun_csv;

/* `text` is borrowed; a byte-order mark is passed over. */
ptrun_csv ptrun_csv_open(const char *text, size_t length);
void ptrun_csv_close(ptrun_csv *csv);

/* The next row that is not empty. False at the end, and where *result is a failure: `status` for a row that
 * has not two fields or a quote that is not closed, OUT_OF_MEMORY. */
bool ptrun_csv_next(ptrun_csv *csv, ptrun_status *result, ptrun_status status, ptrun_error *err);

/* "line N" */
void ptrun_csv_where(const ptrun_csv *csv, char where[32]);
void ptrun_csv_line(uint64_t line, char where[32]);

#endif
