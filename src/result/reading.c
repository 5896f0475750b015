#include "result/reading.h"

#include "base/error.h"

#include <stdio.h>

/* "float32 [2, 1000]". */
static void describe(char text[160], const ptrun_engine_output *output)
{
    int length = snprintf(text, 160, "%s [", output->dtype ? output->dtype : "float32");
    for (int32_t i = 0; i < output->rank && i < PTRUN_TENSOR_MAX_RANK && length < 130; i++)
        length += snprintf(text + length, 160 - (size_t)length, "%s%lld", i ? ", " : "", (long long)output->dims[i]);
    snprintf(text + length, 160 - (size_t)length, "%s]", output->rank > PTRUN_TENSOR_MAX_RANK ? ", ..." : "");
}

static bool has_maps(const ptrun_engine_output *output)
{
    int wide = 0;
    for (int32_t i = 1; i < output->rank && i < PTRUN_TENSOR_MAX_RANK; i++) wide += output->dims[i] > 1;
    return wide > 1 || output->rank > PTRUN_TENSOR_MAX_RANK;
}

ptrun_status ptrun_reading_check(const ptrun_engine_output *output, ptrun_scoring scoring, ptrun_error *err)
{
    char text[160];
    describe(text, output);
    if (has_maps(output))
        return ptrun_fail(err, PTRUN_OUTPUT_SHAPE, "the model returns %s: maps or sequences, not one row of classes", text);
    if (output->integral && scoring != PTRUN_SCORING_NONE)
        return ptrun_fail(err, PTRUN_OUTPUT_AMBIGUOUS,
                          "the model returns %s: integers, such as class numbers, are no scores; the activation "
                          "\"none\" takes them as they are", text);
    if (output->cols == 1 && scoring == PTRUN_SCORING_SOFTMAX)
        return ptrun_fail(err, PTRUN_OUTPUT_AMBIGUOUS,
                          "the model returns %s: one number an image, over which softmax is always 1; the "
                          "activation \"sigmoid\" makes it a probability, \"none\" takes it as it is", text);
    return PTRUN_OK;
}
