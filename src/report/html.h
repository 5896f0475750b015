/* Writing HTML: untrusted text becomes text, whatever it holds. */
#ifndef PTRUN_REPORT_HTML_H
#define PTRUN_REPORT_HTML_H

#include "base/buf.h"

#include <stdint.h>

/* Untrusted bytes as text, also within a quoted attribute. `<`, `>`, `&` and quotes become entities; what is
 * not UTF-8 becomes U+FFFD; control characters are shown by their symbols (a newline as U+240A) and those
 * that turn the direction of writing or break lines by their numbers ("U+202E" in brackets). */
void ptrun_html_text(ptrun_buf *out, const char *text, size_t length);

/* As ptrun_html_text for at most `max` bytes: of a longer text the beginning, with "…". */
void ptrun_html_cut(ptrun_buf *out, const char *text, size_t max);

/* A path: isolated from the direction of what stands around it; of a longer one the end, with "…". */
void ptrun_html_path(ptrun_buf *out, const char *path, size_t length);

/* "12,345" */
void ptrun_html_count(ptrun_buf *out, uint64_t count);

/* "98.25 %" */
void ptrun_html_percent(ptrun_buf *out, double share);

#endif
