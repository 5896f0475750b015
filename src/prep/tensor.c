#include "prep/tensor.h"

static float scaled(const ptrun_step *step, int32_t byte)
{
    if (step->scale.multiply) return (float)(byte * step->scale.factor);
    return (float)byte / (float)step->scale.factor;
}

void ptrun_tensor_table_fill(ptrun_tensor_table *table, const ptrun_recipe *recipe)
{
    table->channels = ptrun_recipe_channels(recipe);
    for (int32_t c = 0; c < table->channels; c++) {
        table->source[c] = recipe->color == PTRUN_COLOR_BGR ? 2 - c : c;
        for (int32_t byte = 0; byte < 256; byte++) {
            float value = (float)byte;
            for (int32_t i = 0; i < recipe->n_steps; i++) {
                const ptrun_step *step = &recipe->steps[i];
                if (step->kind == PTRUN_STEP_SCALE) value = scaled(step, byte);
                if (step->kind == PTRUN_STEP_NORMALIZE)
                    value = (value - step->normalize.mean[c]) / step->normalize.std[c];
            }
            table->value[c][byte] = value;
        }
    }
}

static void write_channels_last(const ptrun_tensor_table *table, const uint8_t *in, size_t pixels, float *restrict out)
{
    const float *first = table->value[0], *second = table->value[1], *third = table->value[2];
    const int32_t *from = table->source;
#pragma GCC unroll 4
    for (size_t i = 0; i < pixels; i++, in += 3, out += 3) {
        out[0] = first[in[from[0]]];
        out[1] = second[in[from[1]]];
        out[2] = third[in[from[2]]];
    }
}

void ptrun_tensor_write(const ptrun_tensor_table *table, const ptrun_image *image, ptrun_layout layout, float *out)
{
    size_t pixels = (size_t)image->width * (size_t)image->height, channels = (size_t)table->channels;
    if (layout == PTRUN_LAYOUT_CHANNELS_LAST && channels == 3) {
        write_channels_last(table, image->pixels, pixels, out);
        return;
    }
    for (size_t c = 0; c < channels; c++, out += pixels) {
        const float *value = table->value[c];
        const uint8_t *in = image->pixels + table->source[c];
        float *restrict to = out; /* what is written never is what is read */
#pragma GCC unroll 8
        for (size_t i = 0; i < pixels; i++) to[i] = value[in[i * channels]];
    }
}
