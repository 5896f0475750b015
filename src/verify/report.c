#include "verify/report.h"

#include "base/error.h"

#include <math.h>

static void add_logits(ptrun_verify_totals *totals, const ptrun_stage_result *logits)
{
    if (!logits->measured) return;
    totals->with_logits++;
    totals->largest = fmax(totals->largest, logits->difference.largest);
    totals->relative = fmax(totals->relative, logits->difference.relative);
    totals->cosine = fmin(totals->cosine, logits->difference.cosine);
}

ptrun_verify_totals ptrun_verify_total(const ptrun_sample_result *results, size_t count)
{
    ptrun_verify_totals totals = {.samples = count, .first = PTRUN_N_STAGES, .cosine = 1};
    for (size_t i = 0; i < count; i++) {
        const ptrun_sample_result *result = &results[i];
        add_logits(&totals, &result->stages[PTRUN_STAGE_LOGITS]);
        totals.with_top += result->n_top > 0;
        totals.same_best += result->n_top > 0 && result->same_best;
        totals.agreed += result->first == PTRUN_N_STAGES;
        if (result->first < totals.first) totals.first = result->first;
    }
    for (size_t i = 0; i < count; i++)
        totals.first_samples += totals.first < PTRUN_N_STAGES && results[i].first == totals.first;
    return totals;
}

static void put_int(ptrun_json_writer *w, const char *key, int64_t value)
{
    ptrun_json_put_key(w, key);
    ptrun_json_put_int(w, value);
}

static void put_double(ptrun_json_writer *w, const char *key, double value)
{
    ptrun_json_put_key(w, key);
    ptrun_json_put_double(w, value);
}

static void put_shape(ptrun_json_writer *w, const char *key, int32_t rank, const int64_t *dims)
{
    ptrun_json_put_key(w, key);
    ptrun_json_begin_array(w);
    for (int32_t i = 0; i < rank; i++) ptrun_json_put_int(w, dims[i]);
    ptrun_json_end_array(w);
}

static const char *first_name(ptrun_stage first)
{
    return first < PTRUN_N_STAGES ? ptrun_stage_name(first) : NULL;
}

static void put_stage(ptrun_json_writer *w, const ptrun_recorded_sample *sample,
                      const ptrun_sample_result *result, ptrun_stage stage)
{
    const ptrun_stage_result *s = &result->stages[stage];
    static const char *const words[] = {"not_recorded", "ok", "differs", "not_reached"};
    ptrun_json_put_key(w, ptrun_stage_name(stage));
    ptrun_json_begin_object(w);
    ptrun_json_put_member(w, "status", words[s->outcome]);
    if (s->reshaped) {
        put_shape(w, "recorded_shape", sample->arrays[stage].rank, sample->arrays[stage].dims);
        put_shape(w, "shape", s->rank, s->dims);
    }
    if (s->measured) {
        put_int(w, "values", sample->arrays[stage].count);
        put_int(w, "differing", (int64_t)s->difference.differing);
        put_double(w, "largest", s->difference.largest);
        put_double(w, "relative", s->difference.relative);
    }
    if (s->measured && stage == PTRUN_STAGE_LOGITS) put_double(w, "cosine", s->difference.cosine);
    if (stage == PTRUN_STAGE_TOP && result->n_top) {
        put_int(w, "classes", (int64_t)result->n_top);
        put_int(w, "same", (int64_t)result->same_top);
        ptrun_json_put_key(w, "same_best");
        ptrun_json_put_bool(w, result->same_best);
    }
    ptrun_json_end_object(w);
}

static void put_sample(ptrun_json_writer *w, const ptrun_recorded_sample *sample,
                       const ptrun_sample_result *result)
{
    ptrun_json_begin_object(w);
    ptrun_json_put_member(w, "name", sample->name);
    ptrun_json_put_member(w, "file", sample->file);
    ptrun_json_put_member(w, "first", first_name(result->first));
    ptrun_json_put_key(w, "stages");
    ptrun_json_begin_object(w);
    for (int stage = 0; stage < PTRUN_N_STAGES; stage++) put_stage(w, sample, result, (ptrun_stage)stage);
    ptrun_json_end_object(w);
    if (result->error.status != PTRUN_OK) {
        ptrun_json_put_key(w, "error");
        ptrun_json_begin_object(w);
        ptrun_json_put_member(w, "code", ptrun_status_word(result->error.status));
        ptrun_json_put_member(w, "message", ptrun_error_message(&result->error));
        ptrun_json_end_object(w);
    }
    ptrun_json_end_object(w);
}

static void put_with(ptrun_json_writer *w, const ptrun_recorded_with *with)
{
    ptrun_json_put_key(w, "recorded_with");
    ptrun_json_begin_object(w);
    ptrun_json_put_member(w, "torch", with->torch);
    ptrun_json_put_member(w, "pillow", with->pillow);
    ptrun_json_put_member(w, "machine", with->machine);
    ptrun_json_put_member(w, "cpu_capability", with->cpu_capability);
    put_int(w, "threads", with->threads);
    ptrun_json_end_object(w);
}

static void put_summary(ptrun_json_writer *w, const ptrun_verify_totals *totals)
{
    ptrun_json_put_key(w, "summary");
    ptrun_json_begin_object(w);
    put_int(w, "samples", (int64_t)totals->samples);
    put_int(w, "agreed", (int64_t)totals->agreed);
    ptrun_json_put_member(w, "first", first_name(totals->first));
    put_int(w, "first_samples", (int64_t)totals->first_samples);
    put_int(w, "with_logits", (int64_t)totals->with_logits);
    put_double(w, "largest", totals->largest);
    put_double(w, "relative", totals->relative);
    put_double(w, "cosine", totals->cosine);
    put_int(w, "same_best", (int64_t)totals->same_best);
    ptrun_json_end_object(w);
}

void ptrun_verify_write(ptrun_json_writer *w, const ptrun_recording *recording,
                        const ptrun_sample_result *results)
{
    ptrun_verify_totals totals = ptrun_verify_total(results, recording->count);
    put_with(w, &recording->with);
    ptrun_json_put_key(w, "verified");
    ptrun_json_put_bool(w, totals.agreed == totals.samples);
    ptrun_json_put_key(w, "samples");
    ptrun_json_begin_array(w);
    for (size_t i = 0; i < recording->count; i++) put_sample(w, &recording->samples[i], &results[i]);
    ptrun_json_end_array(w);
    put_summary(w, &totals);
}
