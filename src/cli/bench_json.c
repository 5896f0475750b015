#include "cli/bench_report.h"

#include "base/cpu.h"
#include "base/machine.h"
#include "prep/resize_kernel.h"

enum { TEXT_SIZE = 128 };

static void put_int(ptrun_json_writer *w, const char *key, int64_t value)
{
    ptrun_json_put_key(w, key);
    ptrun_json_put_int(w, value);
}

static void put_flag(ptrun_json_writer *w, const char *key, bool value)
{
    ptrun_json_put_key(w, key);
    ptrun_json_put_bool(w, value);
}

static void put_machine(ptrun_json_writer *w)
{
    char processor[TEXT_SIZE], system[TEXT_SIZE];
    ptrun_cpu_model(processor, sizeof processor);
    ptrun_machine_system(system, sizeof system);
    ptrun_json_put_key(w, "machine");
    ptrun_json_begin_object(w);
    ptrun_json_put_member(w, "processor", processor);
    put_int(w, "processors", ptrun_cpu_usable());
    ptrun_json_put_member(w, "system", system);
    ptrun_json_put_member(w, "resize", ptrun_resize_kernel_choose()->name);
    ptrun_json_end_object(w);
}

static void put_model(ptrun_json_writer *w, const ptrun_bench_report *report)
{
    char sha256[65];
    ptrun_model_file_sha256(report->file, sha256);
    ptrun_json_put_key(w, "model");
    ptrun_json_begin_object(w);
    ptrun_json_put_member(w, "path", report->model);
    ptrun_json_put_member(w, "sha256", sha256);
    ptrun_recipe_args_describe(report->recipe, w);
    ptrun_engine_args_describe(report->engine, report->engine_info, w);
    ptrun_json_put_member(w, "optimize", report->engine->optimize);
    ptrun_json_end_object(w);
}

static void put_images(ptrun_json_writer *w, const ptrun_bench_images *images)
{
    ptrun_json_put_key(w, "images");
    ptrun_json_begin_object(w);
    put_flag(w, "synthetic", images->synthetic >= 0);
    put_int(w, "found", (int64_t)images->found);
    put_int(w, "used", (int64_t)images->count);
    put_int(w, "failed", (int64_t)images->failed);
    ptrun_json_end_object(w);
}

static void put_settings(ptrun_json_writer *w, const ptrun_bench_limits *limits)
{
    ptrun_json_put_key(w, "settings");
    ptrun_json_begin_object(w);
    ptrun_json_put_key(w, "duration_s");
    ptrun_json_put_double(w, (double)limits->duration / 1e9);
    put_int(w, "iterations", limits->iterations);
    ptrun_json_put_key(w, "warm_up");
    if (limits->warm_up < 0) ptrun_json_put_null(w);
    else ptrun_json_put_int(w, limits->warm_up);
    ptrun_json_end_object(w);
}

void ptrun_bench_report_json(ptrun_buf *out, const ptrun_bench_report *report)
{
    ptrun_json_writer w = {.buf = out};
    ptrun_json_begin_object(&w);
    ptrun_json_put_key(&w, "ptrun");
    ptrun_json_begin_object(&w);
    ptrun_json_put_member(&w, "version", PTRUN_VERSION);
    ptrun_json_end_object(&w);
    put_machine(&w);
    put_model(&w, report);
    put_images(&w, report->images);
    put_settings(&w, report->limits);
    ptrun_bench_write_ms(&w, "load_ms", report->load);
    ptrun_bench_write_ms(&w, "first_image_ms", report->first_image);
    put_int(&w, "peak_rss_bytes", ptrun_machine_peak_memory());
    put_flag(&w, "interrupted", report->interrupted);
    ptrun_json_put_key(&w, "configurations");
    ptrun_json_begin_array(&w);
    for (size_t i = 0; i < report->n_entries; i++) ptrun_bench_write(&w, &report->entries[i]);
    ptrun_json_end_array(&w);
    ptrun_json_end_object(&w);
    ptrun_buf_putc(out, '\n');
}
