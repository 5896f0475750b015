/* Runs one tensor through an engine and prints what comes back, for tests: a line of facts about the model,
 * then for each row one line of outputs as hexadecimal floats, which lose nothing. An error is one line
 * "error CODE DETAIL" and exit code 1.
 *
 *   engine_probe [--KEY VALUE]... MODEL INPUT     INPUT: float32 .npy of rank 4, version 1.0, C order
 *   engine_probe [--KEY VALUE]... --layout last MODEL INPUT     the same tensor, given channels last
 *   engine_probe [--KEY VALUE]... --info          what the engine is */
#include "base/clock.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/num.h"
#include "base/str.h"
#include "engine/device.h"
#include "engine/engine.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

typedef struct {
    const char *engine, *directory, *library, *op_library, *describe, *prepare, *layout, *model, *input;
    int64_t repeat, info, profile, times, instance, prepare_rows, combines;
    ptrun_engine_options options;
} probe;

static int usage(const char *word)
{
    fprintf(stderr, "engine_probe: what is '%s'?\n", word);
    return 2;
}

static bool set_text(probe *p, const char *key, const char *value)
{
    const struct {
        const char *key;
        const char **place;
    } texts[] = {{"--engine", &p->engine},
                 {"--engine-dir", &p->directory},
                 {"--libtorch", &p->library},
                 {"--op-library", &p->op_library},
                 {"--describe", &p->describe},
                 {"--prepare", &p->prepare},
                 {"--layout", &p->layout},
                 {"--optimize", &p->options.optimize},
                 {"--quantized-engine", &p->options.quantized_engine},
                 {"--key", &p->options.select.key}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (ptrun_str_equal(texts[i].key, key)) return *texts[i].place = value, true;
    return false;
}

static bool set_option(probe *p, const char *key, const char *value)
{
    int64_t number = 0;
    if (set_text(p, key, value)) {
        if (p->options.select.key) p->options.select.kind = PTRUN_SELECT_KEY;
        return true;
    }
    if (ptrun_str_equal(key, "--device")) return ptrun_device_parse(value, &p->options.device);
    if (ptrun_str_equal(key, "--precision")) {
        static const char *const names[] = {"fp32", "bf16", "fp16"};
        for (int i = 0; i < 3; i++)
            if (ptrun_str_equal(value, names[i])) return p->options.precision = (ptrun_precision)i, true;
        return false;
    }
    if (!ptrun_num_parse_int(value, 0, 1000, &number)) return false;
    if (ptrun_str_equal(key, "--threads")) return p->options.threads = (int32_t)number, true;
    if (ptrun_str_equal(key, "--index"))
        return p->options.select = (ptrun_select){PTRUN_SELECT_INDEX, number, NULL}, true;
    const struct {
        const char *key;
        int64_t *place;
    } numbers[] = {{"--repeat", &p->repeat},
                   {"--times", &p->times},
                   {"--instance", &p->instance},
                   {"--prepare-rows", &p->prepare_rows},
                   {"--combines", &p->combines},
                   {"--profile", &p->profile}};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (ptrun_str_equal(numbers[i].key, key)) return *numbers[i].place = number, true;
    return false;
}

/* The shape and data of an .npy file inside `bytes`. */
static ptrun_status read_npy(const ptrun_bytes *bytes, ptrun_tensor *out, ptrun_error *err)
{
    *out = (ptrun_tensor){.dtype = PTRUN_DTYPE_F32, .rank = 4};
    char header[512] = "";
    size_t length = bytes->size > 10 ? bytes->data[8] + 256u * bytes->data[9] : 0;
    if (length == 0 || length >= sizeof header || bytes->size < 10 + length)
        return ptrun_fail(err, PTRUN_USAGE, "the input is no .npy file");
    memcpy(header, bytes->data + 10, length);
    const char *shape = strstr(header, "'shape': (");
    if (!strstr(header, "'<f4'") || !strstr(header, "False") || !shape ||
        sscanf(shape, "'shape': (%" SCNd64 ", %" SCNd64 ", %" SCNd64 ", %" SCNd64 ")", &out->dims[0],
               &out->dims[1], &out->dims[2], &out->dims[3]) != 4)
        return ptrun_fail(err, PTRUN_USAGE, "the input is not float32 of rank 4");
    int64_t stride = 1;
    for (int i = 3; i >= 0; i--) out->strides[i] = stride, stride *= out->dims[i];
    out->data = (void *)(uintptr_t)(bytes->data + 10 + length);
    return PTRUN_OK;
}

/* The same numbers, channels last, in memory of their own, which lives as long as the process. */
static ptrun_status turn_channels_last(ptrun_tensor *images, ptrun_error *err)
{
    const int64_t *d = images->dims, pixels = d[2] * d[3];
    float *from = images->data, *to = calloc((size_t)(d[0] * d[1] * pixels), sizeof *to);
    if (!to) return ptrun_fail(err, PTRUN_OUT_OF_MEMORY, "the input");
    for (int64_t i = 0; i < d[0]; i++)
        for (int64_t c = 0; c < d[1]; c++)
            for (int64_t p = 0; p < pixels; p++) to[(i * pixels + p) * d[1] + c] = *from++;
    *images = ptrun_engine_images(to, d[0], d[1], d[2], d[3], PTRUN_LAYOUT_CHANNELS_LAST);
    return PTRUN_OK;
}

static int put_text(void *context, const char *text, size_t length)
{
    (void)context;
    return fwrite(text, 1, length, stdout) != length;
}

static void print_output(const ptrun_engine_output *output)
{
    for (int64_t row = 0; row < output->rows; row++)
        for (int64_t col = 0; col < output->cols; col++)
            printf("%a%c", (double)output->data[row * output->cols + col],
                   col + 1 < output->cols ? ' ' : '\n');
}

static ptrun_status print_info(const ptrun_engine_api *api, ptrun_error *err)
{
    ptrun_engine_info info;
    ptrun_status status = api->info(&info, 1, err);
    if (status != PTRUN_OK) return status;
    const char *const lines[] = {info.name,    info.library,     info.library_path, info.instructions,
                                 info.devices, info.device_note, info.quantized,    info.variants};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) puts(lines[i] ? lines[i] : "-");
    return PTRUN_OK;
}

static ptrun_status run(const probe *p, const ptrun_engine_api *api, ptrun_engine_model *model,
                        const ptrun_tensor *input, ptrun_error *err)
{
    ptrun_engine_output output = {0};
    ptrun_status status = PTRUN_OK;
    ptrun_tensor first = *input;
    if (p->prepare_rows) first.dims[0] = p->prepare_rows;
    if (p->prepare) status = api->prepare(model, p->prepare, &first, 3, err);
    for (int64_t i = 0; i < p->repeat && status == PTRUN_OK; i++) {
        int64_t start = ptrun_clock_now();
        status = api->run(&output, model, input, err);
        if (p->times) fprintf(stderr, "run %.2f ms\n", (double)(ptrun_clock_now() - start) / 1e6);
    }
    ptrun_engine_model_info facts;
    api->model_info(model, &facts);
    if (status == PTRUN_OK) {
        printf("rows=%" PRId64 " channels=%" PRId64 " training=%d variant=%s warning=%s\n", output.rows,
               facts.input_channels, facts.saved_training, facts.variant, facts.warning ? facts.warning : "");
        print_output(&output);
    }
    if (status == PTRUN_OK && p->combines) {
        const char *combines = ptrun_engine_combines(api, model);
        puts(combines ? combines : "-");
    }
    if (status == PTRUN_OK && p->describe) status = api->describe(model, p->describe, put_text, NULL, err);
    if (status == PTRUN_OK && p->profile) status = api->profile(model, input, put_text, NULL, err);
    return status;
}

static ptrun_status run_model(const probe *p, const ptrun_engine_api *api, ptrun_error *err)
{
    ptrun_bytes bytes = {0}, file = {0};
    ptrun_tensor input;
    ptrun_engine_model *model = NULL, *instance = NULL;
    ptrun_engine_options options = p->options;
    ptrun_status status = ptrun_fs_map(p->model, &bytes, err);
    if (status == PTRUN_OK) status = ptrun_fs_read(p->input, 0, &file, err);
    if (status == PTRUN_OK) status = read_npy(&file, &input, err);
    if (status == PTRUN_OK && p->layout) status = turn_channels_last(&input, err);
    options.bytes = bytes.data;
    options.size = bytes.size;
    options.op_libraries = &p->op_library;
    options.n_op_libraries = p->op_library != NULL;
    int64_t start = ptrun_clock_now();
    if (status == PTRUN_OK) status = api->open(&model, &options, err);
    if (p->times) fprintf(stderr, "open %.2f ms\n", (double)(ptrun_clock_now() - start) / 1e6);
    if (status == PTRUN_OK && p->instance) status = api->instance(&instance, model, p->options.threads, err);
    if (status == PTRUN_OK) status = run(p, api, instance ? instance : model, &input, err);
    api->close(&instance);
    api->close(&model);
    ptrun_bytes_release(&file);
    ptrun_bytes_release(&bytes);
    return status;
}

int main(int argc, char **argv)
{
    probe p = {.engine = "torchscript", .repeat = 1, .options = {.threads = 1, .optimize = "off"}};
    int i = 1;
    for (; i < argc && ptrun_str_starts_with(argv[i], "--"); i++) {
        if (ptrun_str_equal(argv[i], "--info")) p.info = 1;
        else if (i + 1 >= argc || !set_option(&p, argv[i], argv[i + 1])) return usage(argv[i]);
        else i++;
    }
    if (!p.info && i + 2 != argc) return usage("the command line");
    p.model = p.info ? NULL : argv[i];
    p.input = p.info ? NULL : argv[i + 1];
    ptrun_error error = {0};
    ptrun_engine *engine;
    int64_t start = ptrun_clock_now();
    ptrun_status status = ptrun_engine_load(&engine, p.engine, p.directory, p.library, &error);
    if (p.times) fprintf(stderr, "load %.2f ms\n", (double)(ptrun_clock_now() - start) / 1e6);
    if (status == PTRUN_OK && p.info) status = print_info(ptrun_engine_table(engine), &error);
    if (status == PTRUN_OK && !p.info) status = run_model(&p, ptrun_engine_table(engine), &error);
    ptrun_engine_close(&engine);
    if (status != PTRUN_OK) printf("error %s %s\n", ptrun_status_word(status), error.detail);
    fflush(stdout);
    _exit(status != PTRUN_OK); /* LibTorch's exit handlers take longer than most cases */
}
