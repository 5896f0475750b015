/* The formats of records: one row a format, one file a row (write_<name>.c). A writer turns records into
 * text in a buffer; it knows no files. */
#ifndef PTRUN_OUTPUT_WRITER_H
#define PTRUN_OUTPUT_WRITER_H

#include "base/buf.h"
#include "result/record.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a writer is told beside the records. */
typedef struct ptrun_writer_context {
    uint64_t written;  /* records before this one */
    bool color;        /* the output is a terminal that wants colours */
    int32_t top_k;     /* classes asked for */
    const char *head;  /* JSON members of a document before its records: "ptrun":{…},"model":{…} */
    const char *tail;  /* JSON members behind them: "summary":{…}; known at the end only */
} ptrun_writer_context;

typedef struct ptrun_writer {
    const char *name;
    const char *summary;  /* for help */
    bool resumable;       /* an interrupted file can be gone on with */
    bool document;        /* carries head and tail itself; others have them in a manifest beside the file */
    void (*begin)(ptrun_buf *out, const ptrun_writer_context *context);
    void (*record)(ptrun_buf *out, const ptrun_writer_context *context, const ptrun_record *record);
    void (*end)(ptrun_buf *out, const ptrun_writer_context *context);

    /* (resumable writers) How many bytes of `text` hold whole records, at most `max` of them; *records says
     * how many, *failed how many of these are errors. What follows is torn or too much. */
    size_t (*whole)(const char *text, size_t length, uint64_t max, uint64_t *records, uint64_t *failed);
} ptrun_writer;

/* The rows one by one; the first is the default; NULL beyond the last. Static. */
const ptrun_writer *ptrun_writer_at(size_t index);

/* NULL for an unknown name. */
const ptrun_writer *ptrun_writer_find(const char *name);

extern const ptrun_writer ptrun_writer_jsonl, ptrun_writer_json, ptrun_writer_csv, ptrun_writer_table_format,
    ptrun_writer_null;

#endif
