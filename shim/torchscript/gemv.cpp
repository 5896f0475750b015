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

void run_gemv(Stack &stack)
{
    RECORD_FUNCTION("ptrun::gemv", std::vector<c10::IValue>());
    const auto activation = static_cast<Activation>(torch::jit::pop(stack).toInt());
    const at::Tensor bias = torch::jit::pop(stack).toTensor(), weight = torch::jit::pop(stack).toTensor(),
                     input = torch::jit::pop(stack).toTensor();
    const at::Tensor x = input.movedim(1, -1).to(at::kFloat).contiguous();
    std::vector<int64_t> sizes = x.sizes().vec();
    sizes.back() = weight.size(0);
    const at::Tensor y = at::empty(sizes, x.options());
    layer_run({weight, bias, activation}, x.const_data_ptr<float>(), x.numel() / x.size(-1),
              y.mutable_data_ptr<float>());
    torch::jit::push(stack, y.movedim(-1, 1).to(input.scalar_type()));
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
