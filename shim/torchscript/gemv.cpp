#include "gemv.h"

#include "profiled.h"

#include <ATen/Functions.h>
#include <ATen/record_function.h>
#include <torch/csrc/jit/runtime/custom_operator.h>

#include <vector>

namespace ptrun
{
namespace
{

using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Stack;

const c10::Symbol gemv = c10::Symbol::fromQualString("ptrun::gemv");

// One row as a batch of one image of one pixel.
at::Tensor in_layout_of(const at::Tensor &input, const at::Tensor &row)
{
    const int64_t channels = row.size(-1);
    const bool last = input.suggest_memory_format() == at::MemoryFormat::ChannelsLast;
    return row.as_strided({1, channels, 1, 1}, {channels, 1, last ? channels : 1, last ? channels : 1});
}

void run_gemv(Stack &stack)
{
    RECORD_FUNCTION("ptrun::gemv", std::vector<c10::IValue>());
    const auto activation = static_cast<Activation>(torch::jit::pop(stack).toInt());
    const at::Tensor bias = torch::jit::pop(stack).toTensor(), weight = torch::jit::pop(stack).toTensor(),
                     input = torch::jit::pop(stack).toTensor();
    TORCH_CHECK(input.dim() >= 2 && input.size(1) == weight.size(1), "another row than was seen before");
    const at::Tensor x = input.movedim(1, -1).to(at::kFloat).contiguous();
    const int64_t rows = x.numel() / weight.size(1);
    std::vector<int64_t> sizes = x.sizes().vec();
    sizes.back() = weight.size(0);
    at::Tensor y = at::empty(sizes, x.options());
    layer_run({weight, bias, activation}, x.const_data_ptr<float>(), rows, y.mutable_data_ptr<float>());
    // In the strides of the operator that it stands for: the guards of compiled parts compare them.
    y = rows == 1 && input.dim() == 4 ? in_layout_of(input, y) : y.movedim(-1, 1);
    torch::jit::push(stack, y.to(input.scalar_type()));
}

const torch::jit::RegisterOperators registered(
    {torch::jit::Operator("ptrun::gemv(Tensor input, Tensor weight, Tensor bias, int activation) -> Tensor",
                          run_gemv, c10::AliasAnalysisKind::FROM_SCHEMA)});

bool is_one_row(const std::vector<int64_t> &sizes)
{
    return sizes[0] == 1 && (sizes.size() == 2 || (sizes.size() == 4 && sizes[2] == 1 && sizes[3] == 1));
}

void replace(Graph &graph, Node *node)
{
    const auto layer = profiled_layer(node);
    if (!layer || !is_one_row(profiled_sizes(node->input(0)))) return;
    Node *last = profiled_user(node);
    const Activation activation = profiled_activation(last);
    if (activation == Activation::none) last = node;
    torch::jit::WithInsertPoint here(node);
    last->output()->replaceAllUsesWith(
        graph.insert(gemv, {node->input(0), layer->weight, layer->bias, static_cast<int64_t>(activation)}));
    profiled_remove(node, last);
}

} // namespace

void use_gemv(Graph &graph)
{
    std::vector<Node *> layers;
    for (Node *node : graph.nodes())
        if (profiled_layer(node)) layers.push_back(node);
    for (Node *layer : layers) replace(graph, layer);
}

} // namespace ptrun
