/* Reading back the records that output/write_json.c writes, one JSON object a line. */
#ifndef PTRUN_EVAL_RECORDS_H
#define PTRUN_EVAL_RECORDS_H

#include "result/record.h"

#include <stdbool.h>

/* Receives each record in order; everything in it is borrowed for the call. Anything but PTRUN_OK ends the
 * reading. */
typedef ptrun_status (*ptrun_records_sink)(void *context, const ptrun_record *record, ptrun_error *err);

/* Give every record of `text` to the sink. RECORDS_INVALID with the line, OUT_OF_MEMORY, the sink's. A last
 * line without a newline (of an interrupted run) is passed over and *torn set. An error code that this
 * version does not know is INTERNAL with the message of the record. */
PTRUN_MUST_USE ptrun_status ptrun_records_read(const char *text, size_t length, ptrun_records_sink sink,
                                               void *context, bool *torn, ptrun_error *err);

#endif
