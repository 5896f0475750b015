/* The confusion matrix as a heat map, and the pairs that are confused most. */
#include "report/html.h"
#include "report/parts.h"

#include <string.h>

enum { PAIRS = 15, STEPS = 6 };

/* The classes of the heat map in ascending order: all of them, or those in the most frequent confusions. */
static size_t choose_classes(const ptrun_eval *eval, int64_t chosen[PTRUN_REPORT_MATRIX])
{
    size_t n = 0;
    if (eval->n_classes <= PTRUN_REPORT_MATRIX) {
        for (; n < eval->n_classes; n++) chosen[n] = (int64_t)n;
        return n;
    }
    ptrun_eval_cell cells[4 * PTRUN_REPORT_MATRIX];
    size_t n_cells = ptrun_eval_top_confusions(eval, cells, sizeof cells / sizeof *cells);
    for (size_t i = 0; i < 2 * n_cells && n < PTRUN_REPORT_MATRIX; i++) {
        int64_t class = i % 2 ? cells[i / 2].predicted : cells[i / 2].truth;
        size_t place = 0;
        while (place < n && chosen[place] < class) place++;
        if (place < n && chosen[place] == class) continue;
        memmove(chosen + place + 1, chosen + place, (n - place) * sizeof *chosen);
        chosen[place] = class;
        n++;
    }
    return n;
}

static void put_cell(const ptrun_page *page, int64_t truth, int64_t predicted)
{
    uint64_t count = ptrun_eval_confused(page->eval, truth, predicted);
    double share = ptrun_eval_ratio(count, page->eval->classes[truth].images);
    int step = count == 0 ? 0 : 1 + (int)(share * (STEPS - 1));
    if (step >= STEPS) step = STEPS - 1;
    ptrun_buf_printf(page->out, "<td class=%c%d>%llu</td>", truth == predicted ? 'd' : 'e', step,
                     (unsigned long long)count);
}

static void put_matrix(const ptrun_page *page, const int64_t *classes, size_t n)
{
    ptrun_buf *out = page->out;
    ptrun_buf_puts(
        out, "<div class=scroll role=region tabindex=0 aria-label=\"Confusion matrix\"><table class=heat>"
             "<thead><tr><td></td>");
    for (size_t i = 0; i < n; i++) {
        ptrun_buf_puts(out, "<th scope=col><span>");
        ptrun_page_class(page, classes[i]);
        ptrun_buf_puts(out, "</span></th>");
    }
    ptrun_buf_puts(out, "</tr></thead><tbody>\n");
    for (size_t row = 0; row < n; row++) {
        ptrun_buf_puts(out, "<tr><th scope=row>");
        ptrun_page_class(page, classes[row]);
        ptrun_buf_puts(out, "</th>");
        for (size_t column = 0; column < n; column++) put_cell(page, classes[row], classes[column]);
        ptrun_buf_puts(out, "</tr>\n");
    }
    ptrun_buf_puts(out, "</tbody></table></div>\n");
}

static void put_pairs(const ptrun_page *page)
{
    ptrun_eval_cell cells[PAIRS];
    size_t n = ptrun_eval_top_confusions(page->eval, cells, PAIRS);
    if (n == 0) return;
    ptrun_buf_printf(page->out,
                     "<div><h3>%s</h3>\n<table class=pairs><thead><tr><th scope=col>%s<th scope=col>%s"
                     "<th scope=col class=num>Images</tr></thead><tbody>\n",
                     page->words->pairs, page->words->truth, page->words->predicted);
    for (size_t i = 0; i < n; i++) {
        ptrun_buf_puts(page->out, "<tr><td>");
        ptrun_page_class(page, cells[i].truth);
        ptrun_buf_puts(page->out, "</td><td>");
        ptrun_page_class(page, cells[i].predicted);
        ptrun_buf_puts(page->out, "</td><td class=num>");
        ptrun_html_count(page->out, cells[i].count);
        ptrun_buf_puts(page->out, "</td></tr>\n");
    }
    ptrun_buf_puts(page->out, "</tbody></table></div>\n");
}

void ptrun_page_matrix(const ptrun_page *page)
{
    int64_t classes[PTRUN_REPORT_MATRIX];
    size_t n = choose_classes(page->eval, classes);
    ptrun_page_section(page, "matrix", page->words->matrix);
    ptrun_buf_printf(page->out, "<p>%s", page->words->matrix_about);
    if (page->eval->n_classes > PTRUN_REPORT_MATRIX)
        ptrun_buf_printf(page->out, " Of %zu classes these %zu are confused most.", page->eval->n_classes, n);
    ptrun_buf_puts(page->out, "</p>\n<div class=pair>\n");
    if (n) put_matrix(page, classes, n);
    else ptrun_buf_puts(page->out, "<p>No two classes were confused.</p>\n");
    put_pairs(page);
    ptrun_buf_puts(page->out, "</div></section>\n");
}
