#include "base/hash.h"
#include "report/html.h"
#include "report/parts.h"

#include <string.h>

extern const char ptrun_report_css[], ptrun_report_js[]; /* page.css, page.js */

static const ptrun_report_words words[] = {
    [PTRUN_REPORT_EVAL] = {.kicker = "Evaluation",
                           .truth = "True class",
                           .predicted = "Prediction",
                           .top1 = "Top-1 accuracy",
                           .matrix = "Confusion",
                           .matrix_about =
                               "Rows are true classes, columns predictions. The diagonal is right; colour "
                               "is the share of the row.",
                           .pairs = "Most confused",
                           .mistakes = "Most confident mistakes",
                           .right = "right",
                           .wrong = "wrong"},
    [PTRUN_REPORT_CLASSIFY] = {.kicker = "Classification",
                               .truth = "True class",
                               .predicted = "Prediction",
                               .right = "right",
                               .wrong = "wrong"},
    [PTRUN_REPORT_COMPARE] = {.kicker = "Comparison",
                              .truth = "A says",
                              .predicted = "B says",
                              .top1 = "Top-1 agreement",
                              .matrix = "Agreement",
                              .matrix_about =
                                  "Rows are the answers of A, columns those of B. The diagonal is "
                                  "agreement; colour is the share of the row.",
                              .pairs = "Most frequent disagreements",
                              .mistakes = "Where B is surest and disagrees",
                              .right = "agree",
                              .wrong = "disagree"},
};

void ptrun_page_class(const ptrun_page *page, int64_t index)
{
    const char *label =
        index >= 0 && (size_t)index < page->eval->n_classes ? page->eval->classes[index].label : NULL;
    ptrun_buf_puts(page->out, "<bdi>");
    if (label && *label) ptrun_html_cut(page->out, label, 120);
    else if (index >= 0) ptrun_buf_printf(page->out, "class %lld", (long long)index);
    else ptrun_buf_puts(page->out, index == PTRUN_TRUTH_UNKNOWN ? "not a class of the model" : "not known");
    ptrun_buf_puts(page->out, "</bdi>");
}

void ptrun_page_section(const ptrun_page *page, const char *id, const char *title)
{
    ptrun_buf_printf(page->out, "<section id=%s aria-labelledby=%s-h><h2 id=%s-h>%s</h2>\n", id, id, id,
                     title);
}

/* The script that may run is the one that we wrote, whatever else gets into the page. */
static void put_policy(ptrun_buf *out)
{
    uint8_t digest[32];
    ptrun_sha256(ptrun_report_js, strlen(ptrun_report_js), digest);
    ptrun_buf_puts(out,
                   "<meta http-equiv=Content-Security-Policy content=\"default-src 'none'; img-src data:; "
                   "style-src 'unsafe-inline'; script-src 'sha256-");
    ptrun_buf_put_base64(out, digest, sizeof digest);
    ptrun_buf_puts(out, "'; base-uri 'none'; form-action 'none'\">\n");
}

static void put_head(const ptrun_page *page)
{
    ptrun_buf *out = page->out;
    ptrun_buf_puts(out, "<!doctype html>\n<html lang=en><head><meta charset=utf-8>\n");
    put_policy(out);
    ptrun_buf_puts(
        out,
        "<meta name=viewport content=\"width=device-width,initial-scale=1\">\n"
        "<meta name=color-scheme content=\"light dark\"><meta name=referrer content=no-referrer>\n<title>");
    ptrun_html_cut(out, page->report->title, 120);
    ptrun_buf_printf(out, " · ptrun</title>\n<style>%s</style></head>\n", ptrun_report_css);
}

static void put_header(const ptrun_page *page)
{
    ptrun_buf *out = page->out;
    ptrun_buf_printf(
        out,
        "<body><a class=skip href=#main>Skip to the content</a>\n<header><div><p class=kicker>%s</p><h1>",
        page->words->kicker);
    ptrun_html_cut(out, page->report->title, 240);
    ptrun_buf_puts(out, "</h1></div><button id=theme type=button hidden>Theme: auto</button></header>\n"
                        "<nav aria-label=Sections><a href=#summary>Summary</a>");
    if (page->judged) ptrun_buf_printf(out, "<a href=#matrix>%s</a>", page->words->matrix);
    ptrun_buf_puts(out,
                   "<a href=#scores>Scores</a><a href=#classes>Classes</a><a href=#pictures>Pictures</a>");
    if (page->eval->failed) ptrun_buf_puts(out, "<a href=#failures>Failures</a>");
    ptrun_buf_puts(out, "</nav>\n<main id=main>\n");
}

void ptrun_report_write(ptrun_buf *out, const ptrun_report *report)
{
    ptrun_page page = {.out = out,
                       .report = report,
                       .eval = report->eval,
                       .words = &words[report->kind],
                       .judged = report->eval->evaluated > 0};
    put_head(&page);
    put_header(&page);
    ptrun_page_summary(&page);
    if (page.judged) ptrun_page_matrix(&page);
    ptrun_page_charts(&page);
    ptrun_page_classes(&page);
    ptrun_page_gallery(&page);
    if (page.eval->failed) ptrun_page_failures(&page);
    ptrun_buf_printf(
        out, "</main>\n<footer>Made by ptrun %s. Nothing in this page is loaded from elsewhere.</footer>\n",
        PTRUN_VERSION);
    ptrun_buf_printf(out, "<script>%s</script></body></html>\n", ptrun_report_js);
}
