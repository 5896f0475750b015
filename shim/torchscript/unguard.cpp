#include "unguard.h"

#include "gemv.h"
#include "profiled.h"
#include "squeeze_excite.h"

#include <torch/csrc/jit/codegen/onednn/interface.h>
#include <torch/csrc/jit/ir/constants.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

namespace ptrun
{
namespace
{

using torch::jit::Block;
using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;

// Operators whose result has a shape that follows from the shapes of the operands and from numbers that are no
// content of a tensor.
constexpr std::string_view shape_follows[] = {
    "aten::_convolution", "aten::adaptive_avg_pool2d", "aten::add", "aten::avg_pool2d", "aten::batch_norm",
    "aten::cat", "aten::chunk", "aten::clamp", "aten::contiguous", "aten::conv2d", "aten::div", "aten::expand",
    "aten::flatten", "aten::gelu", "aten::hardsigmoid", "aten::hardswish", "aten::hardtanh", "aten::layer_norm",
    "aten::leaky_relu", "aten::linear", "aten::log_softmax", "aten::matmul", "aten::max_pool2d", "aten::mean",
    "aten::mul", "aten::neg", "aten::permute", "aten::relu", "aten::relu6", "aten::reshape", "aten::rsub",
    "aten::scaled_dot_product_attention", "aten::select", "aten::sigmoid", "aten::silu", "aten::size",
    "aten::slice", "aten::softmax", "aten::squeeze", "aten::sub", "aten::tanh", "aten::transpose", "aten::unbind", "aten::unflatten", "aten::unsqueeze", "aten::view", "prim::Constant",
    "prim::ListConstruct", "prim::ListUnpack", "prim::TupleConstruct", "prim::TupleUnpack",
    "prim::oneDNNFusionGroup", "prim::oneDNNFusionGuard", "ptrun::gemv", "ptrun::squeeze_excite"};

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

using Sides = std::vector<int64_t>;
using Pools = std::map<const Node *, Sides>;

Pools global_pools(Graph &graph)
{
    Pools pools;
    for (Node *node : graph.nodes()) {
        if (!profiled_is_global_pool(node)) continue;
        const auto sizes = profiled_sizes(node->input(0), /*channels_last=*/true);
        if (!sizes.empty()) pools.emplace(node, Sides{sizes[2], sizes[3]});
    }
    return pools;
}

// LibTorch 2.13 pools channels_last to one pixel by way of mean(), in bf16 through a copy in fp32, which
// takes three to four times as long as its avg_pool2d; in fp32 the latter is a little faster. Planes it pools
// slower.
void pool_by_size(Graph &graph, const Pools &pools)
{
    for (auto next = graph.nodes().begin(); next != graph.nodes().end();) {
        Node *node = *next++;
        const auto pool = pools.find(node);
        if (pool == pools.end() || !profiled_is_global_pool(node)) continue;
        torch::jit::WithInsertPoint here(node);
        Value *pooled =
            graph.insert(c10::aten::avg_pool2d, {node->input(0), graph.insertConstant(pool->second)});
        node->output()->replaceAllUsesWith(pooled);
        node->destroy();
    }
}

// Compiled parts hand tensors to each other in layouts of oneDNN's own, which no other operator can read. Where
// guards stay, one may fail, and the operators that run instead of its part get whatever the part before it gave:
// so every part gives strided tensors.
void give_strided_tensors(Block *block)
{
    const auto layouts = c10::Symbol::attr("output_layouts");
    for (Node *node : block->nodes()) {
        if (node->hasAttribute(layouts)) node->is_(layouts, std::vector<int64_t>(node->outputs().size(), 0));
        for (Block *inner : node->blocks()) give_strided_tensors(inner);
    }
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
    for (size_t i = 0; i < guard->inputs().size(); i++) guard->output(i)->replaceAllUsesWith(guard->input(i));
    guard->destroy();
}

} // namespace

void fuse_for_one_shape(std::shared_ptr<Graph> &graph)
{
    use_squeeze_excite(*graph); // these before the fuser, which forgets what was seen
    use_gemv(*graph);
    const Pools pools = global_pools(*graph);
    torch::jit::fuser::onednn::fuseGraph(graph);
    if (!shapes_follow_from_input(*graph)) {
        give_strided_tensors(graph->block());
        return;
    }
    std::vector<Node *> choices;
    for (Node *node : graph->nodes())
        if (guard_of(node)) choices.push_back(node);
    for (Node *choice : choices) take_compiled_part(choice, guard_of(choice));
    pool_by_size(*graph, pools);
}

} // namespace ptrun
