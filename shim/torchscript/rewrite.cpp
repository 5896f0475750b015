#include "rewrite.h"

#include "profiled.h"

#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>

#include <cmath>
#include <optional>
#include <string_view>
#include <vector>

namespace ptrun
{
namespace
{

using c10::IValue;
using torch::jit::Block;
using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;
using torch::jit::WithInsertPoint;
namespace aten = c10::aten;

const c10::Symbol native_attention = c10::Symbol::fromQualString("aten::_native_multi_head_attention");

void collect(Block *block, c10::Symbol kind, std::vector<Node *> &found)
{
    for (Node *node : block->nodes()) {
        if (node->kind() == kind) found.push_back(node);
        for (Block *inner : node->blocks()) collect(inner, kind, found);
    }
}

std::vector<Node *> nodes_of(Graph &graph, c10::Symbol kind)
{
    std::vector<Node *> found;
    collect(graph.block(), kind, found);
    return found;
}

bool is_none(const Value *value)
{
    return value->type()->kind() == c10::NoneType::Kind;
}

bool is_false(const Value *value)
{
    const auto constant = torch::jit::toIValue(value);
    return constant && constant->isBool() && !constant->toBool();
}

// The integers of a list of which all that are asked for are constants: -1 stands for the others.
std::optional<std::vector<int64_t>> integers(const Value *list)
{
    if (const auto constant = torch::jit::toIValue(list); constant && constant->isIntList())
        return constant->toIntVector();
    if (list->node()->kind() != c10::prim::ListConstruct) return std::nullopt;
    std::vector<int64_t> numbers;
    for (const Value *element : list->node()->inputs()) {
        const auto number = torch::jit::toIValue(element);
        numbers.push_back(number && number->isInt() ? number->toInt() : -1);
    }
    return numbers;
}

// Size of the last dimension, where the views that made the value say it; 0 where they do not.
int64_t last_size(const Value *value)
{
    const Node *node = value->node();
    const std::string_view kind = node->kind().toQualString();
    if (kind == "aten::view" || kind == "aten::reshape" || kind == "aten::unflatten") {
        const auto sizes = integers(node->inputs().back());
        return sizes && !sizes->empty() && sizes->back() > 0 ? sizes->back() : 0;
    }
    if (kind == "prim::ListUnpack") return last_size(node->input(0));
    if (kind == "aten::unbind" || kind == "aten::select") {
        const auto dim = torch::jit::toIValue(node->input(1));
        return dim && dim->isInt() && dim->toInt() == 0 ? last_size(node->input(0)) : 0;
    }
    if (kind == "aten::transpose") {
        const auto a = torch::jit::toIValue(node->input(1)), b = torch::jit::toIValue(node->input(2));
        return a && b && a->toInt() >= 0 && a->toInt() < 3 && b->toInt() >= 0 && b->toInt() < 3 // of 4
                   ? last_size(node->input(0))
                   : 0;
    }
    if (kind == "aten::permute") {
        const auto dims = integers(node->input(1));
        return dims && !dims->empty() && dims->back() == static_cast<int64_t>(dims->size()) - 1
                   ? last_size(node->input(0))
                   : 0;
    }
    return 0;
}

Value *integer_list(Graph &graph, std::vector<int64_t> numbers)
{
    return graph.insertConstant(IValue(std::move(numbers)));
}

// softmax(query key^T scale) value
Value *insert_attention(Graph &graph, Value *query, Value *key, Value *value, double scale)
{
    Value *transposed = graph.insert(aten::transpose, {key, -1, -2});
    Value *products = graph.insert(aten::mul, {graph.insert(aten::matmul, {query, transposed}), scale});
    return graph.insert(aten::matmul, {graph.insert(aten::softmax, {products, -1}), value});
}

void split_attention(Graph &graph, Node *node)
{
    const double scale = [&] {
        if (const auto given = torch::jit::toIValue(node->input(6)); given && given->isDouble())
            return given->toDouble();
        const int64_t size = is_none(node->input(6)) ? last_size(node->input(0)) : 0;
        return size > 0 ? 1 / std::sqrt(static_cast<double>(size)) : 0;
    }();
    const auto dropout = torch::jit::toIValue(node->input(4));
    if (scale == 0 || !is_none(node->input(3)) || !dropout || dropout->toDouble() != 0 ||
        !is_false(node->input(5)) || !is_false(node->input(7)))
        return;
    WithInsertPoint here(node);
    node->output()->replaceAllUsesWith(
        insert_attention(graph, node->input(0), node->input(1), node->input(2), scale));
}

void split_multi_head_attention(Graph &graph, Node *node)
{
    const auto width = torch::jit::toIValue(node->input(3)), heads = torch::jit::toIValue(node->input(4));
    Value *input = node->input(0);
    if (input != node->input(1) || input != node->input(2) || !width || !heads || !is_none(node->input(9)) ||
        node->output(1)->hasUses())
        return;
    const int64_t size = width->toInt() / heads->toInt();
    WithInsertPoint here(node);
    Value *projected = graph.insert(aten::linear, {input, node->input(5), node->input(6)});
    Value *parts = graph.insert(
        aten::permute,
        {graph.insert(aten::unflatten, {projected, -1, integer_list(graph, {3, heads->toInt(), size})}),
         integer_list(graph, {2, 0, 3, 1, 4})});
    Value *attention =
        insert_attention(graph, graph.insert(aten::select, {parts, 0, 0}),
                         graph.insert(aten::select, {parts, 0, 1}), graph.insert(aten::select, {parts, 0, 2}),
                         1 / std::sqrt(static_cast<double>(size)));
    Value *joined = graph.insert(aten::flatten, {graph.insert(aten::transpose, {attention, 1, 2}), 2, 3});
    node->output(0)->replaceAllUsesWith(
        graph.insert(aten::linear, {joined, node->input(7), node->input(8)}));
}

// Whether `factor` has one number for each output of a linear layer, whose dimension is `from_end` in what it
// is multiplied with (0: the last).
bool is_scale_of(const at::Tensor &factor, int64_t outputs, int64_t from_end)
{
    return factor.numel() == outputs && factor.dim() > from_end &&
           factor.size(factor.dim() - 1 - from_end) == outputs;
}

struct Scaled {
    Node *linear;
    int64_t rank;     // that the product is known to have at least
    int64_t from_end; // where the layer's output dimension lies
};

// The linear layer whose output, perhaps permuted, `value` is, where nobody else uses it.
std::optional<Scaled> linear_behind(Value *value)
{
    if (value->uses().size() != 1) return std::nullopt;
    Node *node = value->node();
    if (node->kind() == aten::linear) return Scaled{node, 1, 0};
    const auto dims = node->kind() == aten::permute ? integers(node->input(1)) : std::nullopt;
    if (!dims || node->input(0)->uses().size() != 1 || node->input(0)->node()->kind() != aten::linear)
        return std::nullopt;
    const auto rank = static_cast<int64_t>(dims->size());
    for (int64_t place = 0; place < rank; place++)
        if ((*dims)[static_cast<size_t>(place)] == rank - 1)
            return Scaled{node->input(0)->node(), rank, rank - 1 - place};
    return std::nullopt;
}

void fold_scale(Graph &graph, Node *product)
{
    for (size_t place : {0, 1}) {
        const auto factor = profiled_constant(product->input(place));
        const auto found = factor ? linear_behind(product->input(1 - place)) : std::nullopt;
        if (!found) continue;
        const auto [linear, rank, from_end] = *found;
        const auto weight = profiled_constant(linear->input(1)), bias = profiled_constant(linear->input(2));
        if (!weight || (!bias && !is_none(linear->input(2))) || factor->scalar_type() != at::kFloat ||
            weight->scalar_type() != at::kFloat || factor->dim() > rank || // which would add dimensions
            !is_scale_of(*factor, weight->size(0), from_end))
            return;
        const at::Tensor column = factor->reshape({-1});
        WithInsertPoint here(linear);
        linear->replaceInput(1, graph.insertConstant(weight->mul(column.unsqueeze(1))));
        if (bias) linear->replaceInput(2, graph.insertConstant(bias->mul(column)));
        product->output()->replaceAllUsesWith(product->input(1 - place));
        return;
    }
}

} // namespace

void rewrite_for_onednn_graph(torch::jit::Module &frozen)
{
    std::shared_ptr<Graph> graph = frozen.get_method("forward").graph();
    for (Node *node : nodes_of(*graph, native_attention)) split_multi_head_attention(*graph, node);
    for (Node *node : nodes_of(*graph, aten::scaled_dot_product_attention)) split_attention(*graph, node);
    for (Node *node : nodes_of(*graph, aten::mul)) fold_scale(*graph, node);
    torch::jit::EliminateDeadCode(graph);
}

} // namespace ptrun
