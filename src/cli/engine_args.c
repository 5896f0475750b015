#include "cli/engine_args.h"

#include "base/crash.h"
#include "base/error.h"
#include "base/str.h"
#include "base/watch.h"
#include "cli/exit_code.h"
#include "cli/message.h"
#include "engine/device.h"

#include <pthread.h>
#include <string.h>
#include <unistd.h>

/* A load that takes longer than this, and no longer than the file's size explains, never comes back. */
enum { LOAD_SECONDS = 15, LOAD_BYTES_PER_SECOND = 20 << 20 };

static const char *const precisions[] = {
    [PTRUN_PRECISION_FP32] = "fp32", [PTRUN_PRECISION_BF16] = "bf16", [PTRUN_PRECISION_FP16] = "fp16"};

static const char *precision_name(size_t index)
{
    return index < sizeof precisions / sizeof *precisions ? precisions[index] : NULL;
}

static bool accepts_device(const char *text)
{
    ptrun_device device;
    return ptrun_device_parse(text, &device);
}

static bool accepts_sha256(const char *text)
{
    return strlen(text) == 64 && strspn(text, "0123456789abcdefABCDEF") == 64;
}

const ptrun_option ptrun_engine_rows[] = {
    {PTRUN_OPTION_TEXT(ptrun_engine_args, engine), .name = "engine", .value = "NAME", .fallback = "torchscript",
     .help = "what runs the model; 'ptrun engines' lists what is there"},
    {PTRUN_OPTION_TEXT(ptrun_engine_args, device), .name = "device", .value = "cpu|cuda[:N]", .fallback = "cpu",
     .accepts = accepts_device, .expected = "cpu, cuda or cuda:N", .help = "where the model runs"},
    {PTRUN_OPTION_TEXT(ptrun_engine_args, optimize), .name = "optimize", .value = "auto|off|NAME", .fallback = "auto",
     .help = "how the model is prepared; auto: for many images as it was measured to be the fastest, for few as it was saved; "
             "off runs it as it was saved, with the bits of torch.jit.load in Python; 'ptrun engines' lists the names"},
    {PTRUN_OPTION_CHOICE(ptrun_engine_args, precision), .name = "precision", .value = "P", .choice = precision_name,
     .fallback = "fp32", .help = "arithmetic of the forward"},
    {PTRUN_OPTION_TEXT(ptrun_engine_args, quantized_engine), .name = "quantized-engine", .value = "NAME",
     .otherwise = "the library's own choice", .help = "kernels for int8 models: x86, fbgemm, qnnpack, onednn"},
    {PTRUN_OPTION_TEXTS(ptrun_engine_args, op_libraries), .name = "op-library", .value = "FILE",
     .help = "a shared object that registers operators which the model needs; may be repeated"},
    {PTRUN_OPTION_TEXT(ptrun_engine_args, sha256), .name = "sha256", .value = "HEX", .accepts = accepts_sha256,
     .expected = "64 hexadecimal digits", .help = "refuse the model unless its SHA-256 is this"},
    {PTRUN_OPTION_INT(ptrun_engine_args, timeout), .name = "timeout", .value = "SECONDS", .min = 1, .max = 1000000,
     .otherwise = "15, and one for each 20 MiB of the file; none for forwards of a program whose loops have bounds",
     .help = "give up where loading the model, or one forward, takes longer"},
    {PTRUN_OPTION_SWITCH(ptrun_engine_args, no_check), .name = "no-check",
     .help = "do not verify the checksums inside the model file before it is loaded"},
    {PTRUN_OPTION_TEXT(ptrun_engine_args, engine_dir), .name = "engine-dir", .value = "FOLDER",
     .otherwise = "beside the program, then ../lib/ptrun", .help = "where to look for engines"},
    {.name = NULL},
};

const ptrun_option ptrun_engine_threads_rows[] = {
    {PTRUN_OPTION_INT(ptrun_engine_args, threads), .name = "threads", .value = "N", .min = 1, .max = 4096,
     .otherwise = "planned, at most the CPUs that this process may use", .help = "threads of one forward"},
    {.name = NULL},
};

ptrun_status ptrun_engine_args_check_hash(const ptrun_engine_args *args, const ptrun_model_file *file, ptrun_error *err)
{
    char hex[65];
    if (!args->sha256) return PTRUN_OK;
    ptrun_model_file_sha256(file, hex);
    if (ptrun_str_equal_nocase(hex, args->sha256)) return PTRUN_OK;
    return ptrun_fail(err, PTRUN_MODEL_HASH_MISMATCH, "its SHA-256 is %s", hex);
}

/* For loading, or for a forward of a program that may never end. */
static unsigned patience(const ptrun_engine_args *args, size_t model_size)
{
    if (args->timeout) return (unsigned)args->timeout;
    return LOAD_SECONDS + (unsigned)(model_size / LOAD_BYTES_PER_SECOND);
}

/* Records are written before each forward begins, so nothing that was computed is lost. */
static void on_stall(void *context)
{
    const ptrun_loaded *loaded = context;
    const ptrun_cli plain = {.err = STDERR_FILENO};
    ptrun_error error = {0};
    (void)ptrun_fail(&error, PTRUN_INFERENCE_STALLED, "%s", "");
    _exit(ptrun_message_failure(&plain, loaded->path, &error));
}

static void watch_forwards(const ptrun_engine_args *args, const ptrun_model_file *file, ptrun_loaded *loaded)
{
    size_t size;
    ptrun_model_file_bytes(file, &size);
    bool wanted = args->timeout || loaded->info.endless;
    ptrun_watch_begin(wanted ? patience(args, size) : 0, on_stall, loaded);
}

/* The archive's checksums, verified while the engine's library is being loaded. */
typedef struct {
    const ptrun_model_file *file;
    pthread_t thread;
    bool started;
    ptrun_status status;
    ptrun_error error;
} check;

static void *run_check(void *argument)
{
    check *c = argument;
    c->status = ptrun_model_file_check(c->file, &c->error);
    return NULL;
}

static void start_check(check *c, const ptrun_model_file *file, bool wanted)
{
    *c = (check){.file = file};
    if (!wanted) return;
    c->started = pthread_create(&c->thread, NULL, run_check, c) == 0;
    if (!c->started) run_check(c);
}

static ptrun_status finish_check(check *c, ptrun_error *err)
{
    if (c->started) pthread_join(c->thread, NULL);
    if (c->status != PTRUN_OK && err->status == PTRUN_OK) *err = c->error;
    return c->status;
}

static ptrun_precision parse_precision(const char *name)
{
    for (int i = 0; i < (int)(sizeof precisions / sizeof *precisions); i++)
        if (ptrun_str_equal(precisions[i], name)) return (ptrun_precision)i;
    return PTRUN_PRECISION_FP32;
}

ptrun_status ptrun_engine_args_open(const ptrun_engine_args *args, const char *path, const ptrun_model_file *file,
                                    const ptrun_recipe *recipe, int32_t threads, const ptrun_engine_api *api,
                                    ptrun_engine_model **out, ptrun_error *err)
{
    ptrun_engine_options options = {.threads = threads,
                                    .precision = parse_precision(args->precision),
                                    .optimize = args->optimize,
                                    .quantized_engine = args->quantized_engine,
                                    .select = {recipe->select_kind, recipe->select_index, recipe->select_key},
                                    .op_libraries = args->op_libraries.items,
                                    .n_op_libraries = args->op_libraries.count};
    options.bytes = ptrun_model_file_bytes(file, &options.size);
    (void)ptrun_device_parse(args->device, &options.device);
    unsigned seconds = patience(args, options.size);
    ptrun_crash_guard_begin(path, "loading the model crashed", PTRUN_MODEL_LOAD_CRASHED, PTRUN_EXIT_MODEL, seconds);
    ptrun_status status = api->open(out, &options, err);
    ptrun_crash_guard_end();
    return status;
}

/* Known before any image is read, and the same for all of them. */
static ptrun_status check_channels(const ptrun_recipe *recipe, const ptrun_engine_model_info *info, ptrun_error *err)
{
    int32_t channels = ptrun_recipe_channels(recipe);
    if (recipe->has_shape || info->input_channels == 0 || info->input_channels == channels) return PTRUN_OK;
    return ptrun_fail(err, PTRUN_MODEL_INPUT_SHAPE, "the model's first weight takes %lld channel%s, the recipe gives %d",
                      (long long)info->input_channels, info->input_channels == 1 ? "" : "s", channels);
}

ptrun_status ptrun_engine_args_load(const ptrun_engine_args *args, const char *path, const ptrun_model_file *file,
                                    const ptrun_recipe *recipe, int32_t threads, ptrun_loaded *out, ptrun_error *err)
{
    *out = (ptrun_loaded){.path = path};
    check c;
    start_check(&c, file, !args->no_check);
    ptrun_crash_guard_begin(path, "loading the engine crashed", PTRUN_ENGINE_FAILED, PTRUN_EXIT_MODEL, 0);
    ptrun_status status = ptrun_engine_load(&out->engine, args->engine, args->engine_dir, NULL, err);
    ptrun_crash_guard_end();
    ptrun_status checked = finish_check(&c, err);
    if (status == PTRUN_OK) status = checked;
    if (status == PTRUN_OK) {
        out->api = ptrun_engine_table(out->engine);
        status = ptrun_engine_args_open(args, path, file, recipe, threads, out->api, &out->model, err);
    }
    if (status == PTRUN_OK) out->api->model_info(out->model, &out->info);
    if (status == PTRUN_OK) status = out->api->info(&out->engine_info, 0, err);
    if (status == PTRUN_OK) status = check_channels(recipe, &out->info, err);
    if (status == PTRUN_OK) watch_forwards(args, file, out);
    else ptrun_loaded_close(out);
    return status;
}

void ptrun_engine_args_describe(const ptrun_engine_args *args, const ptrun_engine_info *info, ptrun_json_writer *w)
{
    ptrun_json_put_member(w, "engine", args->engine);
    ptrun_json_put_member(w, "library", info->library);
    ptrun_json_put_member(w, "instructions", info->instructions);
    ptrun_json_put_member(w, "device", args->device);
    ptrun_json_put_member(w, "precision", args->precision);
}

const char *ptrun_engine_args_culprit(const ptrun_engine_args *args, const char *path, ptrun_status status)
{
    if (status == PTRUN_DEVICE_UNAVAILABLE) return args->device;
    return status == PTRUN_ENGINE_NOT_FOUND || status == PTRUN_ENGINE_INCOMPATIBLE ? args->engine : path;
}

void ptrun_loaded_close(ptrun_loaded *loaded)
{
    ptrun_watch_end(loaded);
    if (loaded->model) loaded->api->close(&loaded->model);
    ptrun_engine_close(&loaded->engine);
    *loaded = (ptrun_loaded){0};
}

void ptrun_engine_args_release(ptrun_engine_args *args)
{
    ptrun_texts_release(&args->op_libraries);
}
