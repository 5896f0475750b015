/* The grammar of RFC 8259, checked before cJSON builds the tree: cJSON alone takes 01, raw control
 * characters, any bytes as text and cuts strings at a NUL. */
#ifndef PTRUN_JSON_GRAMMAR_H
#define PTRUN_JSON_GRAMMAR_H

#include "ptrun/status.h"

#include <stddef.h>

/* Nothing but one value and blanks around it, as ptrun_json_parse promises it (duplicate keys apart).
 * `status` with line and column. */
PTRUN_MUST_USE ptrun_status ptrun_json_check_grammar(const char *text, size_t length, ptrun_status status,
                                                     ptrun_error *err);

#endif
