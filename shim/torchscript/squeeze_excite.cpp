#include "squeeze_excite.h"

#include "profiled.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/record_function.h>
#include <torch/csrc/jit/runtime/custom_operator.h>

#include <algorithm>
#include <optional>
#include <vector>

namespace ptrun
{
namespace
{

using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Stack;

const c10::Symbol squeeze_excite = c10::Symbol::fromQualString("ptrun::squeeze_excite");
constexpr int64_t lanes = 64; // channels that a thread takes at least: whole cache lines, also of bfloat16

Layer layer_of(const c10::IValue *given)
{
    return {given[0].toTensor(), given[1].toTensor(), static_cast<Activation>(given[2].toInt())};
}

// Calls work(image, first channel, number of channels) for all channels of all images, in threads.
template <typename Work> void for_channels(int64_t images, int64_t channels, const Work &work)
{
    const int64_t groups = (channels + lanes - 1) / lanes;
    at::parallel_for(0, images * groups, 1, [&](int64_t first, int64_t last) {
        while (first < last) {
            const int64_t image = first / groups, group = first % groups;
            const int64_t count = std::min(groups - group, last - first), channel = group * lanes;
            work(image, channel, std::min(count * lanes, channels - channel));
            first += count;
        }
    });
}

template <typename T>
void compute(const at::Tensor &input, const Layer &squeeze, const Layer &excite, at::Tensor &output)
{
    const int64_t images = input.size(0), channels = input.size(1), pixels = input.size(2) * input.size(3);
    const T *x = input.const_data_ptr<T>();
    T *y = output.mutable_data_ptr<T>();
    std::vector<float> means(images * channels), hidden(images * squeeze.weight.size(0));
    for_channels(images, channels, [&](int64_t image, int64_t channel, int64_t n) {
        vector_means(x + image * pixels * channels + channel, pixels, channels, n,
                     &means[image * channels + channel]);
    });
    layer_run(squeeze, means.data(), images, hidden.data());
    std::vector<float> &gate = means; // of the same size, and not needed any more
    layer_run(excite, hidden.data(), images, gate.data());
    for_channels(images, channels, [&](int64_t image, int64_t channel, int64_t n) {
        const int64_t at = image * pixels * channels + channel;
        vector_scale(x + at, pixels, channels, n, &gate[image * channels + channel], y + at);
    });
}

// Nobody but the caller can see what is written into the tensor.
bool is_ours_alone(const at::Tensor &tensor)
{
    return tensor.use_count() == 1 && tensor.storage().use_count() == 1;
}

void run_squeeze_excite(Stack &stack)
{
    RECORD_FUNCTION("ptrun::squeeze_excite", std::vector<c10::IValue>());
    constexpr size_t layers = 6;
    at::Tensor x = std::move(torch::jit::peek(stack, 0, layers + 1)).toTensor();
    x = std::move(x).contiguous(at::MemoryFormat::ChannelsLast);
    at::Tensor y = is_ours_alone(x) ? x : at::empty_like(x);
    const c10::IValue *given = &torch::jit::peek(stack, 0, layers);
    const Layer squeeze = layer_of(given), excite = layer_of(given + 3);
    TORCH_CHECK(x.dim() == 4 && x.size(1) == squeeze.weight.size(1), "other channels than were seen before");
    if (x.scalar_type() == at::kFloat) compute<float>(x, squeeze, excite, y);
    else compute<at::BFloat16>(x, squeeze, excite, y);
    torch::jit::drop(stack, layers + 1);
    torch::jit::push(stack, std::move(y));
}

const torch::jit::RegisterOperators
    registered({torch::jit::Operator("ptrun::squeeze_excite(Tensor x, Tensor weight1, Tensor bias1, int "
                                     "activation1, Tensor weight2, Tensor bias2, "
                                     "int activation2) -> Tensor",
                                     run_squeeze_excite, c10::AliasAnalysisKind::FROM_SCHEMA)});

// The layer behind `node` with its activation, which `node` is then.
std::optional<Layer> layer_behind(Node *&node)
{
    Node *behind = profiled_user(node);
    std::optional<Layer> layer = profiled_layer(behind);
    node = layer ? profiled_user(behind) : nullptr;
    if (layer) layer->activation = profiled_activation(node);
    return layer && layer->activation != Activation::none ? layer : std::nullopt;
}

// Whether x may be another at the product than it was at the pooling: anything between them writes, be it not
// the activation of a layer into that layer's result.
bool written_between(const Node *pool, const Node *product, const torch::jit::Value *x)
{
    for (const Node *node = pool->next(); node != product; node = node->next()) {
        if (!node->maybeSchema() || !node->maybeSchema()->is_mutable()) continue;
        const torch::jit::Value *target = profiled_behind(node->input(0));
        if (profiled_activation(node) == Activation::none || target == x || !profiled_layer(target->node()))
            return true;
    }
    return false;
}

void replace(Graph &graph, Node *pool)
{
    const torch::jit::Value *x = profiled_behind(pool->input(0));
    const std::vector<int64_t> sizes = profiled_sizes(pool->input(0), /*channels_last=*/true);
    if (sizes.empty()) return;
    Node *node = pool;
    const auto squeeze = layer_behind(node), excite = squeeze ? layer_behind(node) : std::nullopt;
    Node *product = excite ? profiled_user(node) : nullptr;
    if (!product || product->kind() != c10::aten::mul || excite->weight.size(0) != sizes[1]) return;
    const size_t gate = profiled_behind(product->input(0))->node() == node ? 0 : 1;
    if (profiled_behind(product->input(1 - gate)) != x || written_between(pool, product, x)) return;
    torch::jit::WithInsertPoint here(product);
    product->output()->replaceAllUsesWith(
        graph.insert(squeeze_excite, {pool->input(0), squeeze->weight, squeeze->bias,
                                      static_cast<int64_t>(squeeze->activation), excite->weight, excite->bias,
                                      static_cast<int64_t>(excite->activation)}));
    Node *last = product->input(gate)->node();
    product->destroy();
    profiled_remove(pool, last);
}

} // namespace

void use_squeeze_excite(Graph &graph)
{
    std::vector<Node *> pools;
    for (Node *node : graph.nodes())
        if (profiled_is_global_pool(node)) pools.push_back(node);
    for (Node *pool : pools) replace(graph, pool);
}

} // namespace ptrun
