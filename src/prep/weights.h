/* The weights of one axis of a resize (Pillow 13.0, libImaging/Resample.c: precompute_coeffs and
 * normalize_coeffs_8bpc). */
#ifndef PTRUN_PREP_WEIGHTS_H
#define PTRUN_PREP_WEIGHTS_H

#include "prep/recipe.h"

/* Fraction bits of a weight. */
enum { PTRUN_WEIGHT_BITS = 22 };

/* `in` source positions resized to `out`, of which `count` from `first` on are wanted. */
typedef struct ptrun_axis_request {
    ptrun_filter filter; /* not nearest */
    int32_t in, out, first, count;
} ptrun_axis_request;

/* Output i (0 .. count-1, within the window) is the sum of taps[i] source positions from start[i] on, each
 * times its weight at weights[i * max_taps + …], which is 0 beyond the last tap. Both start[] and
 * start[] + taps[] never go down, taps[] >= 1. Weights add up to about 1 << 22; each lies within
 * (-0.4, 1.4) times that, since a filter's negative lobes are small. {0} at first; owns `memory`. */
typedef struct ptrun_axis {
    ptrun_axis_request request;
    int32_t max_taps;
    int32_t *start, *taps, *weights;
    void *memory;
    size_t capacity;
} ptrun_axis;

/* Make `axis` answer `request`, keeping its memory, and its content where the request is the same as before.
 * OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_axis_prepare(ptrun_axis *axis, const ptrun_axis_request *request,
                                               ptrun_error *err);

/* The source positions that the outputs of a request need: from *first up to, without, *end. */
void ptrun_axis_reach(const ptrun_axis_request *request, int32_t *first, int32_t *end);

/* The same for an axis that is prepared. */
void ptrun_axis_span(const ptrun_axis *axis, int32_t *first, int32_t *end);

/* Accepts the zero value; zero afterwards. */
void ptrun_axis_release(ptrun_axis *axis);

#endif
