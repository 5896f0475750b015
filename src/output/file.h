/* Where records go: standard output or a file, whole lines at a time. */
#ifndef PTRUN_OUTPUT_FILE_H
#define PTRUN_OUTPUT_FILE_H

#include "output/writer.h"

typedef enum ptrun_output_mode {
    PTRUN_OUTPUT_NEW,       /* a file that exists is refused */
    PTRUN_OUTPUT_OVERWRITE, /* … is replaced */
    PTRUN_OUTPUT_RESUME,    /* … is gone on with; what is no regular file is written as if new */
} ptrun_output_mode;

typedef struct ptrun_output ptrun_output;

/* Whether `path` is a regular file that is there ("-" never is). */
bool ptrun_output_exists(const char *path);

/* Whether it also holds anything: without that, resuming is starting, whatever manifest lies beside it. */
bool ptrun_output_has_content(const char *path);

/* What an interrupted file holds: whole records, cut down to a multiple of `batch`; how many of them are
 * errors; and where they end. OUTPUT_FAILED: it cannot be read. */
PTRUN_MUST_USE ptrun_status ptrun_output_measure(const char *path, const ptrun_writer *writer, int32_t batch,
                                                 uint64_t *records, uint64_t *failed, uint64_t *bytes,
                                                 ptrun_error *err);

/* Open `path` ("-": standard output). In resume mode the file is cut to `keep` bytes, which hold `written`
 * records, and gone on with. `writer` is borrowed. OUTPUT_EXISTS, OUTPUT_FAILED, OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_output_open(ptrun_output **out, const char *path, const ptrun_writer *writer,
                                              ptrun_output_mode mode, uint64_t keep, const ptrun_writer_context *context,
                                              ptrun_error *err);

/* `context->head` and `tail` of a document are set before the first record and before the end; borrowed. */
ptrun_writer_context *ptrun_output_context(ptrun_output *output);

/* Take a record; it is written with the next flush, or before, a whole one at a time. OUTPUT_FAILED,
 * OUTPUT_CLOSED, OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_output_put(ptrun_output *output, const ptrun_record *record, ptrun_error *err);
PTRUN_MUST_USE ptrun_status ptrun_output_flush(ptrun_output *output, ptrun_error *err);

/* Write the end, flush and check that the file took it all. The output is closed in any case. */
PTRUN_MUST_USE ptrun_status ptrun_output_finish(ptrun_output **output, ptrun_error *err);

/* Close without an end; accepts NULL, clears the pointer. */
void ptrun_output_close(ptrun_output **output);

#endif
