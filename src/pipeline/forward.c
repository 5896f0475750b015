#include "pipeline/forward.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "engine/engine.h"
#include "result/reading.h"

#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How many forwards there were, and how many of them only to compare, in all clones together. */
typedef struct {
    atomic_uint_fast64_t forwards, comparisons;
} budget;

struct ptrun_forward {
    ptrun_forward_options options;
    budget own, *shared; /* `shared` is that of what it was cloned from */
    int32_t limit; /* images in one forward */
    int32_t fixed; /* > 0: rows that every forward has, padded with zeros */
    bool full;     /* every forward has `limit` rows, padded with zeros */
    ptrun_engine_model *as_loaded; /* where `full`: for single images */
    ptrun_engine_model *owned;     /* as_loaded of a clone: an instance of its own */
    bool probed;
    bool batched;         /* outputs of different images in one forward were given out */
    uint64_t failures;    /* forwards that gave no output for reasons of their own */
    ptrun_error refused;  /* what every further image gets; PTRUN_OK: nothing */
    ptrun_forward_counts counts;
    float *padded; /* fixed rows of input */
    size_t padded_capacity;
    float *kept; /* logits of a batch, while other forwards are run against it */
    size_t kept_capacity;
    float *reference; /* where `full`: the same by as_loaded */
    size_t reference_capacity;
};

ptrun_status ptrun_forward_open(ptrun_forward **out, const ptrun_forward_options *options, ptrun_error *err)
{
    *out = NULL;
    ptrun_forward *forward = ptrun_mem_zalloc(1, sizeof *forward);
    if (!forward) return ptrun_fail_memory(err, "the forward pass");
    *forward = (ptrun_forward){.options = *options, .limit = options->combines ? 1 : options->batch,
                                .batched = options->batched};
    forward->shared = &forward->own;
    *out = forward;
    return PTRUN_OK;
}

ptrun_status ptrun_forward_clone(ptrun_forward **out, const ptrun_forward *forward, ptrun_engine_model *instance,
                                 int32_t threads, ptrun_error *err)
{
    ptrun_engine_model *owned = NULL;
    ptrun_status status = PTRUN_OK;
    *out = NULL;
    if (forward->full) status = forward->options.engine->instance(&owned, forward->as_loaded, threads, err);
    if (status != PTRUN_OK) return status;
    ptrun_forward *clone = ptrun_mem_zalloc(1, sizeof *clone);
    if (!clone) {
        if (owned) forward->options.engine->close(&owned);
        return ptrun_fail_memory(err, "the forward pass");
    }
    *clone = (ptrun_forward){.options = forward->options, .limit = forward->limit, .fixed = forward->fixed,
                             .full = forward->full, .as_loaded = owned, .owned = owned, .probed = forward->probed,
                             .batched = forward->batched, .refused = forward->refused};
    clone->options.model = instance;
    clone->shared = forward->shared;
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
    if ((*forward)->owned) (*forward)->options.engine->close(&(*forward)->owned);
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
    sum->comparisons += counts->comparisons;
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
    ptrun_status status = ptrun_engine_run(f->options.engine, output, f->options.model, &input, err);
    int64_t took = ptrun_clock_now() - start;
    if (f->counts.forwards == 0) f->counts.first_time = took;
    f->counts.time += took;
    f->counts.forwards++;
    atomic_fetch_add_explicit(&f->shared->forwards, 1, memory_order_relaxed);
    f->counts.images += (uint64_t)images;
    if (status != PTRUN_OK) return ptrun_fail(err, status, "%s", ""); /* whatever the plugin left in `err` */
    if (output->rows != rows)
        return ptrun_fail(err, PTRUN_OUTPUT_SHAPE, "%lld row%s came back for %d image%s", (long long)output->rows, output->rows == 1 ? "" : "s", rows, rows == 1 ? "" : "s");
    return output->cols < 1 ? ptrun_fail(err, PTRUN_OUTPUT_SHAPE, "the output is empty") : PTRUN_OK;
}

/* Memory for `rows` rows of input. */
static bool reserve_rows(ptrun_forward *f, const ptrun_batch *batch, int32_t rows)
{
    size_t wanted = 0;
    return ptrun_mem_mul(ptrun_batch_stride(batch), (size_t)rows, &wanted) && reserve(&f->padded, &f->padded_capacity, wanted);
}

/* `count` images from `place` on as `rows` >= count rows, the rest zeros. */
static ptrun_status run_padded(ptrun_forward *f, const ptrun_batch *batch, int32_t place, int32_t count, int32_t rows,
                               ptrun_engine_output *output, ptrun_error *err)
{
    size_t stride = ptrun_batch_stride(batch);
    if (!reserve_rows(f, batch, rows)) return ptrun_fail_memory(err, "a padded batch");
    memcpy(f->padded, ptrun_batch_place(batch, place), (size_t)count * stride * sizeof(float));
    memset(f->padded + (size_t)count * stride, 0, (size_t)(rows - count) * stride * sizeof(float));
    return call_engine(f, batch, f->padded, rows, count, output, err);
}

/* One image, `rows` times. */
static ptrun_status run_copies(ptrun_forward *f, const ptrun_batch *batch, int32_t place, int32_t rows,
                               ptrun_engine_output *output, ptrun_error *err)
{
    size_t stride = ptrun_batch_stride(batch);
    if (!reserve_rows(f, batch, rows)) return ptrun_fail_memory(err, "a padded batch");
    for (int32_t i = 0; i < rows; i++)
        memcpy(f->padded + (size_t)i * stride, ptrun_batch_place(batch, place), stride * sizeof(float));
    return call_engine(f, batch, f->padded, rows, 1, output, err);
}

static ptrun_status run_rows(ptrun_forward *f, const ptrun_batch *batch, int32_t place, int32_t count,
                             ptrun_engine_output *output, ptrun_error *err)
{
    int32_t rows = f->full && !f->fixed ? f->limit : f->fixed;
    if (rows > count) return run_padded(f, batch, place, count, rows, output, err);
    return call_engine(f, batch, ptrun_batch_place(batch, place), count, count, output, err);
}

static void count_comparison(ptrun_forward *f)
{
    f->counts.comparisons++;
    atomic_fetch_add_explicit(&f->shared->comparisons, 1, memory_order_relaxed);
}

static void tell(ptrun_forward *f, const char *format, int number)
{
    char text[160];
    snprintf(text, sizeof text, format, number); /* the formats are literals below */
    if (f->options.notice) f->options.notice(f->options.notice_context, text);
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

/* Images through the program that takes any number of them, to compare. */
static ptrun_status run_as_loaded(ptrun_forward *f, const ptrun_batch *batch, int32_t place, int32_t count,
                                  ptrun_engine_output *output, ptrun_error *err)
{
    ptrun_engine_model *model = f->options.model;
    if (f->full) f->options.model = f->as_loaded;
    ptrun_status status = call_engine(f, batch, ptrun_batch_place(batch, place), count, count, output, err);
    f->options.model = model;
    count_comparison(f);
    return status;
}

/* The model takes `fixed` images only. Where the answer of the image whose logits are `row` is another beside copies of
 * itself, no image has an answer of its own. */
static void check_filling(ptrun_forward *f, const ptrun_batch *batch, int32_t place, const float *row, int64_t cols)
{
    ptrun_engine_output output;
    ptrun_error ignored = {0};
    count_comparison(f);
    if (run_copies(f, batch, place, f->fixed, &output, &ignored) == PTRUN_OK && output.cols == cols &&
        same_logits(output.data, row, cols, f->options.tolerance))
        return;
    ptrun_fail(&f->refused, PTRUN_OUTPUT_DEPENDS_ON_BATCH,
               "the model takes batches of %d images only, and an image's answer depends on the others", (int)f->fixed);
}

/* Whether one image gives alone what it gave in the batch of `count`, whose logits are in `kept`. */
static bool confirmed_alone(ptrun_forward *f, const ptrun_batch *batch, int32_t place, const float *row, int64_t cols,
                            int32_t count)
{
    ptrun_engine_output alone;
    ptrun_error ignored = {0};
    if (run_as_loaded(f, batch, place, 1, &alone, &ignored) == PTRUN_OK)
        return alone.cols == cols && same_logits(alone.data, row, cols, f->options.tolerance);
    /* A model that refuses one image alone but takes the batch was traced with it. */
    f->limit = f->fixed = count;
    tell(f, "the model takes batches of %d images only; the last one is filled up", count);
    check_filling(f, batch, place, row, cols);
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

/* Whether images that are all the same have the same logits in a batch. */
static bool rows_are_equal(const ptrun_forward *f, const ptrun_batch *batch, int32_t place, int32_t count, int64_t cols)
{
    const float *first = NULL;
    for (int32_t i = 0; i < count; i++) {
        if (batch->items[place + i].error.status != PTRUN_OK) continue;
        const float *row = f->kept + i * cols;
        if (first && !same_logits(first, row, cols, f->options.tolerance)) return false;
        if (!first) first = row;
    }
    return true;
}

/* Keeps the batch's logits, because the engine's own are gone with its next run. False: there is no memory for it. */
static bool keep_logits(ptrun_forward *f, ptrun_engine_output *output)
{
    size_t floats = (size_t)(output->rows * output->cols);
    if (!reserve(&f->kept, &f->kept_capacity, floats)) return false;
    memcpy(f->kept, output->data, floats * sizeof(float));
    output->data = f->kept;
    return true;
}

/* The first batch: whether two different images give alone what they gave in it. A batch without two different images
 * proves nothing beyond itself: the next one is the probe, too. */
static bool confirmed(ptrun_forward *f, const ptrun_batch *batch, int32_t place, int32_t count,
                      ptrun_engine_output *output)
{
    int64_t cols = output->cols;
    if (!keep_logits(f, output)) return true;
    int32_t first, last;
    find_two(batch, place, count, &first, &last);
    f->probed = first != last;
    const float *reference = reference_of(f, batch, place, count, cols);
    if (!reference) return true;
    if (!same_logits(reference, f->kept, count * cols, 4 * f->options.tolerance)) return false;
    if (!confirmed_alone(f, batch, first, reference + (first - place) * cols, cols, count)) return false;
    if (f->fixed) return true;
    if (first == last) return rows_are_equal(f, batch, place, count, cols);
    return confirmed_alone(f, batch, last, reference + (last - place) * cols, cols, count);
}

/* A later batch: the same for one image, as often as comparisons stay within 1 % of the forwards. */
static bool confirmed_again(ptrun_forward *f, const ptrun_batch *batch, int32_t place, int32_t count,
                            ptrun_engine_output *output)
{
    uint64_t comparisons = atomic_load_explicit(&f->shared->comparisons, memory_order_relaxed);
    if ((comparisons + 1) * 100 > atomic_load_explicit(&f->shared->forwards, memory_order_relaxed)) return true;
    int32_t first, last;
    find_two(batch, place, count, &first, &last);
    if (first == last || !keep_logits(f, output)) return true;
    int32_t chosen = comparisons % 2 ? last : first;
    ptrun_engine_output alone;
    ptrun_error ignored = {0};
    if (run_as_loaded(f, batch, chosen, 1, &alone, &ignored) != PTRUN_OK || alone.cols != output->cols) return true;
    double tolerance = f->full ? 4 * f->options.tolerance : f->options.tolerance; /* of two programs */
    return same_logits(alone.data, f->kept + (chosen - place) * output->cols, output->cols, tolerance);
}

/* One image fails alone: maybe the model was traced with another batch size. Tried once for a run. */
static bool find_fixed_rows(ptrun_forward *f, const ptrun_batch *batch, int32_t place)
{
    static const int32_t sizes[] = {1, 2, 4, 8, 16, 32, 64, 3, 5, 6, 10, 12, 20, 24, 128};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        ptrun_engine_output output;
        ptrun_error ignored = {0};
        ptrun_status status = run_padded(f, batch, place, 1, sizes[i], &output, &ignored);
        count_comparison(f);
        if (status == PTRUN_OUT_OF_MEMORY || status == PTRUN_MODEL_INPUT_SHAPE) return false;
        if (status != PTRUN_OK) continue;
        if (sizes[i] == 1) return true; /* it was a passing failure */
        f->limit = f->fixed = sizes[i];
        if (keep_logits(f, &output)) check_filling(f, batch, place, f->kept, output.cols);
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
    if (f->failures > failures || f->batched) f->limit = before;
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

/* Whether the outputs of a batch may be believed. Where outputs of earlier batches were, the batch is suspect, which
 * ends the run; else images go one by one from now on. */
static bool believed(ptrun_forward *f, ptrun_batch *batch, int32_t place, int32_t images, ptrun_engine_output *output)
{
    if (images == 1 || f->fixed) return true;
    bool same = f->probed ? confirmed_again(f, batch, place, images, output) : confirmed(f, batch, place, images, output);
    if (!same && !f->batched) {
        f->probed = true;
        f->limit = 1;
        tell(f, "the model answers differently in batches: from now on %d image at a time", 1);
        return false;
    }
    f->batched |= f->probed;
    batch->suspect |= !same;
    return true;
}

/* Whether the outputs are scores of classes. One number an image is kept beside the error; other outputs would be refused
 * for every further image, too. */
static bool readable(ptrun_forward *f, ptrun_batch *batch, int32_t place, int32_t images, const ptrun_engine_output *output)
{
    ptrun_error failure = {0};
    if (ptrun_reading_check(output, f->options.scoring, &failure) == PTRUN_OK) return true;
    if (output->cols == 1 && !output->integral) set_outputs(batch, place, images, output);
    else f->refused = failure;
    set_failure(batch, place, images, &failure);
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
        if (f->refused.status != PTRUN_OK) set_failure(batch, place, images, &f->refused);
        else if (all_failed(batch, place, images)) again = false;
        else if (run_rows(f, batch, place, images, &output, &failure) != PTRUN_OK)
            again = try_again(f, batch, place, images, &failure);
        else if (!readable(f, batch, place, images, &output)) again = false;
        else if (!believed(f, batch, place, images, &output)) again = true;
        else if (f->refused.status == PTRUN_OK) set_outputs(batch, place, images, &output);
        else again = true;
        if (again) continue;
        place += images;
        count -= images;
    }
}

void ptrun_forward_run(ptrun_forward *forward, ptrun_batch *batch)
{
    batch->cols = 0;
    batch->suspect = false;
    run_part(forward, batch, 0, batch->count);
}
