/* ptrun preprocess: one image to the array that the model would see, or a stage on the way there. */
#include "cli/commands.h"

#include "base/error.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/exit_code.h"
#include "cli/message.h"
#include "cli/recipe_args.h"
#include "output/npy.h"
#include "pipeline/prepare.h"

#include <stdlib.h>

typedef struct {
    const char *output, *stage;
    int64_t max_pixels;
    ptrun_recipe_args recipe;
} config;

/* The run in hand: the model as it was named, the file (NULL for none) and the recipe. */
typedef struct {
    const ptrun_cli *cli;
    const config *c;
    const char *model_name, *image_name;
    ptrun_model_file *model;
    ptrun_recipe_in_force in_force;
} preparation;

static const char *stage_name(size_t index)
{
    static const char *const names[] = {"decoded", "resized", "tensor"};
    return index < sizeof names / sizeof *names ? names[index] : NULL;
}

static const ptrun_option rows[] = {
    {PTRUN_OPTION_TEXT(config, output), .name = "output", .letter = 'o', .value = "FILE",
     .help = "the .npy file, replaced where it is there; - is standard output"},
    {PTRUN_OPTION_CHOICE(config, stage), .name = "stage", .value = "STAGE", .choice = stage_name,
     .fallback = "tensor", .help = "how far to go"},
    {PTRUN_OPTION_INT(config, max_pixels), .name = "max-pixels", .value = "N", .min = 1,
     .max = INT64_C(65535) * 65535, .fallback = "178956970", .help = "refuse larger images"},
    {.name = NULL},
};

static const ptrun_option_group groups[] = {
    {.title = "Options", .rows = rows},
    PTRUN_OPTION_GROUP("Recipe", ptrun_recipe_rows, config, recipe, ptrun_recipe_args),
    {.title = NULL},
};

static const ptrun_example examples[] = {
    {"ptrun preprocess model.pt cat.jpg -o cat.npy",
     "the tensor, for np.load() and a comparison with Python"},
    {"ptrun preprocess none cat.jpg --preset imagenet -o cat.npy", "by a recipe alone"},
    {"ptrun preprocess model.pt cat.jpg --stage decoded -o pixels.npy", "the decoded pixels"},
    {.line = NULL},
};

static ptrun_tensor pixels_of(const ptrun_image *image)
{
    return (ptrun_tensor){.data = image->pixels,
                          .dtype = PTRUN_DTYPE_U8,
                          .rank = 3,
                          .dims = {image->height, image->width, image->channels}};
}

static ptrun_status put_tensor(ptrun_preparer *preparer, const ptrun_image *resized, ptrun_buf *out,
                               ptrun_error *err)
{
    ptrun_tensor tensor = {
        .dtype = PTRUN_DTYPE_F32, .rank = 4, .dims = {1, resized->channels, resized->height, resized->width}};
    size_t values = (size_t)resized->width * (size_t)resized->height;
    float *data = ptrun_mem_mul(values, (size_t)resized->channels, &values)
                      ? ptrun_mem_alloc(values, sizeof *data)
                      : NULL;
    if (!data) return ptrun_fail_memory(err, "the tensor");
    ptrun_prepare_tensor(preparer, PTRUN_LAYOUT_CHANNELS_FIRST, data);
    tensor.data = data;
    ptrun_status status = ptrun_npy_put(out, &tensor, err);
    free(data);
    return status;
}

/* The image as far as the stage asks, as an array in `out`. */
static ptrun_status put_stage(const preparation *p, ptrun_preparer *preparer, ptrun_buf *out,
                              ptrun_error *err)
{
    bool decoded_only = ptrun_str_equal(p->c->stage, "decoded"), from_stdin = ptrun_str_equal(p->image_name, "-");
    if (decoded_only) ptrun_preparer_want_all(preparer);
    ptrun_status status = ptrun_prepare_file(preparer, from_stdin ? NULL : p->image_name, err);
    if (status != PTRUN_OK) return status;
    ptrun_tensor decoded = pixels_of(ptrun_prepare_decoded(preparer));
    if (decoded_only) return ptrun_npy_put(out, &decoded, err);
    const ptrun_image *resized;
    status = ptrun_prepare_resize(preparer, &resized, err);
    if (status != PTRUN_OK) return status;
    ptrun_tensor pixels = pixels_of(resized);
    if (ptrun_str_equal(p->c->stage, "resized")) return ptrun_npy_put(out, &pixels, err);
    return put_tensor(preparer, resized, out, err);
}

static ptrun_status prepare(const preparation *p, ptrun_buf *out, ptrun_error *err)
{
    ptrun_prep *prep = NULL;
    ptrun_preparer *preparer = NULL;
    ptrun_status status = ptrun_prep_open(&prep, &p->in_force.recipe, err);
    if (status == PTRUN_OK) status = ptrun_preparer_open(&preparer, prep, p->c->max_pixels, err);
    if (status == PTRUN_OK) status = put_stage(p, preparer, out, err);
    ptrun_preparer_close(&preparer);
    ptrun_prep_close(&prep);
    return status;
}

static int write_array(const preparation *p, ptrun_buf *array)
{
    ptrun_error err = {0};
    if (ptrun_str_equal(p->c->output, "-")) return ptrun_cli_print(p->cli, array);
    ptrun_status status = ptrun_fs_replace(p->c->output, array->data, array->length, &err);
    return status == PTRUN_OK ? PTRUN_EXIT_OK : ptrun_message_failure(p->cli, p->c->output, &err);
}

/* The model's file and the recipe; the exit code. */
static int open_recipe(preparation *p)
{
    ptrun_error err = {0};
    int code;
    bool none = ptrun_str_equal(p->model_name, "none");
    if (!none && ptrun_model_file_open(&p->model, p->model_name, &err) != PTRUN_OK)
        return ptrun_message_failure(p->cli, p->model_name, &err);
    bool resolved = ptrun_recipe_args_resolve(&p->c->recipe, p->cli, none ? NULL : p->model_name, p->model,
                                              &p->in_force, &code);
    return resolved ? PTRUN_EXIT_OK : code;
}

static int preprocess(const ptrun_cli *cli, const config *c, char **operands)
{
    preparation p = {.cli = cli, .c = c, .model_name = operands[0], .image_name = operands[1]};
    ptrun_buf array = {0};
    ptrun_error err = {0};
    int code = open_recipe(&p);
    if (code == PTRUN_EXIT_OK && prepare(&p, &array, &err) != PTRUN_OK)
        code = ptrun_message_failure(cli, p.image_name, &err);
    if (code == PTRUN_EXIT_OK) code = write_array(&p, &array);
    ptrun_buf_release(&array);
    ptrun_recipe_in_force_release(&p.in_force);
    ptrun_model_file_close(&p.model);
    return code;
}

/* What the options alone cannot say; NULL where all is well. */
static const char *wrong_usage(const ptrun_cli *cli, const config *c, int n_operands, char **operands)
{
    if (n_operands != 2) return "a model and one image are needed";
    if (!c->output) return "--output: needed; - is standard output";
    if (ptrun_str_equal(c->output, "-") && cli->out_terminal)
        return "--output: an array is nothing for a terminal; name a file";
    if (ptrun_str_equal(operands[0], "none") && !c->recipe.recipe && !c->recipe.preset)
        return "none: needs --preset or --recipe";
    return NULL;
}

static int run(ptrun_cli *cli, int argc, char **argv)
{
    config c = {0};
    int n_operands, code;
    if (!ptrun_command_begin(cli, &ptrun_command_preprocess, &c, argc, argv, &n_operands, &code)) return code;
    const char *wrong = wrong_usage(cli, &c, n_operands, argv + 1);
    return wrong ? ptrun_message_usage(cli, ptrun_command_preprocess.name, "%s", wrong)
                 : preprocess(cli, &c, argv + 1);
}

const ptrun_command ptrun_command_preprocess = {
    .name = "preprocess",
    .summary = "the exact tensor that the model would see, as .npy",
    .usage = "MODEL IMAGE -o FILE [OPTION]...",
    .description =
        "Writes what the model would see of an image: float32 of shape (1, C, H, W), bit for bit what Pillow "
        "and torchvision give. --stage decoded writes the pixels after decoding instead, uint8 of shape "
        "(H, W, 3) in RGB order; --stage resized those after the geometric steps.\n"
        "IMAGE is a file or - for standard input. MODEL gives the recipe; with --preset or --recipe it may be "
        "none. The model is not run, and no engine is loaded.",
    .groups = groups,
    .examples = examples,
    .run = run,
};
