/* The parts of the page. Within report/ only; each appends one section to the page. */
#ifndef PTRUN_REPORT_PARTS_H
#define PTRUN_REPORT_PARTS_H

#include "report/report.h"

/* What the page calls things; it depends on the kind of the report. Static. */
typedef struct ptrun_report_words {
    const char *kicker;        /* above the title */
    const char *truth;         /* "True class" */
    const char *predicted;     /* "Prediction" */
    const char *top1;          /* "Top-1 accuracy" */
    const char *matrix;        /* "Confusion" */
    const char *matrix_about;  /* one sentence below the heading */
    const char *pairs;         /* "Most confused" */
    const char *mistakes;      /* "Most confident mistakes" */
    const char *right, *wrong; /* of the histogram */
} ptrun_report_words;

typedef struct ptrun_page {
    ptrun_buf *out;
    const ptrun_report *report;
    const ptrun_eval *eval;
    const ptrun_report_words *words;
    bool judged; /* there are evaluated pictures */
} ptrun_page;

/* The name of a class, or its number; "unknown" and "none" for PTRUN_TRUTH_*. As text. */
void ptrun_page_class(const ptrun_page *page, int64_t index);

void ptrun_page_summary(const ptrun_page *page);
void ptrun_page_matrix(const ptrun_page *page);
void ptrun_page_charts(const ptrun_page *page);
void ptrun_page_classes(const ptrun_page *page);
void ptrun_page_gallery(const ptrun_page *page);
void ptrun_page_failures(const ptrun_page *page);

/* <section> with its heading, which names it; "</section>" ends it. Trusted text. */
void ptrun_page_section(const ptrun_page *page, const char *id, const char *title);

#endif
