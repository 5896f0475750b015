#include "report/html.h"
#include "report/parts.h"

static void open_tile(const ptrun_page *page, const char *name)
{
    ptrun_buf_printf(page->out, "<div class=tile><dt>%s</dt><dd>", name);
}

static void count_tile(const ptrun_page *page, const char *name, uint64_t count)
{
    open_tile(page, name);
    ptrun_html_count(page->out, count);
    ptrun_buf_puts(page->out, "</dd></div>\n");
}

static void share_tile(const ptrun_page *page, const char *name, uint64_t part, uint64_t whole)
{
    ptrun_interval interval = ptrun_eval_wilson(part, whole);
    open_tile(page, name);
    ptrun_html_percent(page->out, ptrun_eval_ratio(part, whole));
    ptrun_buf_printf(page->out, "<small>%.1f to %.1f&nbsp;%% (95&nbsp;%%)</small></dd></div>\n",
                     100 * interval.low, 100 * interval.high);
}

static void judged_tiles(const ptrun_page *page)
{
    const ptrun_eval *eval = page->eval;
    double ece;
    share_tile(page, page->words->top1, eval->correct, eval->evaluated);
    if (ptrun_eval_k(eval) > 1) {
        ptrun_buf name = {0};
        ptrun_buf_printf(&name, "Among the best %d", ptrun_eval_k(eval));
        share_tile(page, ptrun_buf_text(&name), eval->correct_k, eval->evaluated);
        ptrun_buf_release(&name);
    }
    if (page->report->kind != PTRUN_REPORT_EVAL) return;
    open_tile(page, "Mean F1");
    ptrun_buf_printf(page->out, "%.4f<small>over all classes</small></dd></div>\n",
                     ptrun_eval_macro(eval).f1);
    if (!ptrun_eval_ece(eval, &ece)) return;
    open_tile(page, "Calibration error");
    ptrun_buf_printf(page->out, "%.4f<small>0: as good as its scores say</small></dd></div>\n", ece);
}

static void put_facts(const ptrun_page *page)
{
    if (!page->report->facts || !page->report->facts->name) return;
    ptrun_buf_puts(page->out, "<details><summary>How it was made</summary><table class=facts><tbody>\n");
    for (const ptrun_report_fact *fact = page->report->facts; fact->name; fact++) {
        ptrun_buf_puts(page->out, "<tr><th scope=row>");
        ptrun_html_cut(page->out, fact->name, 80);
        ptrun_buf_puts(page->out, "</th><td><bdi>");
        ptrun_html_cut(page->out, fact->value, 2000);
        ptrun_buf_puts(page->out, "</bdi></td></tr>\n");
    }
    ptrun_buf_puts(page->out, "</tbody></table></details>\n");
}

void ptrun_page_summary(const ptrun_page *page)
{
    const ptrun_eval *eval = page->eval;
    ptrun_page_section(page, "summary", "Summary");
    ptrun_buf_puts(page->out, "<dl class=tiles>\n");
    if (page->judged) judged_tiles(page);
    count_tile(page, "Images", eval->images);
    if (page->judged)
        count_tile(page, page->report->kind == PTRUN_REPORT_EVAL ? "Evaluated" : "Compared", eval->evaluated);
    if (eval->unlabelled && page->judged) count_tile(page, "Without a true class", eval->unlabelled);
    if (eval->unknown) count_tile(page, "Of unknown classes", eval->unknown);
    count_tile(page, "Failed", eval->failed);
    ptrun_buf_puts(page->out, "</dl>\n");
    put_facts(page);
    ptrun_buf_puts(page->out, "</section>\n");
}
