/* Reading JSON with types and with the path of what is wrong ("$.steps[1].filter"). The only folder that
 * includes cJSON. One thread at a time for one document. */
#ifndef PTRUN_JSON_JSON_H
#define PTRUN_JSON_JSON_H

#include "ptrun/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PTRUN_JSON_PATH_SIZE = 160, PTRUN_JSON_SHOW_SIZE = 64 };

/* A parsed document, and a place in it. A node is a value that is passed by copy; it borrows from
 * the document and knows its own path. */
typedef struct ptrun_json ptrun_json;
typedef struct ptrun_json_node {
    const void *value;               /* NULL: absent */
    size_t index;                    /* place among its parent's entries, where found by _at or _next */
    char path[PTRUN_JSON_PATH_SIZE]; /* "$.steps[1]", printable UTF-8; cut with "…" where it is longer */
} ptrun_json_node;

/* Strict JSON (RFC 8259) in UTF-8; a byte-order mark before it is allowed. Stricter than the RFC where a
 * document could mean two things: duplicate keys, NUL characters and halves of surrogate pairs in strings
 * are refused; so is nesting deeper than 512. `status` is what a fault is reported as (RECIPE_INVALID, …),
 * with line and column (in characters), or with the path for a duplicate key. OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_json_parse(ptrun_json **out, const void *text, size_t length,
                                             ptrun_status status, ptrun_error *err);
void ptrun_json_close(ptrun_json **json);
ptrun_json_node ptrun_json_root(const ptrun_json *json);

typedef enum ptrun_json_kind {
    PTRUN_JSON_ABSENT,
    PTRUN_JSON_NULL,
    PTRUN_JSON_BOOL,
    PTRUN_JSON_NUMBER,
    PTRUN_JSON_STRING,
    PTRUN_JSON_ARRAY,
    PTRUN_JSON_OBJECT,
} ptrun_json_kind;

ptrun_json_kind ptrun_json_kind_of(ptrun_json_node node);

/* Members of objects, entries of arrays; ABSENT where there is none. An absent member knows the path that
 * it would have. `_at` walks from the first entry: for all entries, start `_at` 0 and go on with `_next`. */
ptrun_json_node ptrun_json_member(ptrun_json_node object, const char *key);
size_t ptrun_json_count(ptrun_json_node array_or_object);
ptrun_json_node ptrun_json_at(ptrun_json_node array_or_object, size_t index);
ptrun_json_node ptrun_json_next(ptrun_json_node array_or_object, ptrun_json_node entry);
const char *ptrun_json_key(ptrun_json_node member); /* name of an object's member, borrowed; else NULL */

/* Typed values. A wrong type or a value out of range is `status` with the path and what was expected.
 * Integers may be spelt as any number without a fraction (224, 224.0); beyond ±2^53 they are refused,
 * because JSON's readers differ there. Doubles are finite. Strings are borrowed from the document. */
PTRUN_MUST_USE ptrun_status ptrun_json_get_string(ptrun_json_node node, ptrun_status status, const char **out,
                                                  ptrun_error *err);
PTRUN_MUST_USE ptrun_status ptrun_json_get_int(ptrun_json_node node, int64_t min, int64_t max,
                                               ptrun_status status, int64_t *out, ptrun_error *err);
PTRUN_MUST_USE ptrun_status ptrun_json_get_double(ptrun_json_node node, ptrun_status status, double *out,
                                                  ptrun_error *err);
PTRUN_MUST_USE ptrun_status ptrun_json_get_bool(ptrun_json_node node, ptrun_status status, bool *out,
                                                ptrun_error *err);
PTRUN_MUST_USE ptrun_status ptrun_json_expect(ptrun_json_node node, ptrun_json_kind kind, ptrun_status status,
                                              ptrun_error *err);

/* Every key of `object` must be in `known` (NULL-terminated); the message names the path and the
 * nearest known key. */
PTRUN_MUST_USE ptrun_status ptrun_json_only(ptrun_json_node object, const char *const *known,
                                            ptrun_status status, ptrun_error *err);

/* The value in a few printable characters, for messages: "cubic" in quotes (cut with "…"), 0.5, null,
 * "an array", "nothing". */
void ptrun_json_show(char out[PTRUN_JSON_SHOW_SIZE], ptrun_json_node node);

/* The version of cJSON. Static. */
const char *ptrun_json_library(void);

#endif
