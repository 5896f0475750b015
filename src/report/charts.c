/* The histogram of scores and the reliability curve, drawn as SVG; the numbers stand below in tables. */
#include "report/html.h"
#include "report/parts.h"

enum {
    LEFT = 44,
    TOP = 12,
    WIDE = 380,
    HIGH = 240,
    WHOLE_WIDTH = LEFT + WIDE + 12,
    WHOLE_HEIGHT = TOP + HIGH + 44
};

static double x_of(double share)
{
    return LEFT + WIDE * share;
}

static double y_of(double share)
{
    return TOP + HIGH * (1 - share);
}

static void open_figure(const ptrun_page *page, const char *name, const char *label)
{
    ptrun_buf_printf(
        page->out,
        "<figure><figcaption>%s</figcaption><svg viewBox=\"0 0 %d %d\" role=img aria-label=\"%s\">\n", name,
        WHOLE_WIDTH, WHOLE_HEIGHT, label);
}

/* Both axes with five lines; the upper end of the vertical one is `top`, shown with `unit`. */
static void put_axes(const ptrun_page *page, double top, const char *unit, const char *below)
{
    for (int i = 0; i <= 4; i++) {
        double share = i / 4.0;
        ptrun_buf_printf(page->out, "<line class=grid x1=%.1f x2=%.1f y1=%.1f y2=%.1f />", x_of(0), x_of(1),
                         y_of(share), y_of(share));
        ptrun_buf_printf(page->out, "<text x=%d y=%.1f class=end>%.4g%s</text>", LEFT - 6, y_of(share) + 4,
                         share * top, unit);
        ptrun_buf_printf(page->out, "<text x=%.1f y=%d class=mid>%.2g</text>\n", x_of(share), TOP + HIGH + 18,
                         share);
    }
    ptrun_buf_printf(page->out, "<text x=%.1f y=%d class=mid>%s</text>\n", x_of(0.5), TOP + HIGH + 36, below);
}

static void put_bar(const ptrun_page *page, const char *class, double from, double to, double low,
                    double high)
{
    if (high <= low) return;
    ptrun_buf_printf(page->out, "<rect class=%s x=%.1f y=%.1f width=%.1f height=%.2f />", class,
                     x_of(from) + 1, y_of(high), WIDE * (to - from) - 2, HIGH * (high - low));
}

static uint64_t column_total(const ptrun_eval_column *column)
{
    return column->correct + column->wrong + column->other;
}

/* A round number not below the highest column whose quarters are whole and round, too. */
static double round_up(uint64_t highest)
{
    static const double steps[] = {1, 1.5, 2, 2.5, 3, 4, 5, 6, 8};
    for (double base = 1;; base *= 10)
        for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
            if ((base > 1 || steps[i] == (int)steps[i]) && 4 * base * steps[i] >= (double)highest)
                return 4 * base * steps[i];
}

static void put_histogram(const ptrun_page *page)
{
    const ptrun_eval_column *columns = page->eval->columns;
    uint64_t highest = 0;
    for (int i = 0; i < PTRUN_EVAL_COLUMNS; i++)
        if (column_total(&columns[i]) > highest) highest = column_total(&columns[i]);
    double top = round_up(highest);
    open_figure(page, "How sure the answers are: images by score",
                "Histogram of the scores of the best class; the numbers are in the table below");
    put_axes(page, top, "", "score of the best class");
    for (int i = 0; i < PTRUN_EVAL_COLUMNS; i++) {
        double from = (double)i / PTRUN_EVAL_COLUMNS, to = (double)(i + 1) / PTRUN_EVAL_COLUMNS;
        double right = (double)columns[i].correct / top, wrong = right + (double)columns[i].wrong / top;
        put_bar(page, "right", from, to, 0, right);
        put_bar(page, "wrong", from, to, right, wrong);
        put_bar(page, "other", from, to, wrong, wrong + (double)columns[i].other / top);
    }
    ptrun_buf_puts(page->out, "</svg>\n");
    if (page->judged)
        ptrun_buf_printf(page->out,
                         "<p class=legend><span class=right></span>%s <span class=wrong></span>%s</p>\n",
                         page->words->right, page->words->wrong);
    ptrun_buf_puts(page->out, "</figure>\n");
}

static void put_curve(const ptrun_page *page)
{
    double last_x = 0, last_y = 0;
    bool begun = false;
    open_figure(page, "Is it right as often as it says: accuracy by score",
                "Reliability curve; the numbers are in the table below");
    put_axes(page, 100, "&#8201;%", "score of the best class");
    ptrun_buf_printf(page->out, "<line class=ideal x1=%.1f y1=%.1f x2=%.1f y2=%.1f />", x_of(0), y_of(0),
                     x_of(1), y_of(1));
    for (int i = 0; i < PTRUN_EVAL_BINS; i++) {
        const ptrun_eval_bin *bin = &page->eval->bins[i];
        if (bin->count == 0) continue;
        double x = x_of(bin->confidence / (double)bin->count),
               y = y_of(ptrun_eval_ratio(bin->correct, bin->count));
        if (begun)
            ptrun_buf_printf(page->out, "<line class=curve x1=%.1f y1=%.1f x2=%.1f y2=%.1f />", last_x,
                             last_y, x, y);
        ptrun_buf_printf(page->out, "<circle class=point cx=%.1f cy=%.1f r=%.1f />\n", x, y,
                         3 + 5 * ptrun_eval_ratio(bin->count, page->eval->evaluated));
        last_x = x, last_y = y, begun = true;
    }
    ptrun_buf_puts(
        page->out,
        "</svg>\n<p class=legend>On the dashed line, answers are right as often as their scores say; "
        "below it the model is too sure of itself.</p></figure>\n");
}

static void put_numbers(const ptrun_page *page)
{
    ptrun_buf *out = page->out;
    ptrun_buf_printf(
        out,
        "<details><summary>The numbers</summary><div class=scroll role=region tabindex=0 "
        "aria-label=\"Scores in numbers\"><table><thead><tr><th scope=col>Score<th scope=col class=num>Images"
        "<th scope=col class=num>%s<th scope=col class=num>%s</tr></thead><tbody>\n",
        page->judged ? page->words->right : "", page->judged ? page->words->wrong : "");
    for (int i = 0; i < PTRUN_EVAL_COLUMNS; i++) {
        const ptrun_eval_column *column = &page->eval->columns[i];
        if (column_total(column) == 0) continue;
        ptrun_buf_printf(out, "<tr><th scope=row>%.2f to %.2f</th><td class=num>%llu</td>",
                         i / (double)PTRUN_EVAL_COLUMNS, (i + 1) / (double)PTRUN_EVAL_COLUMNS,
                         (unsigned long long)column_total(column));
        if (page->judged)
            ptrun_buf_printf(out, "<td class=num>%llu</td><td class=num>%llu</td></tr>\n",
                             (unsigned long long)column->correct, (unsigned long long)column->wrong);
        else ptrun_buf_puts(out, "<td></td><td></td></tr>\n");
    }
    ptrun_buf_puts(out, "</tbody></table></div></details>\n");
}

void ptrun_page_charts(const ptrun_page *page)
{
    double ece;
    ptrun_page_section(page, "scores", "Scores");
    ptrun_buf_puts(page->out, "<div class=charts>\n");
    if (page->eval->scores_outside)
        ptrun_buf_puts(page->out, "<p>The scores are no probabilities, so they are not drawn.</p>");
    else put_histogram(page);
    if (page->report->kind == PTRUN_REPORT_EVAL && ptrun_eval_ece(page->eval, &ece)) put_curve(page);
    ptrun_buf_puts(page->out, "</div>\n");
    put_numbers(page);
    ptrun_buf_puts(page->out, "</section>\n");
}
