#include "profiled.h"

#include <ATen/Functions.h>
#include <torch/csrc/jit/ir/constants.h>

#include <string_view>
#include <utility>

namespace ptrun
{
namespace
{

using torch::jit::Node;
using torch::jit::Value;

bool is_list(const Value *value, const std::vector<int64_t> &wanted)
{
    const auto constant = torch::jit::toIValue(value);
    return constant && constant->isIntList() && constant->toIntVector() == wanted;
}

constexpr std::pair<std::string_view, Activation> activations[] = {
    {"aten::relu", Activation::relu},
    {"aten::relu_", Activation::relu},
    {"aten::silu", Activation::silu},
    {"aten::silu_", Activation::silu},
    {"aten::sigmoid", Activation::sigmoid},
    {"aten::sigmoid_", Activation::sigmoid},
    {"aten::hardswish", Activation::hardswish},
    {"aten::hardswish_", Activation::hardswish},
    {"aten::hardsigmoid", Activation::hardsigmoid},
    {"aten::hardsigmoid_", Activation::hardsigmoid}};

// Whether every output is a sum over all inputs, which are the second of so many dimensions, of one pixel.
bool is_layer(const Node *node, size_t dimensions)
{
    if (node->kind() == c10::aten::linear) return dimensions == 2;
    const bool transposed = node->kind() == c10::aten::_convolution &&
                            torch::jit::constant_as<bool>(node->input(6)).value_or(true);
    return (node->kind() == c10::aten::conv2d || node->kind() == c10::aten::_convolution) && !transposed &&
           dimensions == 4 && is_list(node->input(4), {0, 0});
}

// Groups show in the weight: a part of the inputs for each output.
bool takes(const at::Tensor &weight, int64_t inputs)
{
    return weight.dim() >= 2 && weight.size(1) == inputs && weight.numel() == weight.size(0) * inputs &&
           (weight.scalar_type() == at::kFloat || weight.scalar_type() == at::kBFloat16);
}

} // namespace

const Value *profiled_behind(const Value *value)
{
    return value->node()->kind() == c10::prim::profile ? value->node()->input(0) : value;
}

std::vector<int64_t> profiled_sizes(const Value *value, bool channels_last)
{
    if (value->node()->kind() != c10::prim::profile) return {};
    const auto type = value->node()->ty(c10::attr::profiled_type)->cast<c10::TensorType>();
    const auto sizes = type ? type->sizes().concrete_sizes() : std::nullopt;
    const auto strides = type ? type->strides().concrete_sizes() : std::nullopt;
    if (!sizes || (channels_last &&
                   (!strides || sizes->size() != 4 || !c10::is_channels_last_strides_2d(*sizes, *strides))))
        return {};
    return *sizes;
}

std::optional<at::Tensor> profiled_constant(const Value *value)
{
    const auto constant = torch::jit::toIValue(profiled_behind(value));
    return constant && constant->isTensor() ? std::optional(constant->toTensor()) : std::nullopt;
}

Node *profiled_user(Node *node)
{
    const torch::jit::Block *block = node->owningBlock();
    do {
        if (node->outputs().size() != 1 || node->output()->uses().size() != 1) return nullptr;
        node = node->output()->uses()[0].user;
    } while (node->kind() == c10::prim::profile);
    return node->owningBlock() == block ? node : nullptr;
}

void profiled_remove(Node *first, Node *last)
{
    while (last != first) {
        Node *before = last->input(0)->node();
        last->destroy();
        last = before;
    }
    first->destroy();
}

std::optional<Layer> profiled_layer(const Node *node)
{
    const std::vector<int64_t> sizes =
        node && !node->inputs().empty() ? profiled_sizes(node->input(0)) : std::vector<int64_t>();
    if (sizes.empty() || !is_layer(node, sizes.size())) return std::nullopt;
    const auto weight = profiled_constant(node->input(1)), bias = profiled_constant(node->input(2));
    const bool without_bias = node->input(2)->type()->kind() == c10::NoneType::Kind;
    if (!weight || (!bias && !without_bias) || !takes(*weight, sizes[1])) return std::nullopt;
    const int64_t outputs = weight->size(0);
    return Layer{weight->reshape({outputs, sizes[1]}).contiguous(),
                 bias ? bias->to(at::kFloat).contiguous() : at::zeros({outputs}), Activation::none};
}

Activation profiled_activation(const Node *node)
{
    const std::string_view kind = node ? node->kind().toQualString() : "";
    for (const auto &[name, activation] : activations)
        if (kind == name) return activation;
    return Activation::none;
}

bool profiled_is_global_pool(const Node *node)
{
    if (node->kind() == c10::aten::adaptive_avg_pool2d) return is_list(node->input(1), {1, 1});
    if (node->kind() != c10::aten::mean || node->inputs().size() != 4) return false;
    return (is_list(node->input(1), {2, 3}) || is_list(node->input(1), {-2, -1})) &&
           torch::jit::constant_as<bool>(node->input(2)).value_or(false) &&
           node->input(3)->type()->kind() == c10::NoneType::Kind;
}

} // namespace ptrun
