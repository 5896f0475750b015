/* Reading JSON with types and with the path of what is wrong ("$.steps[1].filter"). The only folder that
 * includes cJSON. One thread at a time for one document. */
#ifndef PTRUN_JSON_JSON_H
#define PTRUN_JSON_JSON_H

#include "ptrun/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A parsed document, and a place in it. A node is a value that is passed by copy; it borrows from
 * the document and knows its own path. */
typedef struct ptrun_json ptrun_json;
typedef struct ptrun_json_node {
    const void *value; /* NULL: absent */
    char path[160];    /* "$.steps[1]"; cut with "…" where it is longer */
} ptrun_json_node;

/* Strict JSON (RFC 8259) in UTF-8, a byte-order mark allowed: no text after the document, no invalid
 * UTF-8, no duplicate keys, no NUL in strings. `status` is what a fault is reported as
 * (RECIPE_INVALID, …), with line and column. OUT_OF_MEMORY. */
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

/* Members of objects, entries of arrays; ABSENT where there is none. */
ptrun_json_node ptrun_json_member(ptrun_json_node object, const char *key);
size_t ptrun_json_count(ptrun_json_node array_or_object);
ptrun_json_node ptrun_json_at(ptrun_json_node array_or_object, size_t index);
const char *ptrun_json_key(ptrun_json_node member); /* name of a member found by ptrun_json_at */

/* Typed values. A wrong type or a value out of range is `status` with the path and what was expected.
 * Strings are borrowed from the document. */
PTRUN_MUST_USE ptrun_status ptrun_json_get_string(ptrun_json_node node, ptrun_status status,
                                                  const char **out, ptrun_error *err);
PTRUN_MUST_USE ptrun_status ptrun_json_get_int(ptrun_json_node node, int64_t min, int64_t max,
                                               ptrun_status status, int64_t *out, ptrun_error *err);
PTRUN_MUST_USE ptrun_status ptrun_json_get_double(ptrun_json_node node, ptrun_status status,
                                                  double *out, ptrun_error *err);
PTRUN_MUST_USE ptrun_status ptrun_json_get_bool(ptrun_json_node node, ptrun_status status, bool *out,
                                                ptrun_error *err);
PTRUN_MUST_USE ptrun_status ptrun_json_expect(ptrun_json_node node, ptrun_json_kind kind,
                                              ptrun_status status, ptrun_error *err);

/* Every key of `object` must be in `known` (NULL-terminated); the message names the path and the
 * nearest known key. */
PTRUN_MUST_USE ptrun_status ptrun_json_only(ptrun_json_node object, const char *const *known,
                                            ptrun_status status, ptrun_error *err);

#endif
