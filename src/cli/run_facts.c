#include "cli/run_facts.h"

#include "base/error.h"
#include "cli/message.h"

#include <stdio.h>
#include <string.h>

static void put_number(ptrun_json_writer *w, const char *key, uint64_t value)
{
    ptrun_json_put_key(w, key);
    ptrun_json_put_int(w, (int64_t)value);
}

static void put_preparation(ptrun_json_writer *w, const ptrun_prepared *prepared)
{
    const ptrun_agreement *agreement = &prepared->agreement;
    ptrun_json_put_member(w, "preparation", prepared->is.variant);
    ptrun_json_put_member(w, "preparation_by", prepared->by);
    ptrun_json_put_key(w, "preparation_error");
    ptrun_json_put_float(w, (float)prepared->is.error);
    if (agreement->rows == 0) return;
    ptrun_json_put_key(w, "fp32_agreement");
    ptrun_json_begin_object(w);
    put_number(w, "images", (uint64_t)agreement->rows);
    put_number(w, "same_top1", (uint64_t)agreement->same_top1);
    ptrun_json_put_key(w, "error");
    ptrun_json_put_float(w, (float)agreement->error);
    ptrun_json_end_object(w);
}

void ptrun_run_put_head(ptrun_buf *out, const ptrun_run_facts *facts)
{
    const ptrun_engine_args *engine = &facts->args->engine;
    ptrun_json_writer w = {.buf = out};
    ptrun_json_put_key(&w, "ptrun");
    ptrun_json_begin_object(&w);
    ptrun_json_put_member(&w, "version", PTRUN_VERSION);
    ptrun_json_end_object(&w);
    ptrun_json_put_key(&w, "model");
    ptrun_json_begin_object(&w);
    ptrun_json_put_key(&w, "path");
    ptrun_json_put_string(&w, facts->args->model, strlen(facts->args->model));
    ptrun_json_put_member(&w, "sha256", facts->sha256);
    ptrun_recipe_args_describe(facts->recipe, &w);
    ptrun_engine_args_describe(engine, &facts->loaded->engine_info, &w);
    put_preparation(&w, facts->prepared);
    put_number(&w, "threads", (uint64_t)facts->plan->threads);
    put_number(&w, "instances", (uint64_t)facts->plan->forwards);
    put_number(&w, "batch", (uint64_t)facts->plan->batch);
    put_number(&w, "jobs", (uint64_t)facts->plan->jobs);
    ptrun_json_end_object(&w);
}

static void put_failures(ptrun_json_writer *w, const ptrun_pipeline_counts *counts)
{
    ptrun_json_put_key(w, "errors");
    ptrun_json_begin_object(w);
    for (int i = 0; i < PTRUN_MAX_FAILURE_KINDS && counts->failures[i].count; i++)
        put_number(w, ptrun_status_word(counts->failures[i].status), counts->failures[i].count);
    ptrun_json_end_object(w);
}

void ptrun_run_put_tail(ptrun_buf *out, const ptrun_pipeline_counts *counts, uint64_t resumed, uint64_t resumed_failed,
                        bool complete)
{
    ptrun_json_writer w = {.buf = out};
    uint64_t failed = counts->inputs - counts->ok + resumed_failed;
    ptrun_json_put_key(&w, "summary");
    ptrun_json_begin_object(&w);
    put_number(&w, "inputs", counts->inputs + resumed);
    put_number(&w, "ok", counts->inputs + resumed - failed);
    put_number(&w, "failed", failed);
    put_failures(&w, counts);
    ptrun_json_put_key(&w, "complete");
    ptrun_json_put_bool(&w, complete);
    ptrun_json_end_object(&w);
}

/* Offsets first, since the buffer moves while it grows. */
typedef struct {
    ptrun_manifest *manifest;
    ptrun_buf *texts;
    size_t offsets[PTRUN_MANIFEST_MAX_FACTS];
} fact_list;

static void begin_fact(fact_list *list, const char *name)
{
    list->offsets[list->manifest->n_facts] = list->texts->length;
    list->manifest->facts[list->manifest->n_facts++].name = name;
}

static void add_fact(fact_list *list, const char *name, const char *value)
{
    begin_fact(list, name);
    ptrun_buf_puts(list->texts, value ? value : "");
    ptrun_buf_putc(list->texts, '\0');
}

static void add_number(fact_list *list, const char *name, int64_t value)
{
    begin_fact(list, name);
    ptrun_buf_printf(list->texts, "%lld", (long long)value);
    ptrun_buf_putc(list->texts, '\0');
}

static void add_recipe(fact_list *list, const ptrun_recipe *recipe)
{
    begin_fact(list, "recipe");
    ptrun_json_writer w = {.buf = list->texts};
    ptrun_recipe_write(&w, recipe);
    ptrun_buf_putc(list->texts, '\0');
}

void ptrun_run_put_manifest(ptrun_manifest *manifest, ptrun_buf *texts, const ptrun_run_args *args, const char *sha256,
                            const ptrun_recipe *recipe, const char *inputs)
{
    fact_list list = {.manifest = manifest, .texts = texts};
    add_fact(&list, "model", sha256);
    add_recipe(&list, recipe);
    add_fact(&list, "inputs", inputs);
    add_fact(&list, "shard", args->inputs.shard);
    add_fact(&list, "format", args->format);
    add_number(&list, "top_k", args->top_k);
    add_number(&list, "logits", args->logits);
    add_number(&list, "max_pixels", args->max_pixels);
    add_fact(&list, "engine", args->engine.engine);
    add_fact(&list, "device", args->engine.device);
    add_fact(&list, "optimize", args->engine.optimize);
    add_fact(&list, "precision", args->engine.precision);
    add_fact(&list, "quantized_engine", args->engine.quantized_engine);
    for (size_t i = 0; i < manifest->n_facts; i++)
        manifest->facts[i].value = texts->failed ? "" : texts->data + list.offsets[i];
}

static void print_skipped(const ptrun_cli *cli, const ptrun_source_skipped *skipped)
{
    const struct {
        uint64_t count;
        const char *what;
    } rows[] = {{skipped->hidden, "hidden"},
                {skipped->suffix, "without a suffix of an image"},
                {skipped->excluded, "excluded"},
                {skipped->links, "symbolic links"},
                {skipped->special, "special files"}};
    ptrun_buf text = {0};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (rows[i].count)
            ptrun_buf_printf(&text, "%s%llu %s", text.length ? ", " : "", (unsigned long long)rows[i].count, rows[i].what);
    if (text.length) ptrun_message_note(cli, 0, "passed over: %s", ptrun_buf_text(&text));
    ptrun_buf_release(&text);
}

static double ms_each(int64_t nanoseconds, uint64_t count)
{
    return count ? (double)nanoseconds / 1e6 / (double)count : 0;
}

static void print_stages(const ptrun_cli *cli, const ptrun_pipeline_counts *counts)
{
    const ptrun_prepare_times *p = &counts->prepare;
    const ptrun_forward_counts *f = &counts->forward;
    uint64_t n = counts->inputs, later = f->forwards > 1 ? f->forwards - 1 : 0;
    ptrun_message_note(cli, 1, "stages, ms an image: read %.3f, decode %.3f, resize %.3f, tensor %.3f, forward %.3f",
                       ms_each(p->read, n), ms_each(p->decode, n), ms_each(p->resize, n), ms_each(p->tensor, n),
                       ms_each(f->time, f->images));
    ptrun_message_note(cli, 1, "forwards: %llu, the first %.1f ms, the others %.1f ms each; %llu to compare batches with "
                               "single images",
                       (unsigned long long)f->forwards, ms_each(f->first_time, 1), ms_each(f->time - f->first_time, later),
                       (unsigned long long)f->comparisons);
}

void ptrun_run_print_summary(const ptrun_cli *cli, const ptrun_pipeline_counts *counts, uint64_t resumed,
                             const ptrun_source_skipped *skipped)
{
    ptrun_buf text = {0};
    double seconds = (double)counts->wall / 1e9;
    ptrun_buf_printf(&text, "%llu image%s: %llu ok, %llu failed", (unsigned long long)counts->inputs,
                     counts->inputs == 1 ? "" : "s", (unsigned long long)counts->ok,
                     (unsigned long long)(counts->inputs - counts->ok));
    for (int i = 0; i < PTRUN_MAX_FAILURE_KINDS && counts->failures[i].count; i++)
        ptrun_buf_printf(&text, "%s%s %llu", i ? ", " : " (", ptrun_status_word(counts->failures[i].status),
                         (unsigned long long)counts->failures[i].count);
    if (counts->inputs > counts->ok) ptrun_buf_putc(&text, ')');
    ptrun_buf_printf(&text, ", %.2f s, %.1f images/s", seconds, seconds > 0 ? (double)counts->inputs / seconds : 0.0);
    if (resumed) ptrun_buf_printf(&text, "; %llu were done before", (unsigned long long)resumed);
    ptrun_message_note(cli, 0, "%s", ptrun_buf_text(&text));
    ptrun_buf_release(&text);
    print_skipped(cli, skipped);
    print_stages(cli, counts);
}
