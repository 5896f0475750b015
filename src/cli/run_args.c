#include "cli/run_args.h"

static const char *progress_name(size_t index)
{
    static const char *const names[] = {"auto", "always", "never"};
    return index < sizeof names / sizeof *names ? names[index] : NULL;
}

const ptrun_option ptrun_run_rows[] = {
    {PTRUN_OPTION_INT(ptrun_run_args, jobs), .name = "jobs", .letter = 'j', .value = "N", .min = 1,
     .max = 1024, .otherwise = "planned", .help = "workers that read and prepare images"},
    {PTRUN_OPTION_INT(ptrun_run_args, batch), .name = "batch", .letter = 'b', .value = "N", .min = 1,
     .max = 65536, .otherwise = "planned", .help = "images in one forward"},
    {PTRUN_OPTION_INT(ptrun_run_args, instances), .name = "instances", .value = "N", .min = 1, .max = 1024,
     .otherwise = "planned, for many images measured",
     .help = "forwards side by side, on the same weights, each with its own threads"},
    {PTRUN_OPTION_INT(ptrun_run_args, batch_wait), .name = "batch-wait", .value = "MS", .min = 0,
     .max = 60000, .fallback = "5",
     .help = "how long an idle engine waits for a batch of a streamed list to fill, in milliseconds"},
    {PTRUN_OPTION_INT(ptrun_run_args, max_pixels), .name = "max-pixels", .value = "N", .min = 1,
     .max = INT64_C(65535) * 65535, .fallback = "178956970", .help = "refuse larger images"},
    {PTRUN_OPTION_SWITCH(ptrun_run_args, fail_fast), .name = "fail-fast",
     .help = "stop at the first input that fails"},
    {PTRUN_OPTION_INT(ptrun_run_args, max_errors), .name = "max-errors", .value = "N", .min = 1,
     .max = INT64_MAX, .otherwise = "keep going", .help = "stop after N inputs have failed"},
    {PTRUN_OPTION_CHOICE(ptrun_run_args, progress), .name = "progress", .value = "WHEN",
     .choice = progress_name, .fallback = "auto",
     .help = "a bar on standard error; auto: only on a terminal"},
    {.name = NULL},
};

const ptrun_option ptrun_report_rows[] = {
    {PTRUN_OPTION_TEXT(ptrun_run_args, report), .name = "report", .value = "FILE",
     .help = "write a page for people, too: figures, charts and pictures in one HTML file that needs nothing else; a file "
             "that exists is replaced"},
    {.name = NULL},
};

void ptrun_run_args_release(ptrun_run_args *args)
{
    ptrun_input_args_release(&args->inputs);
    ptrun_engine_args_release(&args->engine);
}
