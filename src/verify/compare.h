/* How far two results lie apart. Within verify/ and for its tests. */
#ifndef PTRUN_VERIFY_COMPARE_H
#define PTRUN_VERIFY_COMPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* `n` values recorded against `n` of now. NaN at the same place on both sides is no difference, whatever its
 * bits; NaN or infinity on one side is an infinite one. */
typedef struct ptrun_difference {
    size_t differing; /* values that are not the same, bit for bit */
    double largest;   /* absolute */
    double relative;  /* `largest` by the largest finite recorded value; 0 where nothing differs */
    double cosine;    /* of the angle between the two; NaN where it means nothing */
} ptrun_difference;

ptrun_difference ptrun_compare_floats(const float *recorded, const float *now, size_t n);
ptrun_difference ptrun_compare_bytes(const uint8_t *recorded, const uint8_t *now, size_t n);

/* Whether the difference is none (tolerance 0) or lies within `tolerance` of the largest recorded value. */
bool ptrun_difference_within(const ptrun_difference *difference, double tolerance);

#endif
