/* The fake engine keeps the rules of ptrun/engine.h and does what its behaviour words say. */
#include "engine/engine.h"

#include "check.h"

#include <math.h>
#include <stdlib.h>

enum { BATCH = 3, CHANNELS = 3, SIDE = 6, PIXELS = CHANNELS * SIDE * SIDE };

static const ptrun_engine_api *api;
static float images[BATCH * PIXELS];

static ptrun_tensor batch_of(int64_t count, float *data)
{
    return (ptrun_tensor){.data = data,
                          .dtype = PTRUN_DTYPE_F32,
                          .rank = 4,
                          .dims = {count, CHANNELS, SIDE, SIDE},
                          .strides = {PIXELS, SIDE * SIDE, SIDE, 1}};
}

static ptrun_engine_options options_for(const char *bytes)
{
    return (ptrun_engine_options){.bytes = bytes, .size = strlen(bytes), .threads = 1, .optimize = "off"};
}

static ptrun_status open_status(const ptrun_engine_options *options, ptrun_error *err)
{
    ptrun_engine_model *model;
    ptrun_status status = api->open(&model, options, err);
    CHECK((model != NULL) == (status == PTRUN_OK));
    api->close(&model);
    CHECK(model == NULL);
    return status;
}

static ptrun_engine_model *open_model(const char *behaviour)
{
    char bytes[128];
    ptrun_engine_model *model;
    ptrun_error error = {0};
    snprintf(bytes, sizeof bytes, "PK archive PTRUN_FAKE:%s\nrest", behaviour);
    ptrun_engine_options options = options_for(bytes);
    CHECK(api->open(&model, &options, &error) == PTRUN_OK);
    return model;
}

static ptrun_status run(ptrun_engine_model *model, int64_t count, ptrun_engine_output *output)
{
    ptrun_error error = {0};
    ptrun_tensor input = batch_of(count, images);
    ptrun_status status = api->run(output, model, &input, &error);
    CHECK(error.status == status);
    CHECK((output->data != NULL) == (status == PTRUN_OK));
    return status;
}

/* What an image gives does not depend on its company, and depends on the image. */
static void check_rows(void)
{
    float together[BATCH * 10];
    ptrun_engine_output output;
    ptrun_engine_model *model = open_model("");
    CHECK(run(model, BATCH, &output) == PTRUN_OK);
    CHECK(output.rows == BATCH && output.cols == 10);
    memcpy(together, output.data, sizeof together);
    CHECK(memcmp(together, together + 10, 10 * sizeof(float)) != 0);
    for (int i = 0; i < BATCH; i++) {
        ptrun_error error = {0};
        ptrun_tensor one = batch_of(1, images + i * PIXELS);
        CHECK(api->run(&output, model, &one, &error) == PTRUN_OK);
        CHECK(output.rows == 1 && memcmp(output.data, together + 10 * i, 10 * sizeof(float)) == 0);
    }
    api->close(&model);
}

static void check_outputs(void)
{
    ptrun_engine_output output;
    ptrun_engine_model *model = open_model("classes=4,nan=4,inf=1");
    CHECK(run(model, 3, &output) == PTRUN_OK);
    CHECK(output.cols == 4 && isinf(output.data[4]) && isfinite(output.data[0]) && isfinite(output.data[5]));
    CHECK(run(model, 2, &output) == PTRUN_OK); /* images 3 and 4 */
    CHECK(isfinite(output.data[0]) && isnan(output.data[4]));
    api->close(&model);
    model = open_model("rows");
    CHECK(run(model, 2, &output) == PTRUN_OK && output.rows == 3);
    api->close(&model);
    model = open_model("empty");
    CHECK(run(model, 2, &output) == PTRUN_OK && output.cols == 0);
    api->close(&model);
    model = open_model("probabilities");
    CHECK(run(model, 1, &output) == PTRUN_OK);
    double sum = 0;
    for (int i = 0; i < 10; i++) sum += (double)output.data[i];
    CHECK(fabs(sum - 1) < 1e-5);
    api->close(&model);
}

static void check_failing_runs(void)
{
    ptrun_engine_output output;
    ptrun_engine_model *model = open_model("oom=2,fail=4");
    CHECK(run(model, 3, &output) == PTRUN_OUT_OF_MEMORY);
    CHECK(run(model, 1, &output) == PTRUN_OK);
    CHECK(run(model, 1, &output) == PTRUN_INFERENCE_FAILED); /* image 4 */
    CHECK(run(model, 1, &output) == PTRUN_OK);
    api->close(&model);
    model = open_model("fixed-batch=2,channels=1,training");
    CHECK(run(model, 2, &output) == PTRUN_MODEL_INPUT_SHAPE);
    ptrun_engine_model_info info;
    api->model_info(model, &info);
    CHECK(info.input_channels == 1 && info.saved_training == 1);
    api->close(&model);
    model = open_model("fixed-batch=2,channels=3");
    CHECK(run(model, 1, &output) == PTRUN_INFERENCE_FAILED);
    CHECK(run(model, 2, &output) == PTRUN_OK);
    api->close(&model);
}

static void check_refusals(void)
{
    ptrun_error error = {0};
    ptrun_engine_options options = options_for("PTRUN_FAKE:clases=3");
    CHECK(open_status(&options, &error) == PTRUN_MODEL_LOAD_FAILED);
    CHECK_TEXT(error.detail, "the fake engine does not know 'clases=3'");
    options = options_for("PTRUN_FAKE:refuse");
    CHECK(open_status(&options, &error) == PTRUN_MODEL_LOAD_FAILED);
    options = options_for("");
    CHECK(open_status(&options, &error) == PTRUN_OK);
    options.device = (ptrun_device){PTRUN_DEVICE_CUDA, 0};
    CHECK(open_status(&options, &error) == PTRUN_DEVICE_UNAVAILABLE);
    options = options_for("");
    options.optimize = "frozen";
    CHECK(open_status(&options, &error) == PTRUN_ENGINE_FAILED);
    options = options_for("");
    options.select = (ptrun_select){PTRUN_SELECT_KEY, 0, "logits"};
    CHECK(open_status(&options, &error) == PTRUN_OUTPUT_SELECT);
}

static void check_environment(void)
{
    ptrun_engine_output output;
    setenv("PTRUN_FAKE", "classes=7", 1);
    ptrun_engine_model *model = open_model("classes=5"), *instance;
    unsetenv("PTRUN_FAKE");
    ptrun_error error = {0};
    CHECK(run(model, 1, &output) == PTRUN_OK && output.cols == 7);
    CHECK(api->instance(&instance, model, 1, &error) == PTRUN_OK);
    CHECK(run(instance, 1, &output) == PTRUN_OK && output.cols == 7);
    api->close(&instance);
    api->close(&model);
}

int main(void)
{
    ptrun_engine *engine;
    ptrun_error error = {0};
    for (size_t i = 0; i < sizeof images / sizeof *images; i++) images[i] = (float)(i * 37 % 101) / 101;
    CHECK(ptrun_engine_load(&engine, "fake", PTRUN_ENGINES, NULL, &error) == PTRUN_OK);
    if (!engine) return CHECK_DONE();
    api = ptrun_engine_table(engine);
    check_rows();
    check_outputs();
    check_failing_runs();
    check_refusals();
    check_environment();
    ptrun_engine_close(&engine);
    CHECK(engine == NULL);
    return CHECK_DONE();
}
