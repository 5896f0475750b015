#include "cli/inspect_engine.h"

#include "base/crash.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/watch.h"
#include "cli/exit_code.h"
#include "cli/inspect_dot.h"
#include "cli/inspection.h"
#include "cli/message.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FREE_SIDE = 224 };

/* What the engine said. */
typedef struct {
    ptrun_loaded loaded;
    int64_t input[4], output[2];
    ptrun_error probe;   /* why the forward failed */
    ptrun_error untold;  /* why there is no structure */
    ptrun_buf operators; /* JSON; empty where the engine has none */
    ptrun_buf structure; /* JSON; empty where the engine cannot tell, or the forward failed */
    ptrun_json *parsed;  /* the same; NULL */
} findings;

static int append(void *context, const char *text, size_t length)
{
    ptrun_buf_put(context, text, length);
    return 0;
}

/* The forward once more, by an engine that can tell what it does. */
static ptrun_status read_structure(findings *f, const ptrun_tensor *input, ptrun_error *err)
{
    const ptrun_engine_api *api = f->loaded.api;
    if (api->size < offsetof(ptrun_engine_api, structure) + sizeof api->structure || !api->structure)
        return ptrun_fail(err, PTRUN_ENGINE_FAILED, "this engine cannot describe a model's graph");
    ptrun_status status = api->structure(f->loaded.model, input, append, &f->structure, err);
    if (status == PTRUN_OK && f->structure.failed) status = ptrun_fail_memory(err, "the model's graph");
    if (status == PTRUN_OK)
        status = ptrun_json_parse(&f->parsed, ptrun_buf_text(&f->structure), f->structure.length,
                                  PTRUN_ENGINE_FAILED, err);
    if (status != PTRUN_OK) ptrun_buf_clear(&f->structure);
    return status;
}

/* One image of zeros, of the recipe's size where it has one. */
static void run_probe(const ptrun_inspect_engine *inspect, findings *f)
{
    const ptrun_recipe *recipe = inspect->recipe;
    int32_t width = FREE_SIDE, height = FREE_SIDE;
    (void)ptrun_recipe_fixed_size(recipe, &width, &height);
    int64_t channels = ptrun_recipe_channels(recipe), *d = f->input;
    d[0] = 1, d[1] = channels, d[2] = height, d[3] = width;
    float *zeros = ptrun_mem_zalloc((size_t)(d[1] * d[2] * d[3]), sizeof *zeros);
    if (!zeros) {
        (void)ptrun_fail_memory(&f->probe, "an image");
        return;
    }
    ptrun_tensor input = ptrun_engine_images(zeros, d[0], d[1], d[2], d[3], PTRUN_LAYOUT_CHANNELS_FIRST);
    ptrun_engine_output output;
    ptrun_crash_guard_begin(inspect->path, "a crash in a forward of zeros", PTRUN_INFERENCE_CRASHED,
                            PTRUN_EXIT_INFERENCE, 0);
    ptrun_watch_enter();
    if (f->loaded.api->run(&output, f->loaded.model, &input, &f->probe) == PTRUN_OK) {
        f->output[0] = output.rows, f->output[1] = output.cols;
        (void)read_structure(f, &input, &f->untold);
    }
    ptrun_watch_leave();
    ptrun_crash_guard_end();
    free(zeros);
}

static ptrun_status describe(const findings *f, const char *what, ptrun_buf *out, ptrun_error *err)
{
    if (!f->loaded.api->describe)
        return ptrun_fail(err, PTRUN_ENGINE_FAILED, "this engine cannot describe a model");
    return f->loaded.api->describe(f->loaded.model, what, append, out, err);
}

static void put_error(ptrun_json_writer *w, const char *key, const ptrun_error *error)
{
    ptrun_json_put_key(w, key);
    ptrun_json_begin_object(w);
    ptrun_json_put_member(w, "code", ptrun_status_word(error->status));
    ptrun_json_put_member(w, "message", ptrun_error_message(error));
    ptrun_json_end_object(w);
}

static void put_shape(ptrun_json_writer *w, const char *key, const int64_t *dims, int rank)
{
    ptrun_json_put_key(w, key);
    ptrun_json_begin_array(w);
    for (int i = 0; i < rank; i++) ptrun_json_put_int(w, dims[i]);
    ptrun_json_end_array(w);
}

static void put_json(ptrun_buf *out, const ptrun_inspect_engine *inspect, const findings *f)
{
    ptrun_json_writer w = {.buf = out};
    ptrun_json_begin_object(&w);
    ptrun_json_put_member(&w, "status", "ok");
    ptrun_json_put_member(&w, "name", inspect->args->engine);
    ptrun_json_put_member(&w, "library", f->loaded.engine_info.library);
    ptrun_json_put_member(&w, "device", inspect->args->device);
    ptrun_json_put_member(&w, "preparation", f->loaded.info.variant);
    ptrun_json_put_key(&w, "input_channels");
    ptrun_json_put_int(&w, f->loaded.info.input_channels);
    put_shape(&w, "input_shape", f->input, 4);
    if (f->probe.status == PTRUN_OK) put_shape(&w, "output_shape", f->output, 2);
    else put_error(&w, "forward", &f->probe);
    if (f->operators.length) {
        ptrun_json_put_key(&w, "operators");
        ptrun_json_put_raw(&w, f->operators.data, f->operators.length);
    }
    if (f->parsed) {
        ptrun_json_put_key(&w, "structure");
        ptrun_json_put_raw(&w, f->structure.data, f->structure.length);
    }
    ptrun_json_end_object(&w);
}

/* {"aten::conv2d":2,…} for people: "aten::conv2d 2, …". Names of operators hold no quotes. */
static void put_operators(ptrun_buf *line, const ptrun_buf *json)
{
    for (size_t i = 1; i + 1 < json->length; i++) {
        char c = json->data[i];
        if (c == ',') ptrun_buf_puts(line, ", ");
        else if (c == ':' && json->data[i - 1] == '"') ptrun_buf_putc(line, ' ');
        else if (c != '"') ptrun_buf_putc(line, c);
    }
}

/* "8.18 GFLOP for one image" */
static void put_work(ptrun_buf *line, const ptrun_json *structure)
{
    static const char *const units[] = {"", "k", "M", "G", "T", "P"};
    ptrun_json_node root = ptrun_json_root(structure), others = ptrun_json_member(root, "uncounted");
    ptrun_error ignored = {0};
    double flops, scaled;
    size_t unit = 0, n = ptrun_json_count(others);
    if (ptrun_json_get_double(ptrun_json_member(root, "flops"), PTRUN_ENGINE_FAILED, &flops, &ignored) != PTRUN_OK)
        return;
    for (scaled = flops; scaled >= 999.5 && unit + 1 < sizeof units / sizeof *units; unit++) scaled /= 1000;
    ptrun_buf_printf(line, "%s%.3g %sFLOP for one image, a multiply-add being two", n ? "at least " : "", scaled,
                     units[unit]);
    for (size_t i = 0; i < n; i++) {
        const char *name;
        if (ptrun_json_get_string(ptrun_json_at(others, i), PTRUN_ENGINE_FAILED, &name, &ignored) == PTRUN_OK)
            ptrun_buf_printf(line, "%s%s", i ? ", " : "; not counted: ", name);
    }
}

static void put_table(ptrun_buf *out, const ptrun_inspect_engine *inspect, const findings *f)
{
    char text[160];
    ptrun_buf line = {0};
    const int64_t *d = f->input;
    ptrun_buf_printf(&line, "%s on %s, prepared as \"%s\"", f->loaded.engine_info.library,
                     inspect->args->device, f->loaded.info.variant);
    ptrun_inspection_put_line(out, "engine", ptrun_buf_text(&line));
    ptrun_buf_clear(&line);
    if (f->probe.status == PTRUN_OK)
        snprintf(text, sizeof text, "%lld x %lld for an input of %lld x %lld x %lld x %lld",
                 (long long)f->output[0], (long long)f->output[1], (long long)d[0], (long long)d[1],
                 (long long)d[2], (long long)d[3]);
    ptrun_inspection_put_line(out, "output",
                              f->probe.status == PTRUN_OK ? text : ptrun_error_message(&f->probe));
    if (f->parsed) {
        put_work(&line, f->parsed);
        ptrun_inspection_put_line(out, "work", ptrun_buf_text(&line));
        ptrun_buf_clear(&line);
    }
    put_operators(&line, &f->operators);
    ptrun_inspection_put_line(out, "operators", ptrun_buf_text(&line));
    out->failed |= line.failed;
    ptrun_buf_release(&line);
}

static int fail(const ptrun_inspect_engine *inspect, const ptrun_error *error, ptrun_buf *out)
{
    ptrun_json_writer w = {.buf = out};
    bool missing = error->status == PTRUN_ENGINE_NOT_FOUND && inspect->optional;
    if (inspect->json && !inspect->text) {
        ptrun_json_begin_object(&w);
        ptrun_json_put_member(&w, "status", missing ? "missing" : "error");
        put_error(&w, "error", error);
        ptrun_json_end_object(&w);
    }
    if (!inspect->json && !inspect->text)
        ptrun_inspection_put_line(
            out, "engine", missing ? "not found, so the model was not loaded" : ptrun_error_message(error));
    if (!missing)
        return ptrun_message_failure(
            inspect->cli, ptrun_engine_args_culprit(inspect->args, inspect->path, error->status), error);
    return PTRUN_EXIT_OK;
}

static ptrun_status draw(const ptrun_inspect_engine *inspect, findings *f, ptrun_buf *out, ptrun_error *err)
{
    run_probe(inspect, f);
    if (f->parsed) return ptrun_inspect_dot_put(out, inspect->path, f->parsed, inspect->depth, err);
    *err = f->probe.status == PTRUN_OK ? f->untold : f->probe;
    return err->status;
}

/* Everything that loads LibTorch. */
static int examine(const ptrun_inspect_engine *inspect, ptrun_buf *out)
{
    findings f = {0};
    ptrun_error err = {0};
    int code = PTRUN_EXIT_OK;
    ptrun_status status = ptrun_engine_args_load(inspect->args, inspect->path, inspect->file, inspect->recipe,
                                                 1, &f.loaded, &err);
    if (status == PTRUN_OK && inspect->text && ptrun_str_equal(inspect->text, "dot")) {
        status = draw(inspect, &f, out, &err);
    } else if (status == PTRUN_OK && inspect->text) {
        status = describe(&f, inspect->text, out, &err);
    } else if (status == PTRUN_OK) {
        ptrun_error ignored = {0};
        if (describe(&f, "operators", &f.operators, &ignored) != PTRUN_OK) ptrun_buf_clear(&f.operators);
        run_probe(inspect, &f);
        if (inspect->json) put_json(out, inspect, &f);
        else put_table(out, inspect, &f);
    }
    if (status != PTRUN_OK) code = fail(inspect, &err, out);
    ptrun_loaded_close(&f.loaded);
    ptrun_json_close(&f.parsed);
    ptrun_buf_release(&f.operators);
    ptrun_buf_release(&f.structure);
    return code;
}

static _Noreturn void be_child(const ptrun_inspect_engine *inspect, int pipe_end)
{
    ptrun_buf text = {0};
    ptrun_error err = {0};
    int code = examine(inspect, &text);
    if (text.failed || ptrun_fs_write_all(pipe_end, ptrun_buf_text(&text), text.length, &err) != PTRUN_OK)
        code = PTRUN_EXIT_INTERNAL;
    _exit(code);
}

/* The child's text and its exit code; it has told of its failures, a crash included. */
static int wait_for_child(pid_t child, int pipe_end, ptrun_buf *out)
{
    int state;
    ptrun_error err = {0};
    bool read = ptrun_fs_read_fd(pipe_end, (size_t)1 << 30, out, &err) == PTRUN_OK;
    while (waitpid(child, &state, 0) < 0)
        if (errno != EINTR) return PTRUN_EXIT_INTERNAL;
    return read && WIFEXITED(state) ? WEXITSTATUS(state) : PTRUN_EXIT_INTERNAL;
}

/* The child ended without a word for the report. */
static void put_crash(const ptrun_inspect_engine *inspect, int code, ptrun_buf *out)
{
    ptrun_status status = code == PTRUN_EXIT_INFERENCE ? PTRUN_INFERENCE_CRASHED : PTRUN_MODEL_LOAD_CRASHED;
    if (inspect->text || code == PTRUN_EXIT_OK) return;
    if (inspect->json)
        ptrun_buf_printf(out, "{\"status\":\"crashed\",\"error\":{\"code\":\"%s\"}}",
                         ptrun_status_word(status));
    else ptrun_inspection_put_line(out, "engine", ptrun_status_text(status));
}

int ptrun_inspect_engine_run(const ptrun_inspect_engine *inspect, ptrun_buf *out)
{
    int ends[2];
    ptrun_error err = {0};
    size_t before = out->length;
    pid_t child = pipe(ends) == 0 ? fork() : -1;
    if (child < 0) {
        (void)ptrun_fail(&err, PTRUN_INTERNAL, "no process for the engine: %s", strerrordesc_np(errno));
        return fail(inspect, &err, out);
    }
    if (child == 0) {
        close(ends[0]);
        be_child(inspect, ends[1]);
    }
    close(ends[1]);
    int code = wait_for_child(child, ends[0], out);
    close(ends[0]);
    if (out->length == before) put_crash(inspect, code, out);
    return code;
}
