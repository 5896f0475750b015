/* The fake engine: class k of an image is a fixed pseudo-random projection of the means of its channels
 * over a grid of blocks. The same image gives the same bits alone and in any batch, on every machine. */
#include "behaviour.h"
#include "ptrun/engine.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { GRID = 4 };

/* In the order in which they are tried. */
static const struct variant {
    const char *name;
    int broken, late, crash;
    int64_t time;  /* tenths of that of the model as it was loaded */
    double factor; /* of the logits */
} variants[] = {
    {"crash", 0, 0, 1, 1, 1},       {"fast", 0, 0, 0, 1, 1.000001}, {"near", 0, 0, 0, 2, 1.000001}, {"broken", 1, 0, 0, 1, 1},
    {"late", 0, 1, 0, 1, 1},        {"wrong", 0, 0, 0, 1, 1.001},   {"slow", 0, 0, 0, 40, 1},
};

struct ptrun_engine_model {
    fake_behaviour behaviour;
    const struct variant *variant; /* NULL: as it was loaded */
    int64_t runs;                  /* since it was prepared */
    int64_t images; /* seen by this model so far */
    float *logits;
    size_t capacity;
};

__attribute__((format(printf, 3, 4))) static ptrun_status fail(ptrun_error *err, ptrun_status status,
                                                               const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    err->status = status;
    vsnprintf(err->detail, sizeof err->detail, format, arguments);
    va_end(arguments);
    return status;
}

static void crash(void)
{
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    abort(); /* a sanitizer would report the fault as ours */
#else
    volatile int *volatile nowhere = (volatile int *)(uintptr_t)16;
    *nowhere = 1;
#endif
}

static int has_variants(void)
{
    fake_behaviour behaviour;
    char unknown[64];
    return fake_behaviour_read(&behaviour, NULL, 0, unknown) == 0 && behaviour.variants;
}

static ptrun_status fake_info(ptrun_engine_info *out, int32_t look_for_devices, ptrun_error *err)
{
    (void)look_for_devices, (void)err;
    *out = (ptrun_engine_info){.name = "fake", .library = "fake 1", .devices = "cpu", .variants = "off auto"};
    if (has_variants()) out->variants = "auto off crash fast near broken late wrong slow";
    return PTRUN_OK;
}

static ptrun_status check_options(const ptrun_engine_options *options, ptrun_error *err)
{
    if (options->device.kind != PTRUN_DEVICE_CPU)
        return fail(err, PTRUN_DEVICE_UNAVAILABLE, "the fake engine has only the CPU");
    if (options->precision != PTRUN_PRECISION_FP32)
        return fail(err, PTRUN_ENGINE_FAILED, "the fake engine computes in fp32 only");
    if (strcmp(options->optimize, "off") != 0 && strcmp(options->optimize, "auto") != 0)
        return fail(err, PTRUN_ENGINE_FAILED, "no variant '%.64s'; there are: off auto", options->optimize);
    if (options->quantized_engine)
        return fail(err, PTRUN_ENGINE_FAILED, "no int8 engine '%.64s'; there is none",
                    options->quantized_engine);
    if (options->n_op_libraries)
        return fail(err, PTRUN_ENGINE_FAILED, "the fake engine takes no operator libraries");
    if (options->select.kind == PTRUN_SELECT_KEY ||
        (options->select.kind == PTRUN_SELECT_INDEX && options->select.index))
        return fail(err, PTRUN_OUTPUT_SELECT, "the model returns one tensor");
    return PTRUN_OK;
}

static ptrun_status fake_open(ptrun_engine_model **out, const ptrun_engine_options *options, ptrun_error *err)
{
    char unknown[64];
    *out = NULL;
    if (check_options(options, err) != PTRUN_OK) return err->status;
    ptrun_engine_model *model = calloc(1, sizeof *model);
    if (!model) return fail(err, PTRUN_OUT_OF_MEMORY, "no memory for the model");
    ptrun_status status = PTRUN_OK;
    if (fake_behaviour_read(&model->behaviour, options->bytes, options->size, unknown) != 0)
        status = fail(err, PTRUN_MODEL_LOAD_FAILED, "the fake engine does not know '%s'", unknown);
    else if (model->behaviour.refuse)
        status = fail(err, PTRUN_MODEL_LOAD_FAILED, "refused, as it was asked for");
    if (model->behaviour.crash_load) crash();
    if (status == PTRUN_OK) *out = model;
    else free(model);
    return status;
}

static void fake_model_info(const ptrun_engine_model *model, ptrun_engine_model_info *out)
{
    *out = (ptrun_engine_model_info){.input_channels = model->behaviour.channels,
                                     .saved_training = model->behaviour.training != 0,
                                     .variant = model->variant ? model->variant->name : "off"};
}

static void fake_close(ptrun_engine_model **model)
{
    if (!*model) return;
    free((*model)->logits);
    free(*model);
    *model = NULL;
}

static ptrun_status check_input(const ptrun_engine_model *model, const ptrun_tensor *input, ptrun_error *err)
{
    int64_t stride = 1, channels = model->behaviour.channels;
    if (input->dtype != PTRUN_DTYPE_F32 || input->rank != 4)
        return fail(err, PTRUN_MODEL_INPUT_SHAPE, "the tensor is not float32 of rank 4");
    for (int i = 3; i >= 0; i--) {
        if (input->dims[i] < 1 || input->strides[i] != stride)
            return fail(err, PTRUN_MODEL_INPUT_SHAPE, "the tensor is empty or not contiguous");
        stride *= input->dims[i];
    }
    if (channels && channels != input->dims[1])
        return fail(err, PTRUN_MODEL_INPUT_SHAPE,
                    "the model takes %" PRId64 " channels, the tensor has %" PRId64, channels,
                    input->dims[1]);
    return PTRUN_OK;
}

/* Which behaviour ends a forward of `images` images before it begins. */
static ptrun_status check_behaviour(const ptrun_engine_model *model, int64_t images, ptrun_error *err)
{
    const fake_behaviour *b = &model->behaviour;
    if (b->crash_run) crash();
    const struct variant *v = model->variant;
    if (v && v->crash) crash();
    if (v && v->late && model->runs > 0) return fail(err, PTRUN_INFERENCE_FAILED, "failed late, as it was asked for");
    int64_t us = b->sleep_ms * (v ? v->time * 100 : 1000);
    if (us) nanosleep(&(struct timespec){us / 1000000, us % 1000000 * 1000}, NULL);
    if (b->oom && images > b->oom)
        return fail(err, PTRUN_OUT_OF_MEMORY, "no memory for %" PRId64 " images", images);
    if (b->fixed_batch && images != b->fixed_batch)
        return fail(err, PTRUN_INFERENCE_FAILED, "the model takes %" PRId64 " images, not %" PRId64,
                    b->fixed_batch, images);
    if (b->fail == FAKE_ALWAYS || (b->fail >= model->images && b->fail < model->images + images))
        return fail(err, PTRUN_INFERENCE_FAILED, "RuntimeError: failed, as it was asked for");
    return PTRUN_OK;
}

/* A fixed number in [-1, 1) for each triple. */
static double weight(uint32_t class, uint32_t channel, uint32_t block)
{
    uint32_t x = class * 0x9E3779B1u ^ channel * 0x85EBCA77u ^ block * 0xC2B2AE3Du;
    x = (x ^ x >> 15) * 0x2C1B3C6Du;
    x = (x ^ x >> 12) * 0x297A2D39u;
    return (double)(x ^ x >> 15) / 2147483648.0 - 1;
}

/* Mean over block (by, bx) of one channel; a block of a small image is at least one pixel. */
static double block_mean(const float *channel, int64_t height, int64_t width, int by, int bx)
{
    int64_t top = by * height / GRID, bottom = (by + 1) * height / GRID;
    int64_t left = bx * width / GRID, right = (bx + 1) * width / GRID;
    if (bottom == top) bottom++;
    if (right == left) right++;
    double sum = 0;
    for (int64_t y = top; y < bottom; y++)
        for (int64_t x = left; x < right; x++) sum += channel[y * width + x];
    return sum / (double)((bottom - top) * (right - left));
}

static void project(const fake_behaviour *b, const float *image, const int64_t dims[4], float *logits)
{
    for (int64_t k = 0; k < b->classes; k++) logits[k] = 0;
    for (int64_t c = 0; c < dims[1]; c++)
        for (int block = 0; block < GRID * GRID; block++) {
            double mean =
                block_mean(image + c * dims[2] * dims[3], dims[2], dims[3], block / GRID, block % GRID);
            for (int64_t k = 0; k < b->classes; k++)
                logits[k] += (float)(mean * weight((uint32_t)k, (uint32_t)c, (uint32_t)block));
        }
}

static void normalise(float *logits, int64_t classes)
{
    double sum = 0;
    for (int64_t k = 0; k < classes; k++) sum += exp((double)logits[k]);
    for (int64_t k = 0; k < classes; k++) logits[k] = (float)(exp((double)logits[k]) / sum);
}

static void fill_row(const ptrun_engine_model *model, int64_t number, const float *image,
                     const int64_t dims[4], float *logits)
{
    const fake_behaviour *b = &model->behaviour;
    project(b, image, dims, logits);
    for (int64_t k = 0; model->variant && k < b->classes; k++) logits[k] *= (float)model->variant->factor;
    if (b->probabilities) normalise(logits, b->classes);
    if (b->nan == FAKE_ALWAYS || b->nan == number) logits[0] = NAN;
    if (b->inf == FAKE_ALWAYS || b->inf == number) logits[0] = INFINITY;
}

static int reserve(ptrun_engine_model *model, size_t count)
{
    if (count <= model->capacity) return 0;
    float *grown = realloc(model->logits, count * sizeof *grown); /* at most 10^6 classes for each image */
    if (!grown) return -1;
    model->logits = grown;
    model->capacity = count;
    return 0;
}

static void set_output(ptrun_engine_output *out, const ptrun_engine_model *model, int64_t images)
{
    const fake_behaviour *b = &model->behaviour;
    out->data = model->logits;
    out->rows = images + (b->rows != 0);
    out->cols = b->empty ? 0 : b->classes;
    out->dtype = b->integers ? "int64" : "float32";
    out->integral = b->integers != 0;
    out->rank = b->maps ? 4 : 2;
    out->dims[0] = images, out->dims[1] = b->classes;
    out->dims[2] = out->dims[3] = 7; /* read where the rank is 4 */
}

static ptrun_status fake_run(ptrun_engine_output *out, ptrun_engine_model *model, const ptrun_tensor *input,
                             ptrun_error *err)
{
    const fake_behaviour *b = &model->behaviour;
    *out = (ptrun_engine_output){0};
    if (check_input(model, input, err) != PTRUN_OK) return err->status;
    int64_t images = input->dims[0], first = model->images;
    ptrun_status status = check_behaviour(model, images, err);
    model->images += images;
    model->runs++;
    if (status != PTRUN_OK) return status;
    if (reserve(model, (size_t)((images + 1) * b->classes) + 1) != 0)
        return fail(err, PTRUN_OUT_OF_MEMORY, "no memory for the output");
    for (int64_t i = 0; i < images; i++)
        fill_row(model, first + i, (const float *)input->data + i * input->strides[0], input->dims,
                 model->logits + i * b->classes);
    for (int64_t k = 0; k < b->classes; k++)
        model->logits[images * b->classes + k] = 0; /* the row too many */
    int combined = images > 1 && b->combines_from != FAKE_NEVER && first + images > b->combines_from;
    for (int64_t i = 0; combined && i < images; i++) model->logits[i * b->classes] += 100;
    set_output(out, model, images);
    return PTRUN_OK;
}

static ptrun_status fake_instance(ptrun_engine_model **out, ptrun_engine_model *model, int32_t threads,
                                  ptrun_error *err)
{
    (void)threads;
    *out = calloc(1, sizeof **out);
    if (!*out) return fail(err, PTRUN_OUT_OF_MEMORY, "no memory for the instance");
    (*out)->behaviour = model->behaviour;
    (*out)->variant = model->variant;
    return PTRUN_OK;
}

static ptrun_status fake_prepare(ptrun_engine_model *model, const char *name, const ptrun_tensor *input, int32_t warm_ups,
                                 ptrun_error *err)
{
    const struct variant *before = model->variant, *found = NULL;
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++)
        if (strcmp(variants[i].name, name) == 0) found = &variants[i];
    if (!found && strcmp(name, "off") != 0) return fail(err, PTRUN_ENGINE_FAILED, "no variant '%.64s'", name);
    if (found && found->broken) return fail(err, PTRUN_ENGINE_FAILED, "broken, as it was asked for");
    model->variant = found;
    model->runs = 0;
    ptrun_status status = PTRUN_OK;
    for (int32_t i = 0; i < warm_ups && status == PTRUN_OK; i++) {
        ptrun_engine_output output;
        status = fake_run(&output, model, input, err);
    }
    if (status != PTRUN_OK) model->variant = before;
    return status;
}

/* What the fake engine is made of, in the three forms of a description. */
static ptrun_status fake_describe(ptrun_engine_model *model, const char *what, ptrun_engine_text_fn put,
                                  void *context, ptrun_error *err)
{
    static const struct {
        const char *what, *text;
    } texts[] = {{"operators", "{\"fake::project\":1}"},
                 {"code", "def forward(self, x: Tensor) -> Tensor:\n  return project(x)\n"},
                 {"graph", "graph(%self, %x):\n  %y = fake::project(%x)\n  return (%y)\n"}};
    (void)model;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (strcmp(texts[i].what, what) != 0) continue;
        if (put(context, texts[i].text, strlen(texts[i].text)) == 0) return PTRUN_OK;
        return fail(err, PTRUN_STOPPED, "stopped");
    }
    return fail(err, PTRUN_USAGE, "no description '%.64s'; there are: operators code graph", what);
}

/* One forward; the times are always the same. */
static ptrun_status fake_profile(ptrun_engine_model *model, const ptrun_tensor *input, ptrun_engine_text_fn put,
                                 void *context, ptrun_error *err)
{
    static const char text[] = "{\"forward_ns\":4000000,\"operators\":["
                               "{\"name\":\"fake::project\",\"count\":1,\"total_ns\":3000000,\"self_ns\":2000000},"
                               "{\"name\":\"fake::mean\",\"count\":16,\"total_ns\":1000000,\"self_ns\":1000000}]}";
    ptrun_engine_output output;
    if (fake_run(&output, model, input, err) != PTRUN_OK) return err->status;
    return put(context, text, sizeof text - 1) == 0 ? PTRUN_OK : fail(err, PTRUN_STOPPED, "stopped");
}

/* The program of fake_describe. */
static ptrun_status fake_structure(ptrun_engine_model *model, const ptrun_tensor *input, ptrun_engine_text_fn put,
                                   void *context, ptrun_error *err)
{
    char text[640];
    const int64_t *d = input->dims;
    if (check_input(model, input, err) != PTRUN_OK) return err->status;
    int length =
        snprintf(text, sizeof text,
                 "{\"flops\":0,\"uncounted\":[\"fake::project\"],"
                 "\"calls\":[{\"caller\":0,\"name\":\"\",\"class\":\"Fake\"}],"
                 "\"nodes\":[{\"operator\":\"input\",\"call\":0},{\"operator\":\"output\",\"call\":0},"
                 "{\"operator\":\"fake::project\",\"call\":0}],"
                 "\"edges\":[{\"from\":0,\"to\":2,\"dtype\":\"float32\",\"shape\":[%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64
                 "]},{\"from\":2,\"to\":1,\"dtype\":\"float32\",\"shape\":[%" PRId64 ",%" PRId64 "]}]}",
                 d[0], d[1], d[2], d[3], d[0], model->behaviour.classes);
    return put(context, text, (size_t)length) == 0 ? PTRUN_OK : fail(err, PTRUN_STOPPED, "stopped");
}

static const char *fake_combines(ptrun_engine_model *model)
{
    return model->behaviour.combines ? "fake::mean over the images" : NULL;
}

#define MEMBERS                                                                                              \
    .abi = PTRUN_ENGINE_ABI, .size = sizeof(ptrun_engine_api), .info = fake_info, .open = fake_open,         \
    .model_info = fake_model_info, .run = fake_run, .close = fake_close, .instance = fake_instance,          \
    .describe = fake_describe, .profile = fake_profile, .structure = fake_structure,   \
    .combines = fake_combines

static const ptrun_engine_api plain = {MEMBERS}, preparing = {MEMBERS, .prepare = fake_prepare};

__attribute__((visibility("default"))) const ptrun_engine_api *ptrun_engine_entry(uint32_t abi);

const ptrun_engine_api *ptrun_engine_entry(uint32_t abi)
{
    (void)abi;
    return has_variants() ? &preparing : &plain;
}
