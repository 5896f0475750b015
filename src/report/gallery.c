/* Pictures: the most confident mistakes and the lowest scores; and the images that failed. */
#include "report/html.h"
#include "report/parts.h"
#include "report/thumb.h"

#include "base/error.h"
#include "base/str.h"

#include <string.h>

/* The picture itself, or a placeholder that says why there is none. */
static void put_picture(const ptrun_page *page, ptrun_thumbs *thumbs, const ptrun_eval_example *example)
{
    ptrun_buf jpeg = {0};
    ptrun_error err = {0};
    int32_t width, height;
    ptrun_status status = PTRUN_OK;
    const char *why = "left out, the page is large enough";
    if (ptrun_str_equal(example->path, "-")) why = "came from standard input";
    else if (page->out->length < PTRUN_REPORT_BYTES)
        status = ptrun_thumb_make(thumbs, example->path, &jpeg, &width, &height, &err),
        why = ptrun_status_text(status);
    if (jpeg.length && status == PTRUN_OK) {
        ptrun_buf_printf(page->out, "<img class=%s width=%d height=%d alt=\"\" src=\"data:image/jpeg;base64,",
                         width < 100 && height < 100 ? "tiny" : "full", width, height);
        ptrun_buf_put_base64(page->out, jpeg.data, jpeg.length);
        ptrun_buf_puts(page->out, "\">");
    } else {
        ptrun_buf_printf(page->out, "<span class=none>No picture: %s</span>", why);
    }
    ptrun_buf_release(&jpeg);
}

/* A card carries its classes for the filter. */
static void put_card(const ptrun_page *page, ptrun_thumbs *thumbs, const ptrun_eval_example *example)
{
    ptrun_buf *out = page->out;
    bool wrong = example->truth != example->predicted && example->truth >= 0;
    ptrun_buf_printf(out, "<li class=card data-classes=\"%lld %lld\"><div class=frame>",
                     (long long)example->truth, (long long)example->predicted);
    put_picture(page, thumbs, example);
    ptrun_buf_printf(out, "</div><p class=answer><b class=%s>",
                     !page->judged ? "plain"
                     : wrong       ? "bad"
                                   : "good");
    ptrun_page_class(page, example->predicted);
    ptrun_buf_printf(out, "</b> <span class=score>%.1f&nbsp;%%</span></p>", 100 * (double)example->score);
    if (page->judged) {
        ptrun_buf_printf(out, "<p class=truth>%s: ", page->words->truth);
        ptrun_page_class(page, example->truth);
        ptrun_buf_puts(out, "</p>");
    }
    ptrun_buf_puts(out, "<p class=name>");
    ptrun_html_path(out, example->path, example->path_length);
    ptrun_buf_puts(out, "</p></li>\n");
}

static bool is_card(const ptrun_eval_list *list, uint64_t number)
{
    for (size_t i = 0; i < list->count && i < PTRUN_REPORT_CARDS; i++)
        if (list->items[i].number == number) return true;
    return false;
}

/* `except`: pictures that have a card already. */
static void put_cards(const ptrun_page *page, ptrun_thumbs *thumbs, const char *title,
                      const ptrun_eval_list *list, const ptrun_eval_list *except)
{
    size_t shown = 0;
    if (list->count == 0) return;
    ptrun_buf_printf(page->out, "<h3>%s</h3>\n<ul class=cards>\n", title);
    for (size_t i = 0; i < list->count && shown < PTRUN_REPORT_CARDS; i++) {
        if (except && is_card(except, list->items[i].number)) continue;
        put_card(page, thumbs, &list->items[i]);
        shown++;
    }
    ptrun_buf_puts(page->out, "</ul>\n");
}

static bool has_class(const ptrun_eval_list *list, int64_t index)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].predicted == index || list->items[i].truth == index) return true;
    return false;
}

/* Only classes that a card may have are offered. Shown by the script that it needs. */
static void put_filter(const ptrun_page *page)
{
    ptrun_buf *out = page->out;
    ptrun_buf_puts(
        out,
        "<form id=filter role=search hidden aria-label=\"Filter pictures\"><label>Class <select id=class>"
        "<option value=\"\">all</option>\n");
    for (size_t i = 0; i < page->eval->n_classes; i++) {
        if (!has_class(&page->eval->mistakes, (int64_t)i) && !has_class(&page->eval->lowest, (int64_t)i))
            continue;
        ptrun_buf_printf(out, "<option value=%zu>", i);
        const char *label = page->eval->classes[i].label;
        if (label && *label) ptrun_html_cut(out, label, 80);
        else ptrun_buf_printf(out, "class %zu", i);
        ptrun_buf_puts(out, "</option>\n");
    }
    ptrun_buf_puts(out, "</select></label><label>Search <input id=search type=search autocomplete=off "
                        "placeholder=\"file or class\"></label><output id=found></output></form>\n");
}

void ptrun_page_gallery(const ptrun_page *page)
{
    ptrun_thumbs thumbs = {0};
    const ptrun_eval *eval = page->eval;
    ptrun_page_section(page, "pictures", "Pictures");
    put_filter(page);
    if (page->judged && eval->mistakes.count == 0)
        ptrun_buf_printf(page->out, "<p>%s</p>\n",
                         page->report->kind == PTRUN_REPORT_EVAL ? "No mistakes." : "No disagreement.");
    if (page->judged) put_cards(page, &thumbs, page->words->mistakes, &eval->mistakes, NULL);
    put_cards(page, &thumbs, "Lowest scores", &eval->lowest, page->judged ? &eval->mistakes : NULL);
    ptrun_buf_puts(page->out, "</section>\n");
    ptrun_thumbs_release(&thumbs);
}

void ptrun_page_failures(const ptrun_page *page)
{
    const ptrun_eval *eval = page->eval;
    ptrun_page_section(page, "failures", "Failures");
    ptrun_buf_puts(page->out, "<p>");
    for (size_t i = 0; i < eval->failure_kinds.count; i++) {
        const ptrun_table_entry *kind = &eval->failure_kinds.entries[i];
        ptrun_buf_printf(page->out, "%s<code>%s</code> ", i ? ", " : "",
                         ptrun_table_key(&eval->failure_kinds, kind));
        ptrun_html_count(page->out, (uint64_t)kind->value);
    }
    if (eval->failed > eval->n_failures) ptrun_buf_printf(page->out, "; the first %zu", eval->n_failures);
    ptrun_buf_puts(
        page->out,
        "</p>\n<div class=scroll role=region tabindex=0 aria-label=\"Table of failures\"><table><thead><tr>"
        "<th scope=col>File<th scope=col>What went wrong</tr></thead><tbody>\n");
    for (size_t i = 0; i < eval->n_failures && i < PTRUN_REPORT_FAILURES; i++) {
        const ptrun_eval_failure *failure = &eval->failures[i];
        const char *message = ptrun_error_message(&failure->error);
        ptrun_buf_puts(page->out, "<tr><td>");
        ptrun_html_path(page->out, failure->path, failure->path_length);
        ptrun_buf_puts(page->out, "</td><td>");
        ptrun_html_text(page->out, message, strlen(message));
        ptrun_buf_printf(page->out, " <code>%s</code></td></tr>\n", ptrun_status_word(failure->error.status));
    }
    ptrun_buf_puts(page->out, "</tbody></table></div></section>\n");
}
