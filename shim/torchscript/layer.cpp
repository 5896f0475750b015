#include "layer.h"

#include <ATen/Parallel.h>

#include <algorithm>

namespace ptrun
{
namespace
{

template <typename T> void run(const Layer &layer, const float *x, int64_t rows, float *y)
{
    constexpr int64_t together = 4, enough = 1 << 14; // outputs; weights that are worth a thread
    const int64_t outputs = layer.weight.size(0), inputs = layer.weight.size(1);
    const T *weight = layer.weight.const_data_ptr<T>();
    const float *bias = layer.bias.const_data_ptr<float>();
    auto part = [&](int64_t first, int64_t last) {
        for (int64_t at = first * together; at < std::min(last * together, outputs); at += together) {
            const int64_t n = std::min(together, outputs - at);
            for (int64_t row = 0; row < rows; row++) {
                float *out = y + row * outputs + at;
                vector_products(x + row * inputs, weight + at * inputs, inputs, n, out);
                for (int64_t i = 0; i < n; i++) out[i] = activated(out[i] + bias[at + i], layer.activation);
            }
        }
    };
    at::parallel_for(0, (outputs + together - 1) / together, enough / (together * inputs) + 1, part);
}

} // namespace

void layer_run(const Layer &layer, const float *x, int64_t rows, float *y)
{
    if (layer.weight.scalar_type() == at::kFloat) run<float>(layer, x, rows, y);
    else run<at::BFloat16>(layer, x, rows, y);
}

} // namespace ptrun
