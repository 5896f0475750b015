#include "bench/write.h"

#include "base/error.h"

#include <math.h>

/* Nanoseconds are what the clock gives; further digits would only look like knowledge. */
static double rounded(double value)
{
    return round(value * 1e6) / 1e6;
}

static void put_number(ptrun_json_writer *w, const char *key, double value)
{
    ptrun_json_put_key(w, key);
    ptrun_json_put_double(w, rounded(value));
}

static void put_int(ptrun_json_writer *w, const char *key, int64_t value)
{
    ptrun_json_put_key(w, key);
    ptrun_json_put_int(w, value);
}

void ptrun_bench_write_ms(ptrun_json_writer *w, const char *key, int64_t nanoseconds)
{
    ptrun_json_put_key(w, key);
    if (nanoseconds > 0) ptrun_json_put_double(w, rounded((double)nanoseconds / 1e6));
    else ptrun_json_put_null(w);
}

static void put_stage(ptrun_json_writer *w, ptrun_bench_stage stage, const ptrun_stats *s)
{
    ptrun_json_put_key(w, ptrun_bench_stage_name(stage));
    if (s->count == 0) {
        ptrun_json_put_null(w);
        return;
    }
    ptrun_json_begin_object(w);
    ptrun_json_put_member(w, "unit", "ms");
    ptrun_json_put_member(w, "per", ptrun_bench_stage_per_batch(stage) ? "batch" : "image");
    put_number(w, "min", s->min);
    put_number(w, "median", s->median);
    put_number(w, "p90", s->p90);
    put_number(w, "p99", s->p99);
    put_number(w, "max", s->max);
    put_number(w, "mean", s->mean);
    put_number(w, "spread", s->spread);
    put_number(w, "drift", s->drift);
    put_int(w, "samples", (int64_t)s->count);
    ptrun_json_put_member(w, "stability", ptrun_stability_word(s->stability));
    ptrun_json_end_object(w);
}

static void put_folder(ptrun_json_writer *w, const ptrun_bench_folder *folder)
{
    ptrun_json_put_key(w, "folder");
    if (folder->rounds == 0) {
        ptrun_json_put_null(w);
        return;
    }
    ptrun_json_begin_object(w);
    put_number(w, "images_per_second", folder->images_per_second);
    put_int(w, "images", (int64_t)folder->images);
    put_number(w, "seconds", folder->seconds);
    put_number(w, "drift", folder->drift);
    ptrun_json_put_member(w, "stability", ptrun_stability_word(folder->stability));
    ptrun_json_end_object(w);
}

static void put_profile(ptrun_json_writer *w, const ptrun_bench_profile *profile)
{
    ptrun_json_put_key(w, "profile");
    if (profile->forwards == 0) {
        ptrun_json_put_null(w);
        return;
    }
    ptrun_json_begin_array(w);
    for (size_t i = 0; i < profile->count; i++) {
        const ptrun_bench_operator *row = &profile->items[i];
        ptrun_json_begin_object(w);
        ptrun_json_put_member(w, "name", row->name);
        put_number(w, "count", row->count);
        put_number(w, "total_ms", row->total);
        put_number(w, "self_ms", row->self);
        put_number(w, "share", profile->forward > 0 ? row->self / profile->forward : 0);
        ptrun_json_end_object(w);
    }
    ptrun_json_end_array(w);
}

static void put_failure(ptrun_json_writer *w, const ptrun_error *failure)
{
    ptrun_json_put_member(w, "failure", failure->status == PTRUN_OK ? NULL : ptrun_error_message(failure));
}

static void put_candidates(ptrun_json_writer *w, const ptrun_bench_preparation *preparation)
{
    ptrun_json_put_key(w, "candidates");
    if (preparation->n_candidates == 0) {
        ptrun_json_put_null(w);
        return;
    }
    ptrun_json_begin_array(w);
    for (size_t i = 0; i < preparation->n_candidates; i++) {
        const ptrun_bench_candidate *c = &preparation->candidates[i];
        ptrun_json_begin_object(w);
        ptrun_json_put_member(w, "preparation", c->is.variant);
        put_int(w, "instances", c->is.split.forwards);
        put_int(w, "threads", c->is.split.threads);
        ptrun_bench_write_ms(w, "image_ms", c->is.time);
        ptrun_json_put_key(w, "relative_error");
        ptrun_json_put_double(w, c->is.error);
        put_failure(w, &c->failure);
        ptrun_json_end_object(w);
    }
    ptrun_json_end_array(w);
}

static void put_preparation(ptrun_json_writer *w, const ptrun_bench_preparation *preparation)
{
    ptrun_json_put_member(w, "preparation", preparation->by ? preparation->is.variant : NULL);
    ptrun_json_put_member(w, "prepared_by", preparation->by);
    ptrun_bench_write_ms(w, "prepare_ms", preparation->took);
    ptrun_json_put_key(w, "relative_error");
    ptrun_json_put_double(w, preparation->is.error);
    put_candidates(w, preparation);
}

static void put_error(ptrun_json_writer *w, const ptrun_error *error)
{
    ptrun_json_put_key(w, "error");
    if (error->status == PTRUN_OK) {
        ptrun_json_put_null(w);
        return;
    }
    ptrun_json_begin_object(w);
    ptrun_json_put_member(w, "code", ptrun_status_word(error->status));
    ptrun_json_put_member(w, "message", ptrun_error_message(error));
    ptrun_json_end_object(w);
}

void ptrun_bench_write(ptrun_json_writer *w, const ptrun_bench_entry *entry)
{
    const ptrun_bench_result *r = &entry->result;
    ptrun_json_begin_object(w);
    put_int(w, "batch", r->plan.batch);
    put_int(w, "threads", r->plan.threads);
    put_int(w, "instances", r->plan.forwards);
    put_int(w, "jobs", r->plan.jobs);
    put_preparation(w, &r->preparation);
    ptrun_bench_write_ms(w, "load_ms", entry->load);
    ptrun_bench_write_ms(w, "first_forward_ms", r->first_forward);
    put_int(w, "warm_up_forwards", r->warm_ups);
    ptrun_bench_write_ms(w, "warm_up_ms", r->warm_up);
    ptrun_json_put_key(w, "stable");
    ptrun_json_put_bool(w, ptrun_bench_stable(r));
    ptrun_json_put_key(w, "images_per_second");
    if (ptrun_bench_forward_rate(r) > 0) ptrun_json_put_double(w, rounded(ptrun_bench_forward_rate(r)));
    else ptrun_json_put_null(w);
    ptrun_json_put_key(w, "stages");
    ptrun_json_begin_object(w);
    for (int stage = 0; stage < PTRUN_BENCH_N_STAGES; stage++)
        put_stage(w, (ptrun_bench_stage)stage, &r->stages[stage]);
    ptrun_json_end_object(w);
    put_folder(w, &r->folder);
    put_profile(w, &r->profile);
    put_error(w, &r->error);
    ptrun_json_end_object(w);
}
