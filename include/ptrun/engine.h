/* The boundary between `ptrun` (C) and whatever runs a model (a plugin: a shared object).
 *
 * A plugin exports one symbol, PTRUN_ENGINE_ENTRY, of type ptrun_engine_entry_fn. It is told the host's
 * PTRUN_ENGINE_ABI and returns a function table that lives as long as the process: the one for that
 * number where it has it, else its own, so that a host can refuse it with both numbers; NULL where it
 * has none. Tables are append-only: `abi` and `size` stay first, new members go to the end,
 * PTRUN_ENGINE_ABI changes only where an existing member changes its meaning. A host reads no member
 * beyond `size`; a member marked (optional) may also be NULL.
 *
 * Rules for every function
 *   - no exception crosses, nothing is printed, nothing calls exit;
 *   - outputs come first, are cleared on entry and valid only where PTRUN_OK is returned;
 *   - `err` is the host's, never NULL, filled on failure with one line of UTF-8 without a backtrace;
 *   - a model is used by one thread at a time; two models (or instances) may run side by side.
 *
 * Pure C11, also valid C++17.
 */
#ifndef PTRUN_ENGINE_H
#define PTRUN_ENGINE_H

#include "ptrun/device.h"
#include "ptrun/status.h"
#include "ptrun/tensor.h"

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define PTRUN_ENGINE_ABI 2u
#define PTRUN_ENGINE_ENTRY "ptrun_engine_entry"

/* A loaded model (opaque, the plugin's). Closed with close(). */
typedef struct ptrun_engine_model ptrun_engine_model;

typedef enum ptrun_precision {
    PTRUN_PRECISION_FP32 = 0,
    PTRUN_PRECISION_BF16 = 1,
    PTRUN_PRECISION_FP16 = 2,
} ptrun_precision;

/* Which part of what the model returns holds the classes. */
typedef enum ptrun_select_kind {
    PTRUN_SELECT_ONLY = 0,  /* the tensor itself, or the only one in a tuple, list or dict */
    PTRUN_SELECT_INDEX = 1, /* element `index` of a tuple or list, which holds one tensor */
    PTRUN_SELECT_KEY = 2,   /* entry `key` of a dict, or the field of that name of a named tuple; else a path
                               of such keys and indices with dots between them: "0.logits" */
} ptrun_select_kind;

typedef struct ptrun_select {
    ptrun_select_kind kind;
    int64_t index;
    const char *key;
} ptrun_select;

/* How to load. Everything is borrowed for the call; `bytes` stays readable until close(). */
typedef struct ptrun_engine_options {
    const void *bytes; /* the model file's content */
    size_t size;
    ptrun_device device;
    int32_t threads; /* threads of one forward, >= 1; set before any work */
    ptrun_precision precision;
    const char *optimize;         /* "off": as it was saved; "auto": the plugin's best single-shot
                                     preparation; else the name of a variant, which may still compile
                                     in its first runs: prepare() does that at once */
    const char *quantized_engine; /* NULL: the library's own choice */
    ptrun_select select;
    const char *const *op_libraries; /* shared objects that register operators, loaded first */
    size_t n_op_libraries;
} ptrun_engine_options;

/* What is known about a loaded model. Strings are borrowed until close(). */
typedef struct ptrun_engine_model_info {
    int64_t input_channels; /* channels that the first weight asks for; 0 where unknown */
    int32_t saved_training; /* 1: saved in training mode; the plugin has called eval() */
    const char *variant;    /* how it is prepared now: "off", "frozen", … */
    const char *warning;    /* NULL, or one line that the user should see once */
    int32_t endless;        /* 1: a loop in the program that nothing bounds, so that a forward may never return */
} ptrun_engine_model_info;

/* Raw output of one forward: `rows` x `cols` float32, C order, converted from whatever the model
 * returned. `rows` is the first dimension; a tensor of rank 1 is one row where one image was given,
 * else one column. The product of the other dimensions is `cols`. Borrowed until the next run() or
 * close() of the same model. The host compares rows with the images that it gave, and judges by the
 * other members whether the numbers are scores of classes. */
typedef struct ptrun_engine_output {
    const float *data;
    int64_t rows;
    int64_t cols;
    const char *dtype; /* of the tensor that the model returned: "float32", "int64"; NULL: float32 */
    int32_t integral;  /* 1: that tensor holds integers or booleans; quantised numbers are no integers */
    int32_t rank;      /* of that tensor; 0 where it is not known */
    int64_t dims[PTRUN_TENSOR_MAX_RANK]; /* its first dimensions */
} ptrun_engine_output;

/* What the plugin is and what it found; static strings, or built once and kept for the process. */
typedef struct ptrun_engine_info {
    const char *name;           /* "torchscript" */
    const char *library;        /* "LibTorch 2.13.0+cpu" */
    const char *library_path;   /* the folder that it was loaded from; NULL where it means nothing */
    const char *instructions;   /* instruction set in use, "AVX512"; NULL where it means nothing */
    const char *devices;        /* "cpu", "cpu, cuda:0, cuda:1"; NULL where they were not looked for */
    const char *device_note;    /* why there is no CUDA; NULL where there is nothing to say */
    const char *quantized;      /* engines for int8, "x86, fbgemm, onednn, qnnpack"; NULL */
    const char *variants;       /* names that `optimize` takes, space-separated: "auto", "off", then the
                                   others, the most promising for many forwards first */
} ptrun_engine_info;

/* Receives text piece by piece; returns non-zero to stop. */
typedef int (*ptrun_engine_text_fn)(void *context, const char *text, size_t length);

typedef struct ptrun_engine_api {
    uint32_t abi;  /* PTRUN_ENGINE_ABI as the plugin was built */
    uint32_t size; /* sizeof(ptrun_engine_api) as the plugin was built */

    /* Versions, instruction sets; devices where `look_for_devices` is not 0, which may take seconds. Any
     * thread; may load the library. ENGINE_INCOMPATIBLE where it is not the one that the plugin needs. */
    ptrun_status (*info)(ptrun_engine_info *out, int32_t look_for_devices, ptrun_error *err);

    /* Load, call eval(), move to the device, prepare. A process that will use an accelerator asks for it
     * before it runs anything on the CPU: here, or by info() with look_for_devices. MODEL_*,
     * DEVICE_UNAVAILABLE, ENGINE_FAILED, OUT_OF_MEMORY. */
    ptrun_status (*open)(ptrun_engine_model **out, const ptrun_engine_options *options,
                         ptrun_error *err);

    /* Never fails after a successful open(). */
    void (*model_info)(const ptrun_engine_model *model, ptrun_engine_model_info *out);

    /* One forward. `input`: float32, rank 4 (N, C, H, W), channels first or, where the plugin has layout(),
     * last, on the host; borrowed for the call and never written, also where the model works in place.
     * MODEL_INPUT_SHAPE where C contradicts the first weight, OUTPUT_SHAPE, OUTPUT_SELECT, OUTPUT_AMBIGUOUS
     * where `select` leaves several tensors (all of them are named), INFERENCE_FAILED, MODEL_ON_OTHER_DEVICE, OUT_OF_MEMORY (the same model may be tried again with a smaller N). */
    ptrun_status (*run)(ptrun_engine_output *out, ptrun_engine_model *model,
                        const ptrun_tensor *input, ptrun_error *err);

    /* Accepts NULL, clears the pointer. */
    void (*close)(ptrun_engine_model **model);

    /* (optional) Compile variant `variant` for inputs of shape `input` and switch to it; the model
     * as it was saved stays loaded, so that another variant can follow. `warm_ups` forwards are run.
     * ENGINE_FAILED where the variant does not suit the model or the machine: the model then stays as it
     * was prepared before. */
    ptrun_status (*prepare)(ptrun_engine_model *model, const char *variant,
                            const ptrun_tensor *input, int32_t warm_ups, ptrun_error *err);

    /* (optional) A second instance on the same weights, for another thread; closed with close()
     * before `model` is. */
    ptrun_status (*instance)(ptrun_engine_model **out, ptrun_engine_model *model, int32_t threads,
                             ptrun_error *err);

    /* (optional) Text about the model, all calls inlined: `what` is "operators" (JSON: name -> count),
     * "code" (Python), "graph" (the engine's own listing). STOPPED where `put` stopped it. */
    ptrun_status (*describe)(ptrun_engine_model *model, const char *what, ptrun_engine_text_fn put,
                             void *context, ptrun_error *err);

    /* (optional) One forward with time by operator, as JSON: {"forward_ns":…,"operators":[{"name":…,
     * "count":…,"total_ns":…,"self_ns":…},…]}, most expensive first. Statuses as of run(), and STOPPED. */
    ptrun_status (*profile)(ptrun_engine_model *model, const ptrun_tensor *input,
                            ptrun_engine_text_fn put, void *context, ptrun_error *err);

    /* (optional) One forward of the program as it was saved, as a graph with its shapes, and its work, as JSON:
     * {"flops":N,"uncounted":["ns::op",…],"calls":[{"caller":0,"name":"layer1.0","class":"BasicBlock"},…],
     *  "nodes":[{"operator":"aten::conv2d","call":1},…],
     *  "edges":[{"from":0,"to":2,"dtype":"float32","shape":[1,3,224,224]},…]}
     * `flops` are those of convolutions, matrix products and attention, a multiply-add being two; it is a lower
     * bound where operators were run whose work is not known (`uncounted`). calls[0] is the forward itself; the
     * others are calls of a part's method, each behind its caller. nodes[0] is the input, nodes[1] the output,
     * the others are the operators that the input reaches, each behind those that it needs. `dtype` and `shape` are
     * null on an edge that this forward did not take, an entry of `shape` where it varied. Statuses as of run(), and
     * STOPPED. */
    ptrun_status (*structure)(ptrun_engine_model *model, const ptrun_tensor *input, ptrun_engine_text_fn put,
                              void *context, ptrun_error *err);

    /* (optional) The layout that run() takes without a copy, as the model is prepared now. Never fails. */
    ptrun_layout (*layout)(const ptrun_engine_model *model);

    /* (optional) The operator by which the program combines the images of a batch, so that an image's answer depends
     * on the others, as far as the program shows it without being run: "aten::softmax over the images"; NULL where
     * none is found, which proves nothing. Borrowed until close(). Some milliseconds for large programs. */
    const char *(*combines)(ptrun_engine_model *model);
} ptrun_engine_api;

typedef const ptrun_engine_api *(*ptrun_engine_entry_fn)(uint32_t abi);

#ifdef __cplusplus
}
#endif

#endif
