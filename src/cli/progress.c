#include "cli/progress.h"

#include "base/clock.h"
#include "base/fs.h"
#include "base/str.h"

#include <stdio.h>

#define SECOND INT64_C(1000000000)

void ptrun_progress_open(ptrun_progress *progress, const ptrun_cli *cli, const char *when, bool total_known,
                         uint64_t total, uint64_t resumed)
{
    bool automatic = cli->err_terminal && !cli->out_terminal && !cli->general.quiet;
    *progress = (ptrun_progress){.cli = cli, .total_known = total_known, .total = total, .resumed = resumed,
                                 .done = resumed, .started = ptrun_clock_now(),
                                 .shown = ptrun_str_equal(when, "always") || (ptrun_str_equal(when, "auto") && automatic)};
    progress->drawn = progress->started;
}

static void put(const ptrun_progress *progress, const ptrun_buf *text)
{
    ptrun_error ignored = {0}; /* a bar that cannot be drawn is no failure */
    if (!text->failed && ptrun_fs_write_all(progress->cli->err, text->data, text->length, &ignored) != PTRUN_OK) return;
}

static void put_duration(ptrun_buf *out, double seconds)
{
    long long s = (long long)(seconds + 0.5);
    if (s >= 3600) ptrun_buf_printf(out, "%lld:%02lld:%02lld", s / 3600, s / 60 % 60, s % 60);
    else ptrun_buf_printf(out, "%lld:%02lld", s / 60, s % 60);
}

static void put_bar(ptrun_buf *out, const ptrun_progress *p)
{
    enum { CELLS = 24 };
    int filled = p->total ? (int)(p->done * CELLS / p->total) : 0;
    ptrun_buf_puts(out, "[");
    for (int i = 0; i < CELLS; i++) ptrun_buf_putc(out, i < filled ? '=' : i == filled ? '>' : ' ');
    ptrun_buf_printf(out, "] %3d%%  ", p->total ? (int)(p->done * 100 / p->total) : 0);
}

static void draw(ptrun_progress *p, int64_t now)
{
    ptrun_buf line = {0};
    double seconds = (double)(now - p->started) / (double)SECOND;
    double rate = seconds > 0 ? (double)(p->done - p->resumed) / seconds : 0;
    ptrun_buf_puts(&line, "\r");
    if (p->total_known) put_bar(&line, p);
    ptrun_buf_printf(&line, "%llu", (unsigned long long)p->done);
    if (p->total_known) ptrun_buf_printf(&line, "/%llu", (unsigned long long)p->total);
    ptrun_buf_printf(&line, " images  %.1f/s", rate);
    if (p->total_known && rate > 0) {
        ptrun_buf_puts(&line, "  left ");
        put_duration(&line, (double)(p->total - p->done) / rate);
    }
    if (p->failed) {
        ptrun_buf_printf(&line, "  %s%llu failed%s", p->cli->err_color ? "\033[31m" : "", (unsigned long long)p->failed,
                         p->cli->err_color ? "\033[0m" : "");
    }
    ptrun_buf_puts(&line, "\033[K");
    put(p, &line);
    ptrun_buf_release(&line);
    p->drawn = now;
}

void ptrun_progress_step(ptrun_progress *progress, bool failed)
{
    progress->done++;
    progress->failed += failed;
    if (!progress->shown) return;
    int64_t now = ptrun_clock_now();
    if (now - progress->drawn >= SECOND / 10) draw(progress, now);
}

void ptrun_progress_clear(ptrun_progress *progress)
{
    if (!progress->shown || progress->drawn == progress->started) return;
    ptrun_buf wipe = {0};
    ptrun_buf_puts(&wipe, "\r\033[K");
    put(progress, &wipe);
    ptrun_buf_release(&wipe);
}
