#include "cli/verify_table.h"

#include "base/error.h"
#include "cli/message.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define RED   "\033[31m"
#define GREEN "\033[32m"
#define PLAIN "\033[0m"

enum { MAX_NAME = 40, CELL = 7 };

/* What to look at where a stage is the first that differs. */
static const char *const advice[] = {
    [PTRUN_STAGE_FILE] = "the image is not the one that was recorded",
    [PTRUN_STAGE_DECODED] = "the recording's decoder gives other pixels, or their channels in another order",
    [PTRUN_STAGE_RESIZED] = "size, filter or crop of the recipe, grey or colour, EXIF orientation",
    [PTRUN_STAGE_TENSOR] = "order of the channels, scale, mean or std of the recipe",
    [PTRUN_STAGE_LOGITS] =
        "weights or program of the model, or how it is run: --optimize, --precision, --device",
    [PTRUN_STAGE_TOP] = "the logits agree, but classes that were further apart changed places",
};

static size_t name_width(const ptrun_recording *recording)
{
    size_t width = strlen("sample");
    for (size_t i = 0; i < recording->count; i++) {
        size_t length = strlen(recording->samples[i].name);
        if (length > width) width = length;
    }
    return width < MAX_NAME ? width : MAX_NAME;
}

static void put_padded(ptrun_buf *out, const char *text, size_t width)
{
    size_t before = out->length, length = strlen(text);
    ptrun_message_escape(out, text, length);
    for (size_t used = out->length - before; used < width; used++) ptrun_buf_putc(out, ' ');
}

static void put_figure(ptrun_buf *out, double value)
{
    char text[32] = "-";
    if (!isnan(value)) snprintf(text, sizeof text, "%.3g", value);
    ptrun_buf_printf(out, "  %-9s", text);
}

static void put_heading(ptrun_buf *out, size_t width, size_t top_k)
{
    char top[32];
    snprintf(top, sizeof top, "top-%zu", top_k);
    ptrun_buf_printf(out, "%-*s", (int)width, "sample");
    for (int stage = 0; stage < PTRUN_STAGE_TOP; stage++)
        ptrun_buf_printf(out, "  %-*s", CELL, ptrun_stage_name((ptrun_stage)stage));
    ptrun_buf_printf(out, "  %-*s  largest    relative   cosine\n", CELL, top);
}

static void put_row(ptrun_buf *out, size_t width, const ptrun_recorded_sample *sample,
                    const ptrun_sample_result *result, bool color)
{
    const ptrun_stage_result *logits = &result->stages[PTRUN_STAGE_LOGITS];
    put_padded(out, sample->name, width);
    for (int stage = 0; stage < PTRUN_N_STAGES; stage++) {
        ptrun_outcome outcome = result->stages[stage].outcome;
        bool differs = outcome == PTRUN_OUTCOME_DIFFERS;
        ptrun_buf_printf(out, "  %s%-*s%s", color && differs ? RED : "", CELL, ptrun_outcome_name(outcome),
                         color && differs ? PLAIN : "");
    }
    if (logits->measured) {
        put_figure(out, logits->difference.largest);
        put_figure(out, logits->difference.relative);
        ptrun_buf_printf(out, "  %.7f", logits->difference.cosine);
    }
    while (out->length && out->data[out->length - 1] == ' ') out->data[--out->length] = '\0';
    ptrun_buf_putc(out, '\n');
}

static void put_shape(ptrun_buf *out, int32_t rank, const int64_t *dims)
{
    ptrun_buf_putc(out, '(');
    for (int32_t i = 0; i < rank; i++) ptrun_buf_printf(out, "%s%lld", i ? ", " : "", (long long)dims[i]);
    ptrun_buf_putc(out, ')');
}

static void put_reason(ptrun_buf *out, const ptrun_recorded_sample *sample, const ptrun_sample_result *result)
{
    const ptrun_stage_result *stage = &result->stages[result->first];
    const ptrun_recorded_array *recorded = &sample->arrays[result->first];
    if (result->error.status != PTRUN_OK) {
        const char *message = ptrun_error_message(&result->error);
        ptrun_message_escape(out, message, strlen(message));
        ptrun_buf_printf(out, " [%s]", ptrun_status_word(result->error.status));
    } else if (stage->reshaped) {
        ptrun_buf_puts(out, "shape ");
        put_shape(out, stage->rank, stage->dims);
        ptrun_buf_puts(out, ", recorded ");
        put_shape(out, recorded->rank, recorded->dims);
    } else if (stage->measured) {
        ptrun_buf_printf(out, "%zu of %lld values differ, by at most %.3g (%.3g of the largest)",
                         stage->difference.differing, (long long)recorded->count, stage->difference.largest,
                         stage->difference.relative);
    } else if (result->first == PTRUN_STAGE_TOP) {
        ptrun_buf_printf(out, "%zu of %zu classes at their rank", result->same_top, result->n_top);
    } else {
        ptrun_buf_puts(out, "its SHA-256 is another");
    }
}

static void put_reasons(ptrun_buf *out, const ptrun_recording *recording, const ptrun_sample_result *results)
{
    for (size_t i = 0; i < recording->count; i++) {
        if (results[i].first == PTRUN_N_STAGES) continue;
        const char *name = recording->samples[i].name;
        ptrun_message_escape(out, name, strlen(name));
        ptrun_buf_printf(out, ": %s differs first: ", ptrun_stage_name(results[i].first));
        put_reason(out, &recording->samples[i], &results[i]);
        ptrun_buf_putc(out, '\n');
    }
}

static void put_verdict(ptrun_buf *out, const ptrun_verify_totals *t, bool color)
{
    const char *plural = t->samples == 1 ? "" : "s";
    if (t->agreed == t->samples) {
        ptrun_buf_printf(out, "%sverified%s: %zu sample%s, every stage that was recorded agrees",
                         color ? GREEN : "", color ? PLAIN : "", t->samples, plural);
    } else {
        ptrun_buf_printf(
            out, "%snot verified%s: %zu of %zu sample%s differ%s; the first stage that differs is %s (%s)",
            color ? RED : "", color ? PLAIN : "", t->samples - t->agreed, t->samples, plural,
            t->samples - t->agreed == 1 ? "s" : "", ptrun_stage_name(t->first), advice[t->first]);
    }
    if (t->with_logits)
        ptrun_buf_printf(
            out,
            "; logits differ by at most %.3g (%.3g of the largest), cosine %.7f or more, best class "
            "the same for %zu of %zu",
            t->largest, t->relative, t->cosine, t->same_best, t->with_top);
    ptrun_buf_putc(out, '\n');
}

void ptrun_verify_table_put(ptrun_buf *out, const ptrun_recording *recording,
                            const ptrun_sample_result *results, size_t top_k, bool color)
{
    ptrun_verify_totals totals = ptrun_verify_total(results, recording->count);
    size_t width = name_width(recording);
    put_heading(out, width, top_k);
    for (size_t i = 0; i < recording->count; i++)
        put_row(out, width, &recording->samples[i], &results[i], color);
    put_reasons(out, recording, results);
    put_verdict(out, &totals, color);
}
