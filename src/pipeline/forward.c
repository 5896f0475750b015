#include "pipeline/forward.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "engine/engine.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ptrun_forward {
    const ptrun_engine_api *engine;
    ptrun_engine_model *model;
    double tolerance;
    int32_t limit; /* images in one forward */
    int32_t fixed; /* > 0: rows that every forward has, padded with zeros */
    bool full;     /* every forward has `limit` rows, padded with zeros */
    ptrun_engine_model *as_loaded; /* where `full`: for single images */
    ptrun_engine_model *owned;     /* as_loaded of a clone: an instance of its own */
    bool probed;
    uint64_t failures; /* forwards that gave no output for reasons of their own */
    ptrun_notice_fn notice;
    void *notice_context;
    ptrun_forward_counts counts;
    float *padded; /* fixed rows of input */
    size_t padded_capacity;
    float *kept; /* logits of a batch, while other forwards are run against it */
    size_t kept_capacity;
    float *reference; /* where `full`: the same by as_loaded */
    size_t reference_capacity;
};

ptrun_status ptrun_forward_open(ptrun_forward **out, const ptrun_engine_api *engine, ptrun_engine_model *model,
                                int32_t batch, double tolerance, ptrun_notice_fn notice, void *context,
                                ptrun_error *err)
{
    *out = NULL;
    ptrun_forward *forward = ptrun_mem_zalloc(1, sizeof *forward);
    if (!forward) return ptrun_fail_memory(err, "the forward pass");
    *forward = (ptrun_forward){.engine = engine, .model = model, .tolerance = tolerance, .limit = batch, .notice = notice,
                               .notice_context = context};
    *out = forward;
    return PTRUN_OK;
}

ptrun_status ptrun_forward_clone(ptrun_forward **out, const ptrun_forward *forward, ptrun_engine_model *instance,
                                 int32_t threads, ptrun_error *err)
{
    ptrun_engine_model *owned = NULL;
    ptrun_status status = PTRUN_OK;
    *out = NULL;
    if (forward->full) status = forward->engine->instance(&owned, forward->as_loaded, threads, err);
    if (status != PTRUN_OK) return status;
    ptrun_forward *clone = ptrun_mem_zalloc(1, sizeof *clone);
    if (!clone) {
        if (owned) forward->engine->close(&owned);
        return ptrun_fail_memory(err, "the forward pass");
    }
    *clone = (ptrun_forward){.engine = forward->engine, .model = instance, .tolerance = forward->tolerance,
                            .limit = forward->limit, .fixed = forward->fixed, .full = forward->full,
                            .as_loaded = owned, .owned = owned, .probed = forward->probed,
                            .notice = forward->notice, .notice_context = forward->notice_context};
    *out = clone;
    return PTRUN_OK;
}

void ptrun_forward_fill_up(ptrun_forward *forward, ptrun_engine_model *as_loaded)
{
    forward->full = true;
    forward->as_loaded = as_loaded;
}

void ptrun_forward_close(ptrun_forward **forward)
{
    if (!*forward) return;
    if ((*forward)->owned) (*forward)->engine->close(&(*forward)->owned);
    free((*forward)->padded);
    free((*forward)->kept);
    free((*forward)->reference);
    ptrun_mem_release(forward);
}

const ptrun_forward_counts *ptrun_forward_counts_of(const ptrun_forward *forward)
{
    return &forward->counts;
}

void ptrun_forward_add_counts(ptrun_forward_counts *sum, const ptrun_forward_counts *counts)
{
    sum->time += counts->time;
    sum->forwards += counts->forwards;
    sum->images += counts->images;
}

static bool reserve(float **floats, size_t *capacity, size_t count)
{
    if (count <= *capacity) return true;
    float *grown = ptrun_mem_resize(*floats, count, sizeof *grown);
    if (!grown) return false;
    *floats = grown;
    *capacity = count;
    return true;
}

static ptrun_status call_engine(ptrun_forward *f, const ptrun_batch *batch, float *data, int32_t rows, int32_t images,
                                ptrun_engine_output *output, ptrun_error *err)
{
    const int64_t *d = batch->dims;
    ptrun_tensor input = ptrun_engine_images(data, rows, d[0], d[1], d[2], batch->layout);
    int64_t start = ptrun_clock_now();
    ptrun_status status = ptrun_engine_run(f->engine, output, f->model, &input, err);
    int64_t took = ptrun_clock_now() - start;
    if (f->counts.forwards == 0) f->counts.first_time = took;
    f->counts.time += took;
    f->counts.forwards++;
    f->counts.images += (uint64_t)images;
    if (status != PTRUN_OK) return ptrun_fail(err, status, "%s", ""); /* whatever the plugin left in `err` */
    if (output->rows != rows)
        return ptrun_fail(err, PTRUN_OUTPUT_SHAPE, "%lld row%s came back for %d image%s", (long long)output->rows, output->rows == 1 ? "" : "s", rows, rows == 1 ? "" : "s");
    return output->cols < 1 ? ptrun_fail(err, PTRUN_OUTPUT_SHAPE, "the output is empty") : PTRUN_OK;
}

/* `count` images from `place` on as `rows` >= count rows, the rest zeros. */
static ptrun_status run_padded(ptrun_forward *f, const ptrun_batch *batch, int32_t place, int32_t count, int32_t rows,
                               ptrun_engine_output *output, ptrun_error *err)
{
    size_t stride = ptrun_batch_stride(batch), wanted = 0;
    if (!ptrun_mem_mul(stride, (size_t)rows, &wanted) || !reserve(&f->padded, &f->padded_capacity, wanted))
        return ptrun_fail_memory(err, "a padded batch");
    memcpy(f->padded, ptrun_batch_place(batch, place), (size_t)count * stride * sizeof(float));
    memset(f->padded + (size_t)count * stride, 0, (size_t)(rows - count) * stride * sizeof(float));
    return call_engine(f, batch, f->padded, rows, count, output, err);
}

static ptrun_status run_rows(ptrun_forward *f, const ptrun_batch *batch, int32_t place, int32_t count,
                             ptrun_engine_output *output, ptrun_error *err)
{
    int32_t rows = f->full && !f->fixed ? f->limit : f->fixed;
    if (rows > count) return run_padded(f, batch, place, count, rows, output, err);
    return call_engine(f, batch, ptrun_batch_place(batch, place), count, count, output, err);
}

static void tell(ptrun_forward *f, const char *format, int number)
{
    char text[160];
    snprintf(text, sizeof text, format, number); /* the formats are literals below */
    if (f->notice) f->notice(f->notice_context, text);
}

static bool same_logits(const float *a, const float *b, int64_t cols, double tolerance)
{
    double largest = 0, difference = 0;
    for (int64_t i = 0; i < cols; i++) {
        if (!isfinite(a[i]) || !isfinite(b[i])) {
            if (isnan(a[i]) != isnan(b[i]) || (!isnan(a[i]) && a[i] != b[i])) return false;
            continue;
        }
        largest = fmax(largest, fabs((double)a[i]));
        difference = fmax(difference, fabs((double)a[i] - (double)b[i]));
    }
    return difference <= tolerance * largest + 1e-6;
}

/* The first image among `count` places and the last one that is another than it; *last is *first where there is none. */
static void find_two(const ptrun_batch *batch, int32_t place, int32_t count, int32_t *first, int32_t *last)
{
    size_t bytes = ptrun_batch_stride(batch) * sizeof(float);
    for (*first = place; batch->items[*first].error.status != PTRUN_OK;) ++*first;
    for (*last = place + count - 1; *last > *first; --*last)
        if (batch->items[*last].error.status == PTRUN_OK &&
            memcmp(ptrun_batch_place(batch, *first), ptrun_batch_place(batch, *last), bytes) != 0)
            return;
}

/* Images through the program that takes any number of them. */
static ptrun_status run_as_loaded(ptrun_forward *f, const ptrun_batch *batch, int32_t place, int32_t count,
                                  ptrun_engine_output *output, ptrun_error *err)
{
    ptrun_engine_model *model = f->model;
    if (f->full) f->model = f->as_loaded;
    ptrun_status status = call_engine(f, batch, ptrun_batch_place(batch, place), count, count, output, err);
    f->model = model;
    return status;
}

/* Whether one image gives alone what it gave in the batch of `count`, whose logits are in `kept`. */
static bool confirmed_alone(ptrun_forward *f, const ptrun_batch *batch, int32_t place, const float *row, int64_t cols,
                            int32_t count)
{
    ptrun_engine_output alone;
    ptrun_error ignored = {0};
    if (run_as_loaded(f, batch, place, 1, &alone, &ignored) == PTRUN_OK)
        return alone.cols == cols && same_logits(alone.data, row, cols, f->tolerance);
    /* A model that refuses one image alone but takes the batch was traced with it. */
    f->limit = f->fixed = count;
    tell(f, "the model takes batches of %d images only; the last one is filled up", count);
    return true;
}

/* What single images are held against: `kept`, the batch's logits, but where the model was compiled the same by the
 * program that runs single images, so that one program is compared with itself; nothing where that fails. In less than
 * fp32 two programs lie further apart than two batches do, but not as far as a wrong one. */
static const float *reference_of(ptrun_forward *f, const ptrun_batch *batch, int32_t place, int32_t count, int64_t cols)
{
    if (!f->full) return f->kept;
    ptrun_engine_output output;
    ptrun_error ignored = {0};
    size_t floats = (size_t)count * (size_t)cols;
    if (run_as_loaded(f, batch, place, count, &output, &ignored) != PTRUN_OK || output.cols != cols ||
        !reserve(&f->reference, &f->reference_capacity, floats))
        return NULL;
    memcpy(f->reference, output.data, floats * sizeof(float));
    return f->reference;
}

/* Whether two different images give alone what they gave in the batch. Keeps the batch's logits in `kept`, because
 * the engine's own are gone with its next run. A batch without two different images proves nothing: the next one is
 * the probe, too. */
static bool confirmed(ptrun_forward *f, const ptrun_batch *batch, int32_t place, int32_t count,
                      ptrun_engine_output *output)
{
    int64_t cols = output->cols;
    size_t floats = (size_t)(output->rows * cols);
    if (!reserve(&f->kept, &f->kept_capacity, floats)) return true; /* no memory to doubt */
    memcpy(f->kept, output->data, floats * sizeof(float));
    output->data = f->kept;
    int32_t first, last;
    find_two(batch, place, count, &first, &last);
    f->probed = first != last;
    const float *reference = reference_of(f, batch, place, count, cols);
    if (!reference) return true;
    if (!same_logits(reference, f->kept, count * cols, 4 * f->tolerance)) return false;
    if (!confirmed_alone(f, batch, first, reference + (first - place) * cols, cols, count)) return false;
    if (first == last || f->fixed) return true;
    return confirmed_alone(f, batch, last, reference + (last - place) * cols, cols, count);
}

/* One image fails alone: maybe the model was traced with another batch size. Tried once for a run. */
static bool find_fixed_rows(ptrun_forward *f, const ptrun_batch *batch, int32_t place)
{
    static const int32_t sizes[] = {1, 2, 4, 8, 16, 32, 64, 3, 5, 6, 10, 12, 20, 24, 128};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        ptrun_engine_output output;
        ptrun_error ignored = {0};
        ptrun_status status = run_padded(f, batch, place, 1, sizes[i], &output, &ignored);
        if (status == PTRUN_OUT_OF_MEMORY || status == PTRUN_MODEL_INPUT_SHAPE) return false;
        if (status != PTRUN_OK) continue;
        if (sizes[i] == 1) return true; /* it was a passing failure */
        f->limit = f->fixed = sizes[i];
        tell(f, "the model takes batches of %d images only: each one is filled up unless --batch says the same", f->fixed);
        return true;
    }
    return false;
}

static void set_outputs(ptrun_batch *batch, int32_t place, int32_t count, const ptrun_engine_output *output)
{
    for (int32_t i = 0; i < count; i++)
        if (batch->items[place + i].error.status == PTRUN_OK)
            ptrun_batch_set_output(batch, place + i, output->data + i * output->cols, output->cols);
}

static void set_failure(ptrun_batch *batch, int32_t place, int32_t count, const ptrun_error *failure)
{
    for (int32_t i = 0; i < count; i++)
        if (batch->items[place + i].error.status == PTRUN_OK) batch->items[place + i].error = *failure;
}

static void run_part(ptrun_forward *f, ptrun_batch *batch, int32_t place, int32_t count);

/* A batch failed for another reason than memory: one by one. Where all of them succeed, batches are to blame. */
static void run_alone(ptrun_forward *f, ptrun_batch *batch, int32_t place, int32_t count)
{
    int32_t before = f->limit;
    uint64_t failures = f->failures;
    f->limit = 1;
    run_part(f, batch, place, count);
    if (f->fixed) return;
    if (f->failures > failures) f->limit = before;
    else tell(f, "the model takes %d image at a time only", 1);
}

/* A forward of `images` failed. Whether another size is worth a try with the same images; else they have their
 * outcome. */
static bool try_again(ptrun_forward *f, ptrun_batch *batch, int32_t place, int32_t images, const ptrun_error *failure)
{
    bool single = images == 1 || f->fixed;
    if (failure->status == PTRUN_OUT_OF_MEMORY && !single) {
        f->limit = images / 2;
        tell(f, "not enough memory: from now on at most %d images in one forward", f->limit);
        return true;
    }
    if (failure->status == PTRUN_INFERENCE_FAILED || failure->status == PTRUN_OUTPUT_SHAPE) {
        if (!single) return run_alone(f, batch, place, images), false;
        bool found = !f->probed && !f->fixed && find_fixed_rows(f, batch, place);
        f->probed = true;
        if (found) return true;
    }
    f->failures++;
    set_failure(batch, place, images, failure);
    return false;
}

static bool all_failed(const ptrun_batch *batch, int32_t place, int32_t count)
{
    for (int32_t i = 0; i < count; i++)
        if (batch->items[place + i].error.status == PTRUN_OK) return false;
    return true;
}

/* Whether the outputs of a batch may be believed; settled by the first batch of more than one image. */
static bool believed(ptrun_forward *f, const ptrun_batch *batch, int32_t place, int32_t images,
                     ptrun_engine_output *output)
{
    if (images == 1 || f->probed || f->fixed || confirmed(f, batch, place, images, output)) return true;
    f->probed = true;
    f->limit = 1;
    tell(f, "the model answers differently in batches: from now on %d image at a time", 1);
    return false;
}

/* Images [place, place + count), in forwards of at most `limit`. */
static void run_part(ptrun_forward *f, ptrun_batch *batch, int32_t place, int32_t count)
{
    while (count > 0) {
        int32_t images = count < f->limit ? count : f->limit;
        ptrun_engine_output output;
        ptrun_error failure = {0};
        bool again = false;
        if (all_failed(batch, place, images)) again = false;
        else if (run_rows(f, batch, place, images, &output, &failure) != PTRUN_OK)
            again = try_again(f, batch, place, images, &failure);
        else if (!believed(f, batch, place, images, &output)) again = true;
        else set_outputs(batch, place, images, &output);
        if (again) continue;
        place += images;
        count -= images;
    }
}

void ptrun_forward_run(ptrun_forward *forward, ptrun_batch *batch)
{
    batch->cols = 0;
    run_part(forward, batch, 0, batch->count);
}
