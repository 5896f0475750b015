/* A row for each class, with bars. */
#include "report/html.h"
#include "report/parts.h"

#include "base/mem.h"

#include <stdlib.h>

/* A class and what orders it, lowest first. */
typedef struct {
    size_t index;
    double key;
} row;

static int compare(const void *a, const void *b)
{
    const row *x = a, *y = b;
    if (x->key != y->key) return x->key < y->key ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* All classes in their order; where there are too many, those that matter most: the worst, or the most
 * frequent. */
static row *choose_rows(const ptrun_page *page, size_t *n)
{
    const ptrun_eval *eval = page->eval;
    row *rows = ptrun_mem_alloc(eval->n_classes, sizeof *rows);
    *n = 0;
    for (size_t i = 0; i < eval->n_classes && rows; i++) {
        const ptrun_eval_class *class = &eval->classes[i];
        if (eval->n_classes > PTRUN_REPORT_CLASSES && class->images + class->first == 0) continue;
        rows[(*n)++] = (row){i, page->judged ? ptrun_eval_f1(eval, i) : -(double)class->first};
    }
    if (rows && eval->n_classes > PTRUN_REPORT_CLASSES) qsort(rows, *n, sizeof *rows, compare);
    if (*n > PTRUN_REPORT_CLASSES) *n = PTRUN_REPORT_CLASSES;
    return rows;
}

static void put_share(const ptrun_page *page, double share)
{
    ptrun_buf_printf(page->out, "<td class=bar><span style=\"--v:%.1f%%\"></span>%.3f</td>", 100 * share,
                     share);
}

static void put_row(const ptrun_page *page, size_t index, uint64_t answers)
{
    const ptrun_eval_class *class = &page->eval->classes[index];
    ptrun_buf_puts(page->out, "<tr><th scope=row>");
    ptrun_page_class(page, (int64_t)index);
    ptrun_buf_puts(page->out, "</th><td class=num>");
    ptrun_html_count(page->out, page->judged ? class->images : class->first);
    ptrun_buf_puts(page->out, "</td>");
    if (page->judged) {
        put_share(page, ptrun_eval_precision(page->eval, index));
        put_share(page, ptrun_eval_recall(page->eval, index));
        put_share(page, ptrun_eval_f1(page->eval, index));
    } else {
        put_share(page, ptrun_eval_ratio(class->first, answers));
    }
    ptrun_buf_puts(page->out, "</tr>\n");
}

void ptrun_page_classes(const ptrun_page *page)
{
    size_t n;
    row *rows = choose_rows(page, &n);
    bool against_a = page->report->kind == PTRUN_REPORT_COMPARE;
    ptrun_page_section(page, "classes", "Classes");
    if (n < page->eval->n_classes)
        ptrun_buf_printf(page->out, "<p>%zu of %zu classes: %s.</p>\n", n, page->eval->n_classes,
                         page->judged ? "those with the lowest F1" : "those that were answered most");
    if (against_a) ptrun_buf_puts(page->out, "<p>The answers of A stand for the truth.</p>\n");
    ptrun_buf_puts(page->out, "<div class=scroll role=region tabindex=0 aria-label=\"Table of "
                              "classes\"><table class=classes><thead><tr>"
                              "<th scope=col>Class<th scope=col class=num>Images");
    ptrun_buf_puts(page->out, page->judged ? "<th scope=col>Precision<th scope=col>Recall<th scope=col>F1"
                                           : "<th scope=col>Share");
    ptrun_buf_puts(page->out, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < n; i++) put_row(page, rows[i].index, page->eval->images - page->eval->failed);
    ptrun_buf_puts(page->out, "</tbody></table></div></section>\n");
    free(rows);
}
