/* Writing JSON, compact (no blanks between tokens), straight into a buffer, whatever the locale.
 * Commas are the writer's business. Failure is the buffer's sticky `failed`. */
#ifndef PTRUN_JSON_WRITE_H
#define PTRUN_JSON_WRITE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* {.buf = &buf}; one thread at a time. */
typedef struct ptrun_json_writer {
    ptrun_buf *buf;
    bool comma; /* private: a value stands before */
} ptrun_json_writer;

void ptrun_json_begin_object(ptrun_json_writer *w);
void ptrun_json_end_object(ptrun_json_writer *w);
void ptrun_json_begin_array(ptrun_json_writer *w);
void ptrun_json_end_array(ptrun_json_writer *w);

/* The key of the next value; `key` is plain ASCII that needs no escape. */
void ptrun_json_put_key(ptrun_json_writer *w, const char *key);

/* Any bytes: what is not UTF-8 becomes U+FFFD, one for each maximal part as Python's errors="replace"
 * does; control characters, quotes and backslashes are escaped. NULL is written as null. */
void ptrun_json_put_string(ptrun_json_writer *w, const char *text, size_t length);
void ptrun_json_put_text(ptrun_json_writer *w, const char *text_or_null);
void ptrun_json_put_member(ptrun_json_writer *w, const char *key,
                           const char *text_or_null); /* key and text */
void ptrun_json_put_base64(ptrun_json_writer *w, const void *bytes, size_t length);
void ptrun_json_put_int(ptrun_json_writer *w, int64_t value);
void ptrun_json_put_bool(ptrun_json_writer *w, bool value);
void ptrun_json_put_null(ptrun_json_writer *w);

/* Shortest form that reads back as the same number; not finite: null. */
void ptrun_json_put_float(ptrun_json_writer *w, float value);
void ptrun_json_put_double(ptrun_json_writer *w, double value);

/* Already JSON. */
void ptrun_json_put_raw(ptrun_json_writer *w, const char *json, size_t length);

#endif
