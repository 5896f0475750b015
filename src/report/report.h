/* One page that shows what a run gave: figures, charts, pictures. HTML with everything in it: no network,
 * readable without scripts. Its size is bounded by the lists of ptrun_eval and the limits below, however many
 * records there were. Names of files and labels are untrusted text and are escaped as such (report/html.h).
 */
#ifndef PTRUN_REPORT_REPORT_H
#define PTRUN_REPORT_REPORT_H

#include "base/buf.h"
#include "eval/eval.h"

typedef enum ptrun_report_kind {
    PTRUN_REPORT_EVAL,     /* answers against true classes */
    PTRUN_REPORT_CLASSIFY, /* answers alone */
    PTRUN_REPORT_COMPARE,  /* answers of B against those of A, which stand for the truth */
} ptrun_report_kind;

enum {
    PTRUN_REPORT_MATRIX = 30,   /* classes in the heat map; of more, the most confused */
    PTRUN_REPORT_CLASSES = 500, /* rows of the table of classes */
    PTRUN_REPORT_CARDS = 48,    /* pictures of each of the two kinds */
    PTRUN_REPORT_FAILURES = 100,
    PTRUN_REPORT_BYTES = 4 << 20, /* beyond it pictures are left out */
};

/* A line of the table about the run. Borrowed, untrusted. */
typedef struct ptrun_report_fact {
    const char *name; /* NULL ends a list */
    const char *value;
} ptrun_report_fact;

typedef struct ptrun_report {
    ptrun_report_kind kind;
    const char *title; /* untrusted */
    const ptrun_report_fact *facts;
    const ptrun_eval *eval; /* finished; its paths are opened for the thumbnails */
} ptrun_report;

/* Append the page to `out`. Failure is the buffer's. A picture that cannot be shown has a placeholder. */
void ptrun_report_write(ptrun_buf *out, const ptrun_report *report);

#endif
