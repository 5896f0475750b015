#include "verify/compare.h"

#include <math.h>
#include <string.h>

static bool same(float a, float b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

ptrun_difference ptrun_compare_floats(const float *recorded, const float *now, size_t n)
{
    ptrun_difference d = {0};
    double scale = 0, dot = 0, square_recorded = 0, square_now = 0;
    for (size_t i = 0; i < n; i++) {
        double a = (double)recorded[i], b = (double)now[i];
        bool equal = same(recorded[i], now[i]);
        if (isfinite(a)) scale = fmax(scale, fabs(a));
        if (!isnan(a) || !isnan(b)) dot += a * b, square_recorded += a * a, square_now += b * b;
        if (equal) continue;
        d.differing++;
        d.largest = isfinite(a) && isfinite(b) ? fmax(d.largest, fabs(a - b)) : INFINITY;
    }
    d.relative = d.largest > 0 ? d.largest / scale : 0;
    d.cosine = d.differing ? dot / sqrt(square_recorded * square_now) : 1;
    return d;
}

ptrun_difference ptrun_compare_bytes(const uint8_t *recorded, const uint8_t *now, size_t n)
{
    ptrun_difference d = {.cosine = NAN};
    int largest = 0;
    for (size_t i = 0; i < n; i++) {
        int difference = recorded[i] > now[i] ? recorded[i] - now[i] : now[i] - recorded[i];
        d.differing += difference > 0;
        if (difference > largest) largest = difference;
    }
    d.largest = largest;
    d.relative = (double)largest / UINT8_MAX;
    return d;
}

bool ptrun_difference_within(const ptrun_difference *difference, double tolerance)
{
    return tolerance > 0 ? difference->relative <= tolerance : difference->differing == 0;
}
