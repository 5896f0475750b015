#include "prep/weights.h"

#include "base/error.h"
#include "base/mem.h"

#include <math.h>
#include <stdlib.h>

/* The filters in the operations and the order of Pillow: another way to write the same polynomial rounds
 * differently. */

static double box(double x)
{
    return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
}

static double bilinear(double x)
{
    x = fabs(x);
    return x < 1.0 ? 1.0 - x : 0.0;
}

static double hamming(double x)
{
    x = fabs(x);
    if (x == 0.0) return 1.0;
    if (x >= 1.0) return 0.0;
    x *= M_PI;
    return sin(x) / x * (0.54f + 0.46f * cos(x));
}

static double bicubic(double x)
{
    const double a = -0.5;
    x = fabs(x);
    if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
    if (x < 2.0) return (((x - 5.0) * x + 8.0) * x - 4.0) * a;
    return 0.0;
}

static double sinc(double x)
{
    if (x == 0.0) return 1.0;
    x *= M_PI;
    return sin(x) / x;
}

static double lanczos(double x)
{
    return x >= -3.0 && x < 3.0 ? sinc(x) * sinc(x / 3.0) : 0.0;
}

static const struct filter {
    double (*at)(double x);
    double support;
} filters[] = {
    [PTRUN_FILTER_BOX] = {box, 0.5},         [PTRUN_FILTER_BILINEAR] = {bilinear, 1.0},
    [PTRUN_FILTER_HAMMING] = {hamming, 1.0}, [PTRUN_FILTER_BICUBIC] = {bicubic, 2.0},
    [PTRUN_FILTER_LANCZOS] = {lanczos, 3.0},
};

static bool same_request(const ptrun_axis_request *a, const ptrun_axis_request *b)
{
    return a->filter == b->filter && a->in == b->in && a->out == b->out && a->first == b->first &&
           a->count == b->count;
}

/* Place the arrays in the axis's memory; the doubles of one output come first. */
static ptrun_status take_memory(ptrun_axis *axis, int32_t count, int32_t max_taps, ptrun_error *err)
{
    size_t n = (size_t)count, stride = (size_t)max_taps; /* both below 2^26 */
    size_t size = stride * sizeof(double) + (2 * n + n * stride) * sizeof(int32_t);
    if (size > axis->capacity) {
        ptrun_axis_release(axis);
        axis->memory = ptrun_mem_alloc(size, 1);
        if (!axis->memory) return ptrun_fail_memory(err, "weights of a resize");
        axis->capacity = size;
    }
    axis->max_taps = max_taps;
    axis->start = (int32_t *)((double *)axis->memory + stride);
    axis->taps = axis->start + n;
    axis->weights = axis->taps + n;
    return PTRUN_OK;
}

/* The source positions under an output with its centre at `centre`. */
static void reach(int32_t in, double centre, double support, int32_t *first, int32_t *end)
{
    *first = (int32_t)(centre - support + 0.5);
    *end = (int32_t)(centre + support + 0.5);
    if (*first < 0) *first = 0;
    if (*end > in) *end = in;
}

/* The weights of one output with its centre at `centre`, as fixed-point numbers rounded half away from 0. */
static void weigh(ptrun_axis *axis, int32_t i, const struct filter *filter, double centre, double stretch)
{
    double *exact = axis->memory, sum = 0.0, shrink = 1.0 / stretch;
    int32_t first, end;
    reach(axis->request.in, centre, filter->support * stretch, &first, &end);
    int32_t taps = end - first, *weights = axis->weights + (size_t)i * (size_t)axis->max_taps;
    for (int32_t x = 0; x < taps; x++) {
        exact[x] = filter->at((x + first - centre + 0.5) * shrink);
        sum += exact[x];
    }
    for (int32_t x = 0; x < taps; x++) {
        double weight = sum != 0.0 ? exact[x] / sum : exact[x];
        weights[x] = (int32_t)(weight * (1 << PTRUN_WEIGHT_BITS) + (weight < 0.0 ? -0.5 : 0.5));
    }
    for (int32_t x = taps; x < axis->max_taps; x++) weights[x] = 0;
    axis->start[i] = first;
    axis->taps[i] = taps;
}

ptrun_status ptrun_axis_prepare(ptrun_axis *axis, const ptrun_axis_request *request, ptrun_error *err)
{
    if (axis->memory && same_request(&axis->request, request)) return PTRUN_OK;

    const struct filter *filter = &filters[request->filter];
    double scale = (double)request->in / request->out, stretch = scale < 1.0 ? 1.0 : scale;
    double widest = ceil(filter->support * stretch) * 2.0 + 1.0;
    int32_t max_taps = widest < request->in ? (int32_t)widest : request->in;
    ptrun_status status = take_memory(axis, request->count, max_taps, err);
    if (status) return status;

    axis->request = *request;
    for (int32_t i = 0; i < request->count; i++)
        weigh(axis, i, filter, (request->first + i + 0.5) * scale, stretch);
    return PTRUN_OK;
}

void ptrun_axis_reach(const ptrun_axis_request *request, int32_t *first, int32_t *end)
{
    double scale = (double)request->in / request->out, stretch = scale < 1.0 ? 1.0 : scale;
    double support = filters[request->filter].support * stretch;
    int32_t ignored;
    reach(request->in, (request->first + 0.5) * scale, support, first, &ignored);
    reach(request->in, (request->first + request->count - 1 + 0.5) * scale, support, &ignored, end);
}

void ptrun_axis_span(const ptrun_axis *axis, int32_t *first, int32_t *end)
{
    int32_t last = axis->request.count - 1;
    *first = axis->start[0];
    *end = axis->start[last] + axis->taps[last];
}

void ptrun_axis_release(ptrun_axis *axis)
{
    free(axis->memory);
    *axis = (ptrun_axis){0};
}
