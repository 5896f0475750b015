#include "cli/bench_report.h"

#include "base/cpu.h"
#include "base/error.h"
#include "base/machine.h"
#include "cli/message.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define BOLD   "\033[1m"
#define YELLOW "\033[33m"
#define GREEN  "\033[32m"
#define RED    "\033[31m"
#define PLAIN  "\033[0m"

enum { TEXT_SIZE = 128, OPERATORS = 20 };

/* The page under way. */
typedef struct {
    ptrun_buf *out;
    const ptrun_bench_report *report;
    bool color;
} page;

static void put_colored(const page *p, const char *color, const char *text)
{
    ptrun_buf_printf(p->out, "%s%s%s", p->color ? color : "", text, p->color ? PLAIN : "");
}

static const char *plural(int64_t count)
{
    return count == 1 ? "" : "s";
}

static void put_line(const page *p, const char *name, const char *text)
{
    ptrun_buf_printf(p->out, "%-8s ", name);
    ptrun_message_escape(p->out, text, strlen(text));
    ptrun_buf_putc(p->out, '\n');
}

static void put_machine(const page *p)
{
    char processor[TEXT_SIZE], system[TEXT_SIZE], text[2 * TEXT_SIZE + 64];
    int cpus = ptrun_cpu_usable();
    ptrun_cpu_model(processor, sizeof processor);
    ptrun_machine_system(system, sizeof system);
    snprintf(text, sizeof text, "%s, %d processor%s, %s", processor, cpus, plural(cpus), system);
    put_line(p, "machine", text);
}

static void put_images(const page *p)
{
    const ptrun_bench_images *images = p->report->images;
    char text[TEXT_SIZE];
    if (images->synthetic >= 0)
        snprintf(text, sizeof text, "none given: a synthetic JPEG of %d x %d, made in memory", PTRUN_BENCH_SYNTHETIC_WIDTH,
                 PTRUN_BENCH_SYNTHETIC_HEIGHT);
    else
        snprintf(text, sizeof text, "%zu of %llu input%s, %llu failed", images->count, (unsigned long long)images->found,
                 plural((int64_t)images->found), (unsigned long long)images->failed);
    put_line(p, "images", text);
}

static void put_head(const page *p)
{
    const ptrun_bench_report *r = p->report;
    const char *instructions = r->engine_info->instructions;
    char text[2 * TEXT_SIZE];
    put_line(p, "model", r->model);
    snprintf(text, sizeof text, "%s%s%s, %s on %s", r->engine_info->library, instructions ? ", " : "",
             instructions ? instructions : "", r->engine->precision, r->engine->device);
    put_line(p, "engine", text);
    put_machine(p);
    put_images(p);
    snprintf(text, sizeof text, "load %.1f ms, first image %.1f ms; peak memory %.0f MiB", (double)r->load / 1e6,
             (double)r->first_image / 1e6, (double)ptrun_machine_peak_memory() / 1048576);
    put_line(p, "start", text);
}

/* Four decimals, fewer for long times. */
static void put_ms(const page *p, double ms)
{
    ptrun_buf_printf(p->out, "  %9.*f", ms < 10 ? 4 : ms < 1000 ? 3 : 1, ms);
}

static void put_stage(const page *p, ptrun_bench_stage stage, const ptrun_stats *s)
{
    if (s->count == 0) return;
    ptrun_buf_printf(p->out, "%-8s  %-5s", ptrun_bench_stage_name(stage),
                     ptrun_bench_stage_per_batch(stage) ? "batch" : "image");
    put_ms(p, s->min);
    put_ms(p, s->median);
    put_ms(p, s->p90);
    put_ms(p, s->p99);
    ptrun_buf_printf(p->out, "  %5.1f%%  %7zu\n", s->spread * 100, s->count);
}

static void put_stability(const page *p, ptrun_stability stability, double spread, double drift, uint64_t count)
{
    ptrun_buf_puts(p->out, ", ");
    if (stability == PTRUN_STABLE) {
        put_colored(p, GREEN, "stable");
        return;
    }
    put_colored(p, YELLOW, "not stable");
    if (stability == PTRUN_UNSTABLE_FEW) ptrun_buf_printf(p->out, ": only %llu samples", (unsigned long long)count);
    if (stability == PTRUN_UNSTABLE_SPREAD) ptrun_buf_printf(p->out, ": spread %.0f%%", spread * 100);
    if (stability == PTRUN_UNSTABLE_DRIFT)
        ptrun_buf_printf(p->out, ": the second half differs from the first by %+.0f%%", drift * 100);
}

static void put_rates(const page *p, const ptrun_bench_result *r)
{
    const ptrun_stats *forwards = &r->stages[PTRUN_BENCH_FORWARD];
    const ptrun_bench_folder *folder = &r->folder;
    if (forwards->count) {
        ptrun_buf_printf(p->out, "forward   %.1f images/s", ptrun_bench_forward_rate(r));
        put_stability(p, forwards->stability, forwards->spread, forwards->drift, forwards->count);
        ptrun_buf_putc(p->out, '\n');
    }
    if (folder->rounds) {
        ptrun_buf_printf(p->out, "folder    %.1f images/s, %llu images in %.2f s", folder->images_per_second,
                         (unsigned long long)folder->images, folder->seconds);
        put_stability(p, folder->stability, 0, folder->drift, folder->rounds);
        ptrun_buf_putc(p->out, '\n');
    }
}

static void put_profile(const page *p, const ptrun_bench_profile *profile)
{
    if (profile->forwards == 0) return;
    ptrun_buf_printf(p->out, "%soperators of a forward (%.3f ms while it is watched)%s\n", p->color ? BOLD : "",
                     profile->forward, p->color ? PLAIN : "");
    ptrun_buf_puts(p->out, "    self ms   total ms    count   share  name\n");
    for (size_t i = 0; i < profile->count && i < OPERATORS; i++) {
        const ptrun_bench_operator *row = &profile->items[i];
        double share = profile->forward > 0 ? row->self / profile->forward : 0;
        ptrun_buf_printf(p->out, "  %9.3f  %9.3f  %7.0f  %5.1f%%  ", row->self, row->total, row->count, share * 100);
        ptrun_message_escape(p->out, row->name, strlen(row->name));
        ptrun_buf_putc(p->out, '\n');
    }
    if (profile->count > OPERATORS)
        ptrun_buf_printf(p->out, "  and %zu more (--format json has all)\n", profile->count - OPERATORS);
}

static void put_error(const page *p, const ptrun_error *error)
{
    if (error->status == PTRUN_OK) return;
    const char *message = ptrun_error_message(error);
    put_colored(p, RED, "failed");
    ptrun_buf_puts(p->out, "    ");
    ptrun_message_escape(p->out, message, strlen(message));
    ptrun_buf_printf(p->out, " [%s]\n", ptrun_status_word(error->status));
}

static void put_candidate(const page *p, const ptrun_bench_candidate *c, const ptrun_preparation *chosen)
{
    bool is_chosen = strcmp(c->is.variant, chosen->variant) == 0 && c->is.split.forwards == chosen->split.forwards;
    char time[32] = "-", error[32] = "-";
    if (c->is.time > 0) snprintf(time, sizeof time, "%.3f", (double)c->is.time / 1e6);
    if (c->is.time > 0) snprintf(error, sizeof error, "%.1e", c->is.error);
    ptrun_buf_printf(p->out, "  %10s  %9s  %8d  %7d  %s%s%s", time, error, c->is.split.forwards, c->is.split.threads,
                     is_chosen && p->color ? GREEN : "", c->is.variant, is_chosen && p->color ? PLAIN : "");
    if (is_chosen) ptrun_buf_puts(p->out, " (chosen)");
    if (c->failure.status != PTRUN_OK) {
        const char *message = ptrun_error_message(&c->failure);
        ptrun_buf_puts(p->out, ": ");
        ptrun_message_escape(p->out, message, strlen(message));
    }
    ptrun_buf_putc(p->out, '\n');
}

/* Why this preparation. */
static void put_candidates(const page *p, const ptrun_bench_preparation *preparation)
{
    if (preparation->n_candidates == 0) return;
    ptrun_buf_printf(p->out, "prepared  by measurement, %.1f ms\n    ms/image  rel.error  forwards  threads  preparation\n",
                     (double)preparation->took / 1e6);
    for (size_t i = 0; i < preparation->n_candidates; i++)
        put_candidate(p, &preparation->candidates[i], &preparation->is);
}

static void put_entry(const page *p, const ptrun_bench_entry *entry)
{
    const ptrun_bench_result *r = &entry->result;
    ptrun_buf_printf(p->out, "\n%sbatch %d, %d thread%s, %d forward%s side by side, prepared as \"%s\"%s\n",
                     p->color ? BOLD : "", r->plan.batch, r->plan.threads, plural(r->plan.threads), r->plan.forwards,
                     plural(r->plan.forwards), r->preparation.is.variant, p->color ? PLAIN : "");
    put_candidates(p, &r->preparation);
    ptrun_buf_printf(p->out, "warm-up   %d forward%s, %.1f ms; the first %.1f ms\n", r->warm_ups, plural(r->warm_ups),
                     (double)r->warm_up / 1e6, (double)r->first_forward / 1e6);
    bool measured = false;
    for (int i = 0; i < PTRUN_BENCH_N_STAGES; i++) measured |= r->stages[i].count > 0;
    if (measured) ptrun_buf_puts(p->out, "stage     per      min ms     median        p90        p99  spread  samples\n");
    for (int i = 0; i < PTRUN_BENCH_N_STAGES; i++) put_stage(p, (ptrun_bench_stage)i, &r->stages[i]);
    put_rates(p, r);
    put_profile(p, &r->profile);
    put_error(p, &r->error);
}

static void put_rate_cell(const page *p, double value, double best)
{
    char text[32] = "-";
    if (value > 0) snprintf(text, sizeof text, "%.1f", value);
    bool marked = p->color && value > 0 && value >= best;
    ptrun_buf_printf(p->out, "  %s%17s%s", marked ? GREEN : "", text, marked ? PLAIN : "");
}

/* One row a configuration, the best rates in green. */
static void put_summary(const page *p)
{
    const ptrun_bench_report *r = p->report;
    double best_forward = 0, best_folder = 0;
    for (size_t i = 0; i < r->n_entries; i++) {
        best_forward = fmax(best_forward, ptrun_bench_forward_rate(&r->entries[i].result));
        best_folder = fmax(best_folder, r->entries[i].result.folder.images_per_second);
    }
    ptrun_buf_printf(p->out, "\n%sbatch  threads  forwards  forward ms  forward images/s  folder images/s%s\n",
                     p->color ? BOLD : "", p->color ? PLAIN : "");
    for (size_t i = 0; i < r->n_entries; i++) {
        const ptrun_bench_result *e = &r->entries[i].result;
        ptrun_buf_printf(p->out, "%5d  %7d  %8d  %10.3f", e->plan.batch, e->plan.threads, e->plan.forwards,
                         e->stages[PTRUN_BENCH_FORWARD].median);
        put_rate_cell(p, ptrun_bench_forward_rate(e), best_forward);
        put_rate_cell(p, e->folder.images_per_second, best_folder);
        ptrun_buf_puts(p->out, e->error.status != PTRUN_OK ? "  failed\n" : ptrun_bench_stable(e) ? "\n" : "  not stable\n");
    }
}

void ptrun_bench_report_table(ptrun_buf *out, const ptrun_bench_report *report, bool color)
{
    const page p = {.out = out, .report = report, .color = color};
    put_head(&p);
    for (size_t i = 0; i < report->n_entries; i++) put_entry(&p, &report->entries[i]);
    if (report->n_entries > 1) put_summary(&p);
    if (report->interrupted) ptrun_buf_puts(out, "\ninterrupted: this is what was measured until then\n");
}
