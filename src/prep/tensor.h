/* Bytes to floats: scale and normalise as a table of 256 values a channel. */
#ifndef PTRUN_PREP_TENSOR_H
#define PTRUN_PREP_TENSOR_H

#include "image/image.h"
#include "prep/recipe.h"
#include "ptrun/tensor.h"

/* value[c][v]: what byte v of the model's channel c becomes; source[c]: the channel of the image that it
 * comes from. */
typedef struct ptrun_tensor_table {
    float value[3][256];
    int32_t channels;
    int32_t source[3];
} ptrun_tensor_table;

/* The table of a recipe, in the float32 operations of torchvision's ToTensor and Normalize (0.29) or the
 * float64 product of transformers' rescale (5, image_transforms.py), each rounded where those round. */
void ptrun_tensor_table_fill(ptrun_tensor_table *table, const ptrun_recipe *recipe);

/* `image` through the table to float32 (C, H, W) at `out`, in this layout. The image has as many channels as the table. */
void ptrun_tensor_write(const ptrun_tensor_table *table, const ptrun_image *image, ptrun_layout layout, float *out);

#endif
