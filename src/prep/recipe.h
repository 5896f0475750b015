/* The recipe: how an image becomes the model's input, and how its output is read. Plain data; JSON
 * is the business of model/. */
#ifndef PTRUN_PREP_RECIPE_H
#define PTRUN_PREP_RECIPE_H

#include "ptrun/engine.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PTRUN_RECIPE_MAX_STEPS = 16 };

typedef enum ptrun_color {
    PTRUN_COLOR_RGB,
    PTRUN_COLOR_BGR,
    PTRUN_COLOR_GRAY, /* as Pillow's convert("L") */
} ptrun_color;

typedef enum ptrun_filter {
    PTRUN_FILTER_NEAREST,
    PTRUN_FILTER_BOX,
    PTRUN_FILTER_BILINEAR,
    PTRUN_FILTER_HAMMING,
    PTRUN_FILTER_BICUBIC,
    PTRUN_FILTER_LANCZOS,
} ptrun_filter;

typedef enum ptrun_crop_rounding {
    PTRUN_CROP_TORCHVISION,
    PTRUN_CROP_TRANSFORMERS,
} ptrun_crop_rounding;

typedef enum ptrun_step_kind {
    PTRUN_STEP_RESIZE,
    PTRUN_STEP_CENTER_CROP,
    PTRUN_STEP_SCALE,
    PTRUN_STEP_NORMALIZE,
} ptrun_step_kind;

/* One step. Geometric steps (resize, centre crop) come first, then at most one scale, then at most
 * one normalise; ptrun_recipe_check holds that. */
typedef struct ptrun_step {
    ptrun_step_kind kind;
    union {
        struct {
            int32_t shorter;  /* > 0: the shorter side becomes this, the other follows; 0: width x height */
            int32_t max_size; /* with `shorter`: the longer side is at most this; 0: no bound */
            int32_t height, width;
            ptrun_filter filter;
        } resize;
        struct {
            int32_t height, width;
            ptrun_crop_rounding rounding;
        } crop;
        struct {
            bool multiply; /* false: float32 v / (float32)factor; true: (float32)((float64)v * factor) */
            double factor;
        } scale;
        struct {
            int32_t channels; /* 1 or 3, in the order of the model's channels */
            float mean[3], std[3];
        } normalize;
    };
} ptrun_step;

typedef enum ptrun_activation {
    PTRUN_ACTIVATION_UNSET, /* nobody said: softmax, unless the output already is a distribution */
    PTRUN_ACTIVATION_SOFTMAX,
    PTRUN_ACTIVATION_SIGMOID,
    PTRUN_ACTIVATION_NONE,
} ptrun_activation;

/* Owns `labels` and `select_key`. The zero value is an empty recipe (RGB, no steps). */
typedef struct ptrun_recipe {
    ptrun_color color;
    bool apply_orientation;
    bool has_shape;
    int32_t shape[3]; /* C, H, W of the tensor, checked where has_shape */
    int32_t n_steps;
    ptrun_step steps[PTRUN_RECIPE_MAX_STEPS];
    ptrun_activation activation;
    ptrun_select_kind select_kind;
    int64_t select_index;
    char *select_key;
    char **labels; /* n_labels entries, each owned, UTF-8; an entry may be NULL (no name) */
    size_t n_labels;
} ptrun_recipe;

/* Channels of the tensor: 1 for grey, else 3. */
int32_t ptrun_recipe_channels(const ptrun_recipe *recipe);

/* The size after the geometric steps for an image of width x height (after orientation), by torchvision's
 * Resize and CenterCrop (torchvision 0.29, transforms/functional.py).
 * IMAGE_UNSUPPORTED where a side would be 0: Python fails there too. IMAGE_TOO_LARGE where a side of the
 * result would be beyond PTRUN_IMAGE_MAX_SIDE, or one on the way beyond PTRUN_RESIZE_MAX_SIDE.
 * RECIPE_INVALID where a max_size is not above its shorter side. */
PTRUN_MUST_USE ptrun_status ptrun_recipe_output_size(const ptrun_recipe *recipe, int32_t width,
                                                     int32_t height, int32_t *out_width, int32_t *out_height,
                                                     ptrun_error *err);

/* Whether every image gives the same size, and which: a geometric step is a crop or a resize to a fixed
 * size. */
bool ptrun_recipe_fixed_size(const ptrun_recipe *recipe, int32_t *width, int32_t *height);

/* Accepts the zero value; zero afterwards. */
void ptrun_recipe_release(ptrun_recipe *recipe);

/* Names of the enumerations, for JSON and messages: "bilinear", "rgb", "softmax", "torchvision".
 * Static; NULL for the number after the last. */
const char *ptrun_filter_name(ptrun_filter filter);
const char *ptrun_color_name(ptrun_color color);
const char *ptrun_crop_rounding_name(ptrun_crop_rounding rounding);
const char *ptrun_activation_name(ptrun_activation activation);

/* False for an unknown word, which leaves *out alone. */
bool ptrun_activation_parse(const char *word, ptrun_activation *out);

#endif
