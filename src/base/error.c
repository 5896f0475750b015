#include "base/error.h"

#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* What a person reads about a status: what happened, and what to do about it (or NULL). */
typedef struct {
    ptrun_status status;
    const char *text;
    const char *hint;
} advice;

static const advice advices[] = {
    {PTRUN_INTERNAL, "an internal check failed", "this is a fault of ptrun: please report it with the command that you ran"},
    {PTRUN_OUT_OF_MEMORY, "out of memory", "try a smaller --batch, fewer --jobs, or a lower --max-pixels"},
    {PTRUN_USAGE, "wrong usage", NULL},
    {PTRUN_STOPPED, "stopped", NULL},
    {PTRUN_NO_INPUTS, "no image to classify", "name image files or folders; 'ptrun engines' lists the formats"},
    {PTRUN_LIST_UNREADABLE, "the list of inputs cannot be read", NULL},
    {PTRUN_OUTPUT_EXISTS, "the file exists already", "use --overwrite to replace it, or --resume to go on with an interrupted run"},
    {PTRUN_OUTPUT_FAILED, "the output cannot be written", "check free space and permissions of the output's folder"},
    {PTRUN_OUTPUT_CLOSED, "the reader of the output went away", NULL},
    {PTRUN_RESUME_MISMATCH, "the output file belongs to another run", "use the model, recipe and options of the interrupted run, or --overwrite to start anew"},
    {PTRUN_TRUTH_INVALID, "the true classes cannot be used", "docs/eval.md says how pictures get their true classes"},
    {PTRUN_RECORDS_INVALID, "not records of ptrun", "make them with 'ptrun classify MODEL INPUT... -o FILE' or 'ptrun eval --records FILE'"},
    {PTRUN_RECORDING_INVALID, "not a recording that can be replayed", "make one with scripts/record_eager.py; docs/verify.md has the format"},
    {PTRUN_FILE_NOT_FOUND, "no such file", NULL},
    {PTRUN_FILE_UNREADABLE, "the file cannot be read", NULL},
    {PTRUN_NOT_A_REGULAR_FILE, "not a regular file", NULL},
    {PTRUN_IMAGE_UNKNOWN_FORMAT, "not an image of a known format", "'ptrun engines' lists the formats; a file is recognised by its first bytes, not by its name"},
    {PTRUN_IMAGE_UNSUPPORTED, "an image of a kind that cannot be decoded exactly as Python does", "convert it to PNG first"},
    {PTRUN_IMAGE_TRUNCATED, "the image is cut off", "copy or download the file again"},
    {PTRUN_IMAGE_CORRUPT, "the image is damaged", "copy or download the file again"},
    {PTRUN_IMAGE_TOO_LARGE, "the image is too large", "where the file is trusted and no side is over 65535, raise --max-pixels"},
    {PTRUN_OUTPUT_NOT_FINITE, "the model's output holds NaN or infinity", "check the model on this image in Python; with --precision bf16 or fp16, try fp32"},
    {PTRUN_OUTPUT_SHAPE, "the model's output is no row of classes for each image", "choose the right part with the recipe's output.select"},
    {PTRUN_INFERENCE_FAILED, "the forward pass failed", "check the recipe's size and colour against what the model was trained with ('--print-recipe')"},
    {PTRUN_INFERENCE_CRASHED, "the engine crashed during the forward pass", "check the recipe's size and colour against what the model was trained with; --optimize off may help"},
    {PTRUN_INFERENCE_STALLED, "a forward does not come back", "its program holds a loop without an end; where it only takes long, raise --timeout"},
    {PTRUN_OUTPUT_DEPENDS_ON_BATCH, "an image's answer depends on the other images of its batch",
     "run it again with --batch 1, or with --output FILE, which makes such records again by itself"},
    {PTRUN_MODEL_NOT_FOUND, "no such file", NULL},
    {PTRUN_MODEL_UNREADABLE, "the model file cannot be read", NULL},
    {PTRUN_MODEL_EMPTY, "the file is empty", "copy or download the model again"},
    {PTRUN_MODEL_TRUNCATED, "the archive is cut off", "copy or download the model again"},
    {PTRUN_MODEL_CORRUPT, "the archive is damaged", "copy or download the model again"},
    {PTRUN_MODEL_UNKNOWN_FORMAT, "not a TorchScript archive", "save the model with torch.jit.save(torch.jit.trace(model.eval(), example), \"model.pt\")"},
    {PTRUN_MODEL_IS_STATE_DICT, "weights without a program (a state_dict or checkpoint)", "build the model in Python, load the weights, then export it: scripts/export_model.py module.py:factory --weights FILE -o model.pt"},
    {PTRUN_MODEL_IS_PICKLE, "a pickled Python object, not TorchScript", "export it from the Python code that defines it: scripts/export_model.py module.py:factory --weights FILE --allow-pickle -o model.pt"},
    {PTRUN_MODEL_IS_LFS_POINTER, "a Git LFS pointer, not the model itself", "fetch the file that it points to: git lfs pull"},
    {PTRUN_MODEL_IS_HTML, "a web page, not a model", "the download gave an error or login page: download the model again"},
    {PTRUN_MODEL_IS_ONNX, "an ONNX model", "export the original PyTorch model as TorchScript instead: scripts/export_model.py"},
    {PTRUN_MODEL_IS_SAFETENSORS, "weights without a program (safetensors)", "build the model in Python, load the weights, then export it: scripts/export_model.py module.py:factory --weights FILE -o model.pt"},
    {PTRUN_MODEL_IS_EXPORTED_PROGRAM, "an exported program (torch.export) or AOTInductor package", "export the original model as TorchScript instead: scripts/export_model.py"},
    {PTRUN_MODEL_IS_TENSORRT, "a TensorRT engine", "export the original PyTorch model as TorchScript instead: scripts/export_model.py"},
    {PTRUN_MODEL_IS_LEGACY_TORCHSCRIPT, "TorchScript of the 2018 format (model.json)", "load it with PyTorch 1.x and save it again with torch.jit.save"},
    {PTRUN_MODEL_IS_XNNPACK_MOBILE, "a mobile model with XNNPACK-prepacked weights", "export the model without optimize_for_mobile"},
    {PTRUN_MODEL_IS_IMAGE, "an image, not a model", "the model comes first: ptrun classify MODEL IMAGE..."},
    {PTRUN_MODEL_MISSING_OPERATOR, "an operator is missing", "load the library that registers it with --op-library FILE"},
    {PTRUN_MODEL_TOO_NEW, "saved by a newer PyTorch than this LibTorch reads", "build ptrun against a newer LibTorch, or save the model with an older PyTorch"},
    {PTRUN_MODEL_TOO_OLD, "saved by a PyTorch that is too old", "load it with the PyTorch that wrote it and save it again with torch.jit.save"},
    {PTRUN_MODEL_HASH_MISMATCH, "the file's SHA-256 is another", "get the file that the digest was made for; 'ptrun inspect' prints a file's digest"},
    {PTRUN_MODEL_INPUT_SHAPE, "the tensor does not fit the model's input", "check color, shape and sizes of the recipe ('--print-recipe')"},
    {PTRUN_MODEL_LOAD_FAILED, "the model cannot be loaded", NULL},
    {PTRUN_MODEL_LOAD_CRASHED, "the engine crashed while loading the model", "the file is damaged or hostile: copy or download the model again"},
    {PTRUN_MODEL_ON_OTHER_DEVICE, "the model names a device that is not here", "export it on the CPU, or run it with --device cuda"},
    {PTRUN_RECIPE_INVALID, "the recipe is invalid", "docs/recipe.md has every key"},
    {PTRUN_RECIPE_REQUIRED, "the model has no recipe", "give one with --recipe FILE or --preset NAME, or put one into the model with scripts/export_model.py annotate"},
    {PTRUN_RECIPE_UNREADABLE, "the recipe file cannot be read", NULL},
    {PTRUN_LABELS_INVALID, "the labels file cannot be used", "one class name a line, in UTF-8"},
    {PTRUN_ENGINE_NOT_FOUND, "no such engine", "'ptrun engines' lists what is there; --engine-dir names a folder to look in"},
    {PTRUN_ENGINE_INCOMPATIBLE, "the engine was built for another ptrun", "build the engine again together with ptrun"},
    {PTRUN_ENGINE_FAILED, "the engine cannot be used", NULL},
    {PTRUN_DEVICE_UNAVAILABLE, "no such device", "'ptrun engines' lists devices; --device cpu always works"},
    {PTRUN_OUTPUT_SELECT, "the recipe's output.select names no part of the output", NULL},
    {PTRUN_OUTPUT_AMBIGUOUS, "the model's output can be read in more than one way",
     "--select (or the recipe's output.select) names the part that holds the classes, --activation (output.activation) says "
     "how scores come from it"},
    {PTRUN_GOLDENS_MISSING, "nothing is recorded in the model, so nothing can be verified", "record some: scripts/export_model.py annotate MODEL -o NEW.pt --samples FOLDER; or name a recording made elsewhere with --against FILE"},
    {PTRUN_GOLDENS_INVALID, "the goldens in the model cannot be replayed", "record them again: scripts/export_model.py annotate MODEL -o NEW.pt --samples FOLDER"},
};

static const advice *find(ptrun_status status)
{
    for (size_t i = 0; i < sizeof advices / sizeof *advices; i++)
        if (advices[i].status == status) return &advices[i];
    return NULL;
}

/* Cut what vsnprintf cut in the middle of a UTF-8 sequence. */
static void trim_partial_character(char *text, size_t length)
{
    size_t start = length;
    while (start > 0 && length - start < 4 && ((unsigned char)text[start - 1] & 0xC0) == 0x80) start--;
    if (start == 0) return;
    start--;
    if (!ptrun_str_utf8_length((const unsigned char *)text + start, length - start)) text[start] = '\0';
}

static void print_detail(char detail[PTRUN_ERROR_DETAIL_SIZE], const char *format, va_list arguments)
{
    int length = vsnprintf(detail, PTRUN_ERROR_DETAIL_SIZE, format, arguments);
    if (length < 0) detail[0] = '\0';
    if (length >= PTRUN_ERROR_DETAIL_SIZE) trim_partial_character(detail, PTRUN_ERROR_DETAIL_SIZE - 1);
}

ptrun_status ptrun_fail(ptrun_error *err, ptrun_status status, const char *format, ...)
{
    if (err->status != PTRUN_OK) return err->status;
    err->status = status;
    va_list arguments;
    va_start(arguments, format);
    print_detail(err->detail, format, arguments);
    va_end(arguments);
    return status;
}

ptrun_status ptrun_error_prefix(ptrun_error *err, const char *format, ...)
{
    if (err->status == PTRUN_OK) return PTRUN_OK;
    char prefix[PTRUN_ERROR_DETAIL_SIZE], old[PTRUN_ERROR_DETAIL_SIZE];
    va_list arguments;
    va_start(arguments, format);
    print_detail(prefix, format, arguments);
    va_end(arguments);
    memcpy(old, ptrun_error_message(err), strlen(ptrun_error_message(err)) + 1);
    int length = snprintf(err->detail, sizeof err->detail, "%s%s", prefix, old);
    if (length >= PTRUN_ERROR_DETAIL_SIZE) trim_partial_character(err->detail, PTRUN_ERROR_DETAIL_SIZE - 1);
    return err->status;
}

ptrun_status ptrun_fail_memory(ptrun_error *err, const char *what)
{
    return ptrun_fail(err, PTRUN_OUT_OF_MEMORY, "no memory for %s", what);
}

const char *ptrun_status_word(ptrun_status status)
{
    switch (status) {
#define WORD(name, number, word)                                                                             \
    case PTRUN_##name: return word;
        PTRUN_STATUS_LIST(WORD)
#undef WORD
    }
    return "internal";
}

const char *ptrun_status_hint(ptrun_status status)
{
    const advice *found = find(status);
    return found ? found->hint : NULL;
}

const char *ptrun_status_text(ptrun_status status)
{
    const advice *found = find(status);
    return found ? found->text : "nothing is wrong";
}

const char *ptrun_error_message(const ptrun_error *err)
{
    return err->detail[0] ? err->detail : ptrun_status_text(err->status);
}
