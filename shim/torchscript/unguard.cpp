#include "unguard.h"

#include <torch/csrc/jit/codegen/onednn/interface.h>

#include <algorithm>
#include <string_view>
#include <vector>

namespace ptrun
{
namespace
{

using torch::jit::Block;
using torch::jit::Graph;
using torch::jit::Node;

// Operators whose result has a shape that follows from the shapes of the operands and from numbers that are no
// content of a tensor.
constexpr std::string_view shape_follows[] = {
    "aten::_convolution", "aten::adaptive_avg_pool2d", "aten::add", "aten::avg_pool2d", "aten::batch_norm",
    "aten::cat", "aten::chunk", "aten::clamp", "aten::contiguous", "aten::conv2d", "aten::div", "aten::expand",
    "aten::flatten", "aten::gelu", "aten::hardsigmoid", "aten::hardswish", "aten::hardtanh", "aten::layer_norm",
    "aten::linear", "aten::matmul", "aten::max_pool2d", "aten::mean", "aten::mul", "aten::permute",
    "aten::relu", "aten::relu6", "aten::reshape", "aten::scaled_dot_product_attention", "aten::select",
    "aten::sigmoid", "aten::silu", "aten::size", "aten::slice", "aten::softmax", "aten::squeeze", "aten::sub",
    "aten::transpose", "aten::unbind", "aten::unflatten", "aten::unsqueeze", "aten::view", "prim::Constant",
    "prim::ListConstruct", "prim::ListUnpack", "prim::TupleConstruct", "prim::TupleUnpack",
    "prim::oneDNNFusionGroup", "prim::oneDNNFusionGuard"};

Node *guard_of(const Node *node)
{
    if (node->kind() != c10::prim::If) return nullptr;
    Node *guard = node->input(0)->node();
    return std::string_view(guard->kind().toQualString()) == "prim::oneDNNFusionGuard" ? guard : nullptr;
}

bool shapes_follow_from_input(const Graph &graph)
{
    return std::all_of(graph.nodes().begin(), graph.nodes().end(), [](const Node *node) {
        return guard_of(node) ||
               std::count(std::begin(shape_follows), std::end(shape_follows), node->kind().toQualString());
    });
}

// The first block is the compiled part, the second what runs where shapes are others.
void take_compiled_part(Node *choice, Node *guard)
{
    Block *compiled = choice->blocks()[0];
    std::vector<Node *> nodes;
    for (Node *node : compiled->nodes()) nodes.push_back(node);
    for (Node *node : nodes) node->moveBefore(choice);
    for (size_t i = 0; i < choice->outputs().size(); i++)
        choice->output(i)->replaceAllUsesWith(compiled->outputs()[i]);
    choice->destroy();
    for (size_t i = 0; i < guard->inputs().size(); i++)
        guard->output(i)->replaceAllUsesWith(guard->input(i));
    guard->destroy();
}

} // namespace

void fuse_for_one_shape(std::shared_ptr<Graph> &graph)
{
    torch::jit::fuser::onednn::fuseGraph(graph);
    if (!shapes_follow_from_input(*graph)) return;
    std::vector<Node *> choices;
    for (Node *node : graph->nodes())
        if (guard_of(node)) choices.push_back(node);
    for (Node *choice : choices) take_compiled_part(choice, guard_of(choice));
}

} // namespace ptrun
