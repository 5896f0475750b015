#include "pipeline/forward.h"

#include "base/error.h"
#include "check.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CALLS = 256, MAX_ROWS = 128 };

/* An engine whose images are one number each; its first output is that number. */
struct ptrun_engine_model {
    int oom;          /* > 0: no memory for more rows */
    int fixed;        /* > 0: fails for another number of rows */
    int extra_rows;   /* returned beyond those given */
    int only_alone;   /* fails for more than one row */
    int first_wins;   /* every row of a batch gives the first one's output */
    int combines;     /* > 0: from this forward on, a row's output depends on the other rows */
    int integral, cols;
    int wobble;       /* outputs differ in batches by so many millionths, relative */
    int empty;        /* no classes */
    int silent;       /* fails without a word in err */
    float fails;      /* a batch that holds this number fails */
    int fail_times;   /* … so many times */
    ptrun_status status;
    int calls, rows[MAX_CALLS];
    float output[(MAX_ROWS + 1) * 2];
};

static ptrun_status engine_run(ptrun_engine_output *out, ptrun_engine_model *m, const ptrun_tensor *input, ptrun_error *err)
{
    const float *images = input->data;
    int rows = (int)input->dims[0];
    *out = (ptrun_engine_output){0};
    CHECK(m->calls < MAX_CALLS && rows >= 1 && rows <= MAX_ROWS);
    CHECK(input->rank == 4 && input->dims[1] == 1 && input->strides[0] == 1);
    m->rows[m->calls++] = rows;
    if (m->silent) return PTRUN_INFERENCE_FAILED;
    if (m->oom && rows > m->oom) return ptrun_fail(err, PTRUN_OUT_OF_MEMORY, "oom");
    if ((m->fixed && rows != m->fixed) || (m->only_alone && rows > 1)) return ptrun_fail(err, PTRUN_INFERENCE_FAILED, "rows");
    for (int i = 0; i < rows; i++)
        if (m->fail_times && images[i] == m->fails) return m->fail_times--, ptrun_fail(err, m->status, "asked for");
    for (int i = 0; i < rows; i++) {
        m->output[2 * i] = m->first_wins ? images[0] : images[i];
        if (rows > 1) m->output[2 * i] *= 1 + (float)m->wobble / 1e6f;
        for (int j = 0; j < rows && m->combines && m->calls >= m->combines; j++)
            m->output[2 * i] += images[j] == images[i] ? 0 : 100;
        m->output[2 * i + 1] = -1;
    }
    *out = (ptrun_engine_output){.data = m->output, .rows = rows + m->extra_rows, .cols = m->empty ? 0 : 2,
                                 .integral = m->integral, .rank = 2, .dims = {rows, 2}};
    if (m->cols) out->cols = m->cols;
    return PTRUN_OK;
}

static int open_instances, instance_calls;

static ptrun_status engine_instance(ptrun_engine_model **out, ptrun_engine_model *model, int32_t threads, ptrun_error *err)
{
    *out = calloc(1, sizeof **out);
    if (!*out) return ptrun_fail(err, PTRUN_OUT_OF_MEMORY, "instance");
    **out = *model;
    (*out)->calls = 0;
    CHECK(threads == 2);
    open_instances++;
    return PTRUN_OK;
}

static void engine_close(ptrun_engine_model **model)
{
    instance_calls += (*model)->calls;
    open_instances--;
    free(*model);
    *model = NULL;
}

static const ptrun_engine_api engine = {.abi = PTRUN_ENGINE_ABI, .size = sizeof engine, .run = engine_run,
                                        .instance = engine_instance, .close = engine_close};

typedef struct {
    ptrun_buf notices, outcomes;
} told;

static void on_notice(void *context, const char *text)
{
    ptrun_buf_printf(&((told *)context)->notices, "%s|", text);
}

static void tell_outcomes(told *t, const ptrun_batch *batch)
{
    for (int32_t i = 0; i < batch->count; i++) {
        const ptrun_error *error = &batch->items[i].error;
        if (error->status != PTRUN_OK) {
            ptrun_buf_printf(&t->outcomes, "%s ", ptrun_status_word(error->status));
            continue;
        }
        const float *row = ptrun_batch_output(batch, i);
        CHECK(batch->cols == 2 && row[1] == -1);
        ptrun_buf_printf(&t->outcomes, "%g ", (double)row[0]);
    }
    ptrun_buf_puts(&t->outcomes, "/ ");
}

typedef struct {
    ptrun_engine_model model;
    told told;
    ptrun_forward *forward;
} fixture;

static fixture *open_fixture(int32_t batch, double tolerance, ptrun_engine_model model)
{
    fixture *f = calloc(1, sizeof *f);
    ptrun_error err = {0};
    f->model = model;
    const ptrun_forward_options options = {.engine = &engine, .model = &f->model, .batch = batch, .tolerance = tolerance,
                                           .notice = on_notice, .notice_context = &f->told};
    CHECK(ptrun_forward_open(&f->forward, &options, &err) == PTRUN_OK);
    return f;
}

/* Run numbers as a batch; 0 stands for an input that failed already. */
static void run(fixture *f, int32_t places, const float *numbers, int32_t count)
{
    ptrun_batch batch;
    ptrun_error err = {0};
    CHECK(ptrun_batch_open(&batch, places, &err) == PTRUN_OK && ptrun_batch_shape(&batch, 1, 1, 1, &err) == PTRUN_OK);
    for (int32_t i = 0; i < count; i++) {
        *ptrun_batch_place(&batch, i) = numbers[i];
        if (numbers[i] == 0) (void)ptrun_fail(&batch.items[i].error, PTRUN_IMAGE_CORRUPT, "x");
    }
    batch.count = count;
    ptrun_forward_run(f->forward, &batch);
    tell_outcomes(&f->told, &batch);
    ptrun_batch_release(&batch);
}

/* What came out, what was told, and how many rows each forward had, since the last time. */
static void expect(fixture *f, const char *outcomes, const char *notices, const char *rows)
{
    ptrun_buf text = {0};
    for (int i = 0; i < f->model.calls; i++) ptrun_buf_printf(&text, "%d ", f->model.rows[i]);
    CHECK_TEXT(ptrun_buf_text(&f->told.outcomes), outcomes);
    CHECK_TEXT(ptrun_buf_text(&f->told.notices), notices);
    CHECK_TEXT(ptrun_buf_text(&text), rows);
    ptrun_buf_release(&text);
    ptrun_buf_clear(&f->told.outcomes), ptrun_buf_clear(&f->told.notices);
    f->model.calls = 0;
}

static void close_fixture(fixture *f)
{
    ptrun_forward_close(&f->forward);
    CHECK(!f->forward);
    ptrun_buf_release(&f->told.outcomes), ptrun_buf_release(&f->told.notices);
    free(f);
}

static const float numbers[] = {1, 2, 3, 4, 5, 6, 7, 8};
static const double exact = 1e-3;

static void test_plain(void)
{
    fixture *f = open_fixture(4, exact, (ptrun_engine_model){0});
    run(f, 4, numbers, 4);
    expect(f, "1 2 3 4 / ", "", "4 1 1 "); /* the first batch is the probe: its ends go alone, too */
    run(f, 4, numbers, 4);
    run(f, 4, numbers, 3);
    expect(f, "1 2 3 4 / 1 2 3 / ", "", "4 3 ");
    const ptrun_forward_counts *counts = ptrun_forward_counts_of(f->forward);
    CHECK(counts->forwards == 5 && counts->images == 13 && counts->time >= counts->first_time);
    close_fixture(f);

    f = open_fixture(1, exact, (ptrun_engine_model){0});
    run(f, 1, numbers, 1);
    expect(f, "1 / ", "", "1 ");
    close_fixture(f);
}

/* A failed input keeps its place; a batch of failed inputs costs no forward. */
static void test_failed_inputs(void)
{
    fixture *f = open_fixture(4, exact, (ptrun_engine_model){0});
    run(f, 4, (float[]){0, 0, 0, 0}, 4);
    expect(f, "image_corrupt image_corrupt image_corrupt image_corrupt / ", "", "");
    run(f, 4, (float[]){0, 5, 5, 0}, 4);
    expect(f, "image_corrupt 5 5 image_corrupt / ", "", "4 1 "); /* equal images prove nothing … */
    run(f, 4, (float[]){0, 5, 6, 0}, 4);
    expect(f, "image_corrupt 5 6 image_corrupt / ", "", "4 1 1 "); /* … so this is the probe */
    run(f, 4, (float[]){0, 5, 6, 0}, 4);
    expect(f, "image_corrupt 5 6 image_corrupt / ", "", "4 ");
    close_fixture(f);
}

static void test_out_of_memory(void)
{
    fixture *f = open_fixture(8, exact, (ptrun_engine_model){.oom = 3});
    run(f, 8, numbers, 8);
    expect(f, "1 2 3 4 5 6 7 8 / ",
           "not enough memory: from now on at most 4 images in one forward|"
           "not enough memory: from now on at most 2 images in one forward|",
           "8 4 2 1 1 2 2 2 ");
    run(f, 8, numbers, 3);
    expect(f, "1 2 3 / ", "", "2 1 ");
    close_fixture(f);

    f = open_fixture(4, exact, (ptrun_engine_model){.fail_times = 100, .fails = 3, .status = PTRUN_OUT_OF_MEMORY});
    run(f, 4, numbers, 4); /* one image alone is too much: its own error, the others go on */
    expect(f, "1 2 out_of_memory 4 / ",
           "not enough memory: from now on at most 2 images in one forward|"
           "not enough memory: from now on at most 1 images in one forward|",
           "4 2 1 1 2 1 1 ");
    close_fixture(f);
}

/* Models traced for one batch size: by an error, by the number of rows, by other logits. */
static void test_fixed_batches(void)
{
    fixture *f = open_fixture(4, exact, (ptrun_engine_model){.fixed = 4});
    run(f, 4, numbers, 4);
    run(f, 4, numbers, 2);
    expect(f, "1 2 3 4 / 1 2 / ", "the model takes batches of 4 images only; the last one is filled up|", "4 1 4 4 ");
    close_fixture(f);

    f = open_fixture(8, exact, (ptrun_engine_model){.fixed = 3});
    run(f, 8, numbers, 8);
    expect(f, "1 2 3 4 5 6 7 8 / ",
           "the model takes batches of 3 images only: each one is filled up unless --batch says the same|",
           "8 1 1 2 4 8 16 32 64 3 3 3 3 3 ");
    run(f, 8, numbers, 1);
    expect(f, "1 / ", "", "3 ");
    close_fixture(f);

    f = open_fixture(4, exact, (ptrun_engine_model){.only_alone = 1});
    run(f, 4, numbers, 4);
    run(f, 4, numbers, 2);
    expect(f, "1 2 3 4 / 1 2 / ", "the model takes 1 image at a time only|", "4 1 1 1 1 1 1 ");
    close_fixture(f);

    f = open_fixture(4, exact, (ptrun_engine_model){.first_wins = 1});
    run(f, 4, numbers, 4);
    run(f, 4, numbers, 2);
    expect(f, "1 2 3 4 / 1 2 / ", "the model answers differently in batches: from now on 1 image at a time|",
           "4 1 1 1 1 1 1 1 1 ");
    close_fixture(f);
}

static void test_rounding(void)
{
    fixture *f = open_fixture(2, 1e-3, (ptrun_engine_model){.wobble = 500});
    run(f, 2, numbers, 2);
    expect(f, "1.0005 2.001 / ", "", "2 1 1 ");
    close_fixture(f);
    f = open_fixture(2, 1e-3, (ptrun_engine_model){.wobble = 5000});
    run(f, 2, numbers, 2);
    expect(f, "1 2 / ", "the model answers differently in batches: from now on 1 image at a time|", "2 1 1 1 ");
    close_fixture(f);
    f = open_fixture(2, 5e-2, (ptrun_engine_model){.wobble = 5000});
    run(f, 2, numbers, 2);
    expect(f, "1.005 2.01 / ", "", "2 1 1 ");
    close_fixture(f);

    ptrun_engine_model as_loaded = {0}; /* what was compiled may lie further apart from it than batches from single images */
    f = open_fixture(2, 1e-3, (ptrun_engine_model){.wobble = 3000});
    ptrun_forward_fill_up(f->forward, &as_loaded);
    run(f, 2, numbers, 2);
    expect(f, "1.003 2.006 / ", "", "2 ");
    close_fixture(f);
    f = open_fixture(2, 1e-3, (ptrun_engine_model){.wobble = 5000});
    ptrun_forward_fill_up(f->forward, &as_loaded);
    run(f, 2, numbers, 2);
    expect(f, "1 2 / ", "the model answers differently in batches: from now on 1 image at a time|", "2 1 1 ");
    close_fixture(f);
}

static void test_not_finite(void)
{
    fixture *f = open_fixture(2, exact, (ptrun_engine_model){0}); /* the same NaN alone and together is the same */
    run(f, 2, (float[]){NAN, INFINITY}, 2);
    expect(f, "nan inf / ", "", "2 1 1 ");
    close_fixture(f);
}

/* One image that fails costs the others nothing but time. */
static void test_failing_images(void)
{
    fixture *f = open_fixture(4, exact, (ptrun_engine_model){.fail_times = 1000, .fails = 3, .status = PTRUN_INFERENCE_FAILED});
    run(f, 4, numbers, 4);
    run(f, 4, numbers + 4, 4);
    run(f, 4, numbers, 4);
    CHECK(f->told.notices.length == 0);
    CHECK_TEXT(ptrun_buf_text(&f->told.outcomes), "1 2 inference_failed 4 / 5 6 7 8 / 1 2 inference_failed 4 / ");
    close_fixture(f);

    f = open_fixture(1, exact, (ptrun_engine_model){.fail_times = 1, .fails = 1, .status = PTRUN_INFERENCE_FAILED});
    run(f, 1, numbers, 1); /* it passes: no sign of a fixed batch size */
    run(f, 1, numbers + 1, 1);
    expect(f, "1 / 2 / ", "", "1 1 1 1 ");
    close_fixture(f);

    f = open_fixture(2, exact, (ptrun_engine_model){.fail_times = 1000, .fails = 1, .status = PTRUN_MODEL_INPUT_SHAPE});
    run(f, 2, numbers, 2);
    expect(f, "model_input_shape model_input_shape / ", "", "2 ");
    close_fixture(f);

    f = open_fixture(4, exact, (ptrun_engine_model){.fail_times = 1 << 30, .fails = 1, .status = PTRUN_INFERENCE_FAILED});
    for (int i = 0; i < 10; i++) run(f, 4, (float[]){1, 1}, 2); /* everything fails: other sizes are tried once */
    CHECK(f->model.calls == 10 * 3 + 15);
    close_fixture(f);
}

static void test_bad_outputs(void)
{
    fixture *f = open_fixture(2, exact, (ptrun_engine_model){.extra_rows = 1});
    run(f, 2, numbers, 2);
    CHECK_TEXT(ptrun_buf_text(&f->told.outcomes), "output_shape output_shape / ");
    close_fixture(f);
    f = open_fixture(2, exact, (ptrun_engine_model){.empty = 1});
    run(f, 2, numbers, 2);
    CHECK_TEXT(ptrun_buf_text(&f->told.outcomes), "output_shape output_shape / ");
    close_fixture(f);
    f = open_fixture(2, exact, (ptrun_engine_model){.silent = 1});
    run(f, 2, numbers, 2);
    CHECK_TEXT(ptrun_buf_text(&f->told.outcomes), "inference_failed inference_failed / ");
    close_fixture(f);
}

/* Integers are refused for every further image without a forward; one number an image is there beside the error. */
static void test_outputs_that_are_no_scores(void)
{
    fixture *f = open_fixture(2, exact, (ptrun_engine_model){.integral = 1});
    run(f, 2, numbers, 2);
    run(f, 2, numbers, 2);
    expect(f, "output_ambiguous output_ambiguous / output_ambiguous output_ambiguous / ", "", "2 ");
    close_fixture(f);

    f = open_fixture(1, exact, (ptrun_engine_model){.cols = 1});
    ptrun_batch batch;
    ptrun_error err = {0};
    CHECK(ptrun_batch_open(&batch, 1, &err) == PTRUN_OK && ptrun_batch_shape(&batch, 1, 1, 1, &err) == PTRUN_OK);
    batch.tensor[0] = 5;
    batch.count = 1;
    ptrun_forward_run(f->forward, &batch);
    CHECK(batch.items[0].error.status == PTRUN_OUTPUT_AMBIGUOUS && batch.cols == 1);
    CHECK(ptrun_batch_output(&batch, 0)[0] == 5);
    ptrun_batch_release(&batch);
    close_fixture(f);
}

/* A batch whose rows depend on each other: found in the first batch of different images; among equal ones nothing is. */
static void test_combined_images(void)
{
    fixture *f = open_fixture(4, exact, (ptrun_engine_model){.combines = 1});
    run(f, 4, (float[]){3, 3, 3, 3}, 4);
    expect(f, "3 3 3 3 / ", "", "4 1 ");
    run(f, 4, numbers, 4);
    expect(f, "1 2 3 4 / ", "the model answers differently in batches: from now on 1 image at a time|", "4 1 1 1 1 1 ");
    close_fixture(f);

    f = open_fixture(4, exact, (ptrun_engine_model){.combines = 1, .fixed = 4}); /* no image has an answer of its own */
    run(f, 4, numbers, 4);
    run(f, 4, numbers, 2);
    const char *refused = "output_depends_on_batch output_depends_on_batch ";
    CHECK(strncmp(ptrun_buf_text(&f->told.outcomes), refused, strlen(refused)) == 0);
    CHECK(!strpbrk(ptrun_buf_text(&f->told.outcomes), "0123456789"));
    CHECK(f->model.calls == 3);
    close_fixture(f);
    f = open_fixture(2, exact, (ptrun_engine_model){.combines = 1, .fixed = 4}); /* of another size than the batches */
    run(f, 2, numbers, 2);
    CHECK_TEXT(ptrun_buf_text(&f->told.outcomes), "output_depends_on_batch output_depends_on_batch / ");
    close_fixture(f);
}

/* Comparisons go on within 1 % of the forwards; a difference that only they find makes the batch suspect. */
static void test_late_comparisons(void)
{
    fixture *f = open_fixture(4, exact, (ptrun_engine_model){0});
    ptrun_batch batch;
    ptrun_error err = {0};
    CHECK(ptrun_batch_open(&batch, 2, &err) == PTRUN_OK && ptrun_batch_shape(&batch, 1, 1, 1, &err) == PTRUN_OK);
    batch.tensor[0] = 1, batch.tensor[1] = 2;
    batch.count = 2;
    int suspect_after = 0;
    for (int i = 1; i <= 1000; i++) {
        f->model.calls = 0;
        f->model.combines = i > 700; /* from the 701st batch on */
        ptrun_forward_run(f->forward, &batch);
        const ptrun_forward_counts *counts = ptrun_forward_counts_of(f->forward);
        CHECK(counts->comparisons <= 2 || counts->comparisons * 100 <= counts->forwards);
        if (batch.suspect && !suspect_after) suspect_after = i;
    }
    CHECK(suspect_after > 700 && suspect_after <= 800);
    CHECK(f->told.notices.length == 0);
    ptrun_batch_release(&batch);
    close_fixture(f);
}

/* Outputs of another length in the same batch are no outputs of the same classes. */
static void test_other_columns(void)
{
    ptrun_batch batch;
    ptrun_error err = {0};
    CHECK(ptrun_batch_open(&batch, 3, &err) == PTRUN_OK && ptrun_batch_shape(&batch, 1, 1, 1, &err) == PTRUN_OK);
    ptrun_batch_set_output(&batch, 0, (float[]){1, 2}, 2);
    ptrun_batch_set_output(&batch, 1, (float[]){1, 2, 3}, 3);
    ptrun_batch_set_output(&batch, 2, (float[]){3, 4}, 2);
    CHECK(batch.items[0].error.status == PTRUN_OK && batch.items[2].error.status == PTRUN_OK);
    CHECK(batch.items[1].error.status == PTRUN_OUTPUT_SHAPE);
    CHECK_TEXT(batch.items[1].error.detail, "3 outputs, where the images before have 2");
    CHECK(ptrun_batch_output(&batch, 0)[1] == 2 && ptrun_batch_output(&batch, 2)[0] == 3);
    ptrun_batch_release(&batch);
}

/* What one forward found out holds for its clones. */
static void test_clone(void)
{
    fixture *f = open_fixture(4, exact, (ptrun_engine_model){.only_alone = 1});
    run(f, 4, numbers, 4);
    expect(f, "1 2 3 4 / ", "the model takes 1 image at a time only|", "4 1 1 1 1 ");
    ptrun_forward *first = f->forward;
    ptrun_error err = {0};
    CHECK(ptrun_forward_clone(&f->forward, first, &f->model, 1, &err) == PTRUN_OK);
    run(f, 4, numbers, 2);
    expect(f, "1 2 / ", "", "1 1 ");
    ptrun_forward_counts sum = *ptrun_forward_counts_of(first);
    ptrun_forward_add_counts(&sum, ptrun_forward_counts_of(f->forward));
    CHECK(sum.forwards == 7 && sum.images == 10);
    ptrun_forward_close(&first);
    close_fixture(f);
}

/* Compiled for a batch: every forward has its rows; the probe, batch and single images, is shown to the model as it was
 * loaded. */
static void test_filled_up(void)
{
    ptrun_engine_model as_loaded = {0};
    fixture *f = open_fixture(4, exact, (ptrun_engine_model){0});
    ptrun_forward_fill_up(f->forward, &as_loaded);
    run(f, 4, numbers, 4);
    run(f, 4, numbers, 1);
    expect(f, "1 2 3 4 / 1 / ", "", "4 4 ");
    CHECK(as_loaded.calls == 3 && as_loaded.rows[0] == 4 && as_loaded.rows[1] == 1 && as_loaded.rows[2] == 1);
    close_fixture(f);

    as_loaded = (ptrun_engine_model){0};
    f = open_fixture(8, exact, (ptrun_engine_model){.oom = 4}); /* what it was compiled for is too much */
    ptrun_forward_fill_up(f->forward, &as_loaded);
    run(f, 8, numbers, 6);
    expect(f, "1 2 3 4 5 6 / ", "not enough memory: from now on at most 3 images in one forward|", "8 3 3 ");
    close_fixture(f);

    as_loaded = (ptrun_engine_model){0};
    f = open_fixture(4, exact, (ptrun_engine_model){.first_wins = 1}); /* images must go one by one after all */
    ptrun_forward_fill_up(f->forward, &as_loaded);
    run(f, 4, numbers, 3);
    expect(f, "1 2 3 / ", "the model answers differently in batches: from now on 1 image at a time|", "4 1 1 1 ");
    close_fixture(f);
}

/* Nothing was found out before cloning: images that are all the same prove nothing. */
static void test_clone_of_filled_up(void)
{
    const float same[] = {3, 3, 3};
    ptrun_engine_model as_loaded = {0};
    fixture *f = open_fixture(4, exact, (ptrun_engine_model){0});
    ptrun_forward_fill_up(f->forward, &as_loaded);
    run(f, 4, same, 3);
    expect(f, "3 3 3 / ", "", "4 ");
    ptrun_forward *first = f->forward;
    ptrun_error err = {0};
    CHECK(ptrun_forward_clone(&f->forward, first, &f->model, 2, &err) == PTRUN_OK);
    run(f, 4, numbers, 2);
    expect(f, "1 2 / ", "", "4 ");
    CHECK(as_loaded.calls == 2); /* by the first one, the batch and an image alone */
    CHECK(open_instances == 1);
    close_fixture(f);
    CHECK(open_instances == 0);
    CHECK(instance_calls == 3); /* the probe of the batch and both images, by an instance of its own */
    ptrun_forward_close(&first);
}

int main(void)
{
    test_plain();
    test_failed_inputs();
    test_out_of_memory();
    test_fixed_batches();
    test_rounding();
    test_not_finite();
    test_failing_images();
    test_bad_outputs();
    test_outputs_that_are_no_scores();
    test_combined_images();
    test_late_comparisons();
    test_other_columns();
    test_clone();
    test_filled_up();
    test_clone_of_filled_up();
    return CHECK_DONE();
}
