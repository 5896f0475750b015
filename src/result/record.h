/* The outcome for one input: classes, or a typed error. */
#ifndef PTRUN_RESULT_RECORD_H
#define PTRUN_RESULT_RECORD_H

#include "ptrun/status.h"

#include <stddef.h>
#include <stdint.h>

typedef struct ptrun_class {
    int64_t index;
    const char *label; /* NULL where no name is known; borrowed from the recipe */
    float score;
} ptrun_class;

/* A record as it is handed to a sink; everything in it is borrowed for the call. */
typedef struct ptrun_record {
    uint64_t number; /* place in the list, from 0 */
    const char *path;
    size_t path_length;
    int32_t width, height; /* of the image as stored; meaningful where the status is PTRUN_OK */
    const ptrun_class *top; /* best first */
    size_t n_top;
    size_t n_classes; /* length of the raw output; 0: not known */
    const float *logits; /* the raw output; NULL where not asked for */
    size_t n_logits;
    const ptrun_error *error; /* status PTRUN_OK: the image was classified */
    const float *only; /* with OUTPUT_AMBIGUOUS: the output, where it is one finite number; else NULL */
} ptrun_record;

#endif
