#include "verify/verify.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/str.h"
#include "engine/engine.h"
#include "result/score.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* One sample on its way. */
typedef struct {
    const ptrun_verifier *verifier;
    const ptrun_recording *recording;
    const ptrun_recorded_sample *sample;
    ptrun_sample_result *out;
    float *tensor; /* owned */
    int64_t dims[4];
} replay;

const char *ptrun_outcome_name(ptrun_outcome outcome)
{
    static const char *const names[] = {"none", "ok", "differs", "-"};
    return names[outcome];
}

static void settle(replay *r, ptrun_stage stage, bool agrees)
{
    r->out->stages[stage].outcome = agrees ? PTRUN_OUTCOME_AGREES : PTRUN_OUTCOME_DIFFERS;
    if (!agrees && stage < r->out->first) r->out->first = stage;
}

/* The stage gave nothing, and those behind it have nothing to work on. Memory is nobody's difference. */
static ptrun_status fail_stage(replay *r, ptrun_stage stage, const ptrun_error *cause, ptrun_error *err)
{
    if (cause->status == PTRUN_OUT_OF_MEMORY) {
        *err = *cause;
        return err->status;
    }
    settle(r, stage, false);
    if (r->out->first == stage) r->out->error = *cause;
    for (int later = stage + 1; later < PTRUN_N_STAGES; later++)
        r->out->stages[later].outcome = PTRUN_OUTCOME_UNREACHED;
    return PTRUN_OK;
}

static bool digest_is(const void *bytes, size_t size, const char *sha256)
{
    uint8_t digest[32];
    char hex[65];
    ptrun_sha256(bytes, size, digest);
    ptrun_str_hex32(hex, digest);
    return ptrun_str_equal(hex, sha256);
}

static bool same_shape(const ptrun_recorded_array *recorded, const ptrun_stage_result *now)
{
    return recorded->rank == now->rank &&
           memcmp(recorded->dims, now->dims, (size_t)now->rank * sizeof *now->dims) == 0;
}

static ptrun_status measure(const replay *r, const ptrun_recorded_array *recorded, const void *now,
                            size_t item_size, ptrun_stage_result *out, ptrun_error *err)
{
    ptrun_buf bytes = {0};
    ptrun_status status = ptrun_recording_array(r->recording, recorded, item_size, &bytes, err);
    size_t count = (size_t)recorded->count;
    out->measured = status == PTRUN_OK;
    if (status == PTRUN_OK)
        out->difference = item_size == 1
                              ? ptrun_compare_bytes((const uint8_t *)bytes.data, now, count)
                              : ptrun_compare_floats((const float *)(const void *)bytes.data, now, count);
    ptrun_buf_release(&bytes);
    return status;
}

/* `now`: as many elements as the stage's dims say. Values decide where they were recorded, else the digest.
 */
static ptrun_status compare(replay *r, ptrun_stage stage, const void *now, size_t item_size, double tolerance,
                            ptrun_error *err)
{
    const ptrun_recorded_array *recorded = &r->sample->arrays[stage];
    ptrun_stage_result *result = &r->out->stages[stage];
    bool agrees = false;
    if (!recorded->known) return PTRUN_OK;
    result->reshaped = !same_shape(recorded, result);
    if (!result->reshaped && (recorded->file || recorded->values)) {
        ptrun_status status = measure(r, recorded, now, item_size, result, err);
        if (status != PTRUN_OK) return status;
        agrees = ptrun_difference_within(&result->difference, tolerance);
    } else if (!result->reshaped) {
        agrees = digest_is(now, (size_t)recorded->count * item_size, recorded->sha256);
    }
    settle(r, stage, agrees);
    return PTRUN_OK;
}

static ptrun_status compare_pixels(replay *r, ptrun_stage stage, const ptrun_image *image, ptrun_error *err)
{
    ptrun_stage_result *result = &r->out->stages[stage];
    result->rank = 3;
    result->dims[0] = image->height, result->dims[1] = image->width, result->dims[2] = image->channels;
    return compare(r, stage, image->pixels, 1, 0, err);
}

static ptrun_status make_tensor(replay *r, const ptrun_image *resized, ptrun_error *err)
{
    ptrun_stage_result *result = &r->out->stages[PTRUN_STAGE_TENSOR];
    size_t count = (size_t)resized->width * (size_t)resized->height;
    if (ptrun_mem_mul(count, (size_t)resized->channels, &count))
        r->tensor = ptrun_mem_alloc(count, sizeof *r->tensor);
    if (!r->tensor) return ptrun_fail_memory(err, "the tensor");
    ptrun_prepare_tensor(r->verifier->preparer, PTRUN_LAYOUT_CHANNELS_FIRST, r->tensor);
    r->dims[0] = 1, r->dims[1] = resized->channels, r->dims[2] = resized->height, r->dims[3] = resized->width;
    result->rank = 4;
    memcpy(result->dims, r->dims, sizeof r->dims);
    return compare(r, PTRUN_STAGE_TENSOR, r->tensor, sizeof *r->tensor, 0, err);
}

static ptrun_status prepare(replay *r, const ptrun_buf *file, bool *go_on, ptrun_error *err)
{
    ptrun_preparer *preparer = r->verifier->preparer;
    ptrun_error cause = {0};
    const ptrun_image *resized;
    *go_on = false;
    if (ptrun_prepare_bytes(preparer, (const uint8_t *)ptrun_buf_text(file), file->length, &cause) !=
        PTRUN_OK)
        return fail_stage(r, PTRUN_STAGE_DECODED, &cause, err);
    ptrun_status status = compare_pixels(r, PTRUN_STAGE_DECODED, ptrun_prepare_decoded(preparer), err);
    if (status != PTRUN_OK) return status;
    if (ptrun_prepare_resize(preparer, &resized, &cause) != PTRUN_OK)
        return fail_stage(r, PTRUN_STAGE_RESIZED, &cause, err);
    status = compare_pixels(r, PTRUN_STAGE_RESIZED, resized, err);
    if (status == PTRUN_OK) status = make_tensor(r, resized, err);
    *go_on = status == PTRUN_OK;
    return status;
}

/* ---- the model's answer ---- */

/* Whether the two classes may change places: they are the same, or were recorded that close. */
static bool exchangeable(const float *logits, int64_t a, int64_t b, double tolerance, double scale)
{
    return a == b || fabs((double)logits[a] - (double)logits[b]) <= tolerance * scale;
}

static void count_top(replay *r, const float *recorded, const ptrun_class *before, const ptrun_class *now,
                      size_t n)
{
    double scale = 0;
    bool agrees = true;
    for (size_t i = 0; i < (size_t)r->sample->arrays[PTRUN_STAGE_LOGITS].count; i++)
        scale = fmax(scale, fabs((double)recorded[i]));
    for (size_t i = 0; i < n; i++) {
        r->out->same_top += before[i].index == now[i].index;
        agrees =
            agrees && exchangeable(recorded, before[i].index, now[i].index, r->verifier->tolerance, scale);
    }
    r->out->n_top = n;
    r->out->same_best = before[0].index == now[0].index;
    settle(r, PTRUN_STAGE_TOP, agrees);
}

/* Outputs that are not finite have no order: then the stage stays unrecorded. */
static ptrun_status compare_top(replay *r, const float *recorded, const float *now, ptrun_error *err)
{
    size_t n = (size_t)r->sample->arrays[PTRUN_STAGE_LOGITS].count;
    size_t k = r->verifier->top_k < n ? r->verifier->top_k : n, n_before, n_now;
    ptrun_class *before = ptrun_mem_alloc(2 * k, sizeof *before);
    ptrun_error cause = {0};
    if (!before) return ptrun_fail_memory(err, "the best classes");
    if (ptrun_score_top(recorded, n, k, PTRUN_SCORING_NONE, NULL, 0, before, &n_before, &cause) == PTRUN_OK) {
        if (ptrun_score_top(now, n, k, PTRUN_SCORING_NONE, NULL, 0, before + k, &n_now, &cause) == PTRUN_OK)
            count_top(r, recorded, before, before + k, k);
        else settle(r, PTRUN_STAGE_TOP, false);
    }
    free(before);
    return PTRUN_OK;
}

static ptrun_status compare_output(replay *r, const ptrun_engine_output *output, ptrun_error *err)
{
    const ptrun_recorded_array *recorded = &r->sample->arrays[PTRUN_STAGE_LOGITS];
    ptrun_stage_result *result = &r->out->stages[PTRUN_STAGE_LOGITS];
    ptrun_buf bytes = {0};
    result->rank = 2;
    result->dims[0] = output->rows, result->dims[1] = output->cols;
    if (!recorded->known) return PTRUN_OK;
    if (recorded->count != output->rows * output->cols) {
        result->reshaped = true;
        settle(r, PTRUN_STAGE_LOGITS, false);
        r->out->stages[PTRUN_STAGE_TOP].outcome = PTRUN_OUTCOME_UNREACHED;
        return PTRUN_OK;
    }
    ptrun_status status = ptrun_recording_array(r->recording, recorded, sizeof(float), &bytes, err);
    if (status == PTRUN_OK) {
        const float *values = (const float *)(const void *)bytes.data;
        result->measured = true;
        result->difference = ptrun_compare_floats(values, output->data, (size_t)recorded->count);
        settle(r, PTRUN_STAGE_LOGITS, ptrun_difference_within(&result->difference, r->verifier->tolerance));
        status = compare_top(r, values, output->data, err);
    }
    ptrun_buf_release(&bytes);
    return status;
}

static ptrun_status run_model(replay *r, ptrun_error *err)
{
    const int64_t *d = r->dims;
    ptrun_tensor input = ptrun_engine_images(r->tensor, d[0], d[1], d[2], d[3], PTRUN_LAYOUT_CHANNELS_FIRST);
    ptrun_engine_output output;
    ptrun_error cause = {0};
    ptrun_status ran = ptrun_engine_run(r->verifier->engine, &output, r->verifier->model, &input, &cause);
    if (ran != PTRUN_OK) return fail_stage(r, PTRUN_STAGE_LOGITS, &cause, err);
    if (output.rows == 1 && output.cols > 0) return compare_output(r, &output, err);
    ptrun_fail(&cause, PTRUN_OUTPUT_SHAPE, "%lld rows of %lld values for one image", (long long)output.rows,
               (long long)output.cols);
    return fail_stage(r, PTRUN_STAGE_LOGITS, &cause, err);
}

ptrun_status ptrun_verify_sample(const ptrun_verifier *verifier, const ptrun_recording *recording,
                                 const ptrun_recorded_sample *sample, ptrun_sample_result *out,
                                 ptrun_error *err)
{
    replay r = {.verifier = verifier, .recording = recording, .sample = sample, .out = out};
    ptrun_buf file = {0};
    ptrun_error cause = {0};
    bool go_on;
    *out = (ptrun_sample_result){.first = PTRUN_N_STAGES};
    ptrun_status status = ptrun_recording_image(recording, sample, &file, &cause);
    bool missing = status == PTRUN_FILE_NOT_FOUND || status == PTRUN_FILE_UNREADABLE ||
                   status == PTRUN_NOT_A_REGULAR_FILE;
    if (missing) {
        status = fail_stage(&r, PTRUN_STAGE_FILE, &cause, err);
    } else if (status != PTRUN_OK) {
        *err = cause;
    } else {
        if (sample->sha256) settle(&r, PTRUN_STAGE_FILE, digest_is(file.data, file.length, sample->sha256));
        status = prepare(&r, &file, &go_on, err);
        if (status == PTRUN_OK && go_on) status = run_model(&r, err);
    }
    ptrun_buf_release(&file);
    free(r.tensor);
    return status;
}
