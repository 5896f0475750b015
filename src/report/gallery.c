/* Pictures: the most confident mistakes and the lowest scores; and the images that failed. */
#include "report/html.h"
#include "report/parts.h"
#include "report/thumb.h"

#include "base/error.h"
#include "base/str.h"

#include <string.h>

/* Pictures that are shown, in order. */
typedef struct {
    const ptrun_eval_example *examples[2 * PTRUN_REPORT_CARDS];
    ptrun_thumb thumbs[2 * PTRUN_REPORT_CARDS];
    size_t count;
} gallery;

/* The picture itself, or a placeholder that says why there is none. */
static void put_picture(ptrun_buf *out, const ptrun_thumb *thumb)
{
    bool full = out->length >= PTRUN_REPORT_BYTES;
    if (thumb->jpeg.length && !full) {
        ptrun_buf_printf(out, "<img class=%s width=%d height=%d alt=\"\" src=\"data:image/jpeg;base64,",
                         thumb->width < 100 && thumb->height < 100 ? "tiny" : "full", thumb->width,
                         thumb->height);
        ptrun_buf_put_base64(out, thumb->jpeg.data, thumb->jpeg.length);
        ptrun_buf_puts(out, "\">");
    } else {
        const char *why = !thumb->path ? "came from standard input"
                          : full       ? "left out, the page is large enough"
                                       : ptrun_status_text(thumb->status);
        ptrun_buf_printf(out, "<span class=none>No picture: %s</span>", why);
    }
}

/* A card carries its classes for the filter. */
static void put_card(const ptrun_page *page, const ptrun_eval_example *example, const ptrun_thumb *thumb)
{
    ptrun_buf *out = page->out;
    bool wrong = example->truth != example->predicted && example->truth >= 0;
    ptrun_buf_printf(out, "<li class=card data-classes=\"%lld %lld\"><div class=frame>",
                     (long long)example->truth, (long long)example->predicted);
    put_picture(out, thumb);
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
static void choose_cards(gallery *g, const ptrun_eval_list *list, const ptrun_eval_list *except)
{
    size_t end = g->count + PTRUN_REPORT_CARDS;
    for (size_t i = 0; i < list->count && g->count < end; i++) {
        const ptrun_eval_example *example = &list->items[i];
        if (except && is_card(except, example->number)) continue;
        g->examples[g->count] = example;
        g->thumbs[g->count++].path = ptrun_str_equal(example->path, "-") ? NULL : example->path;
    }
}

static void put_cards(const ptrun_page *page, const gallery *g, const char *title, size_t first, size_t end)
{
    ptrun_buf_printf(page->out, "<h3>%s</h3>\n<ul class=cards>\n", title);
    for (size_t i = first; i < end; i++) put_card(page, g->examples[i], &g->thumbs[i]);
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
    gallery g = {.count = 0};
    const ptrun_eval *eval = page->eval;
    if (page->judged) choose_cards(&g, &eval->mistakes, NULL);
    size_t mistakes = g.count;
    choose_cards(&g, &eval->lowest, page->judged ? &eval->mistakes : NULL);
    ptrun_thumbs_make(g.thumbs, g.count);

    ptrun_page_section(page, "pictures", "Pictures");
    put_filter(page);
    if (page->judged && eval->mistakes.count == 0)
        ptrun_buf_printf(page->out, "<p>%s</p>\n",
                         page->report->kind == PTRUN_REPORT_EVAL ? "No mistakes." : "No disagreement.");
    if (mistakes) put_cards(page, &g, page->words->mistakes, 0, mistakes);
    if (eval->lowest.count) put_cards(page, &g, "Lowest scores", mistakes, g.count);
    ptrun_buf_puts(page->out, "</section>\n");
    ptrun_thumbs_release(g.thumbs, g.count);
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
