/* Filling, prefixing and naming failures. Every function here is safe in any thread. */
#ifndef PTRUN_BASE_ERROR_H
#define PTRUN_BASE_ERROR_H

#include "ptrun/status.h"

/* Record a failure in `err` and return `status`. The first detail wins: where `err` already holds a
 * failure, it and its status stay and are returned. `format` as in printf; cut, on a character
 * boundary, to PTRUN_ERROR_DETAIL_SIZE. */
ptrun_status ptrun_fail(ptrun_error *err, ptrun_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Put context in front of the detail of a failure; nothing where `err` holds none. Returns its status. */
ptrun_status ptrun_error_prefix(ptrun_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Out of memory, with what was asked for; never allocates. */
ptrun_status ptrun_fail_memory(ptrun_error *err, const char *what);

/* The stable word of a status ("image_truncated"). Static; never NULL. */
const char *ptrun_status_word(ptrun_status status);

/* What the user can do about it, one line; NULL where nothing general can be said. Static. */
const char *ptrun_status_hint(ptrun_status status);

/* What happened, in a few words, for a failure without detail ("the image is cut off"). Static; never NULL. */
const char *ptrun_status_text(ptrun_status status);

/* The detail where there is one, else the status's text. Borrowed from `err`. */
const char *ptrun_error_message(const ptrun_error *err);

#endif
