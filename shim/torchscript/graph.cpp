#include "graph.h"

#include <ATen/native/quantized/PackedParams.h>
#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>

#include <algorithm>
#include <optional>
#include <string_view>

namespace ptrun
{
namespace
{

using c10::IValue;
using torch::jit::Block;
using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;
namespace prim = c10::prim;

// What became of the input on its way to a value.
struct Trace {
    bool alias;     // the value may share memory with the input
    bool broadcast; // other tensors were combined with it
};

// A graph on the way, and the call that led into it.
struct Frame {
    const Frame *caller;
    const Node *call;
    size_t shift; // inputs of the call before those that are the graph's own
    std::optional<Trace> returned;
};

using Names = std::initializer_list<std::string_view>;

// Operators whose result has the channels of the first operand.
const Names keep_channels = {"aten::to",
                             "aten::contiguous",
                             "aten::clone",
                             "aten::detach",
                             "aten::sub",
                             "aten::sub_",
                             "aten::div",
                             "aten::div_",
                             "aten::mul",
                             "aten::mul_",
                             "aten::add",
                             "aten::add_",
                             "aten::clamp",
                             "aten::clamp_",
                             "aten::batch_norm",
                             "aten::upsample_bilinear2d",
                             "aten::upsample_nearest2d",
                             "aten::upsample_bicubic2d",
                             "aten::quantize_per_tensor"};
const Names combine = {"aten::sub", "aten::div", "aten::mul", "aten::add"};
const Names pad_planes = {"aten::constant_pad_nd", "aten::pad", "aten::reflection_pad2d",
                          "aten::replication_pad2d"};
const Names convolutions = {"aten::_convolution", "aten::convolution", "aten::conv2d",
                            "aten::_convolution_mode"};
const Names quantized_convolutions = {"quantized::conv2d", "quantized::conv2d_relu"};
const Names dropouts = {"aten::dropout",          "aten::dropout_",      "aten::feature_dropout",
                        "aten::feature_dropout_", "aten::alpha_dropout", "aten::alpha_dropout_"};
// Operators that may return their operand itself although their schema does not say so.
const Names hidden_aliases = {"aten::type_as", "aten::dropout", "aten::feature_dropout",
                              "aten::alpha_dropout"};

bool is_one_of(const Names &names, const Node *node)
{
    return std::find(names.begin(), names.end(), node->kind().toQualString()) != names.end();
}

// Padding of height and width alone.
bool pads_planes(const Node *node)
{
    if (!is_one_of(pad_planes, node)) return false;
    const Node *amounts = node->input(1)->node();
    if (amounts->kind() == prim::ListConstruct) return amounts->inputs().size() <= 4;
    const auto constant = torch::jit::toIValue(node->input(1));
    return constant && constant->isIntList() && constant->toIntVector().size() <= 4;
}

// nullptr where the node calls no function that has a graph.
const Graph *called_function(const Node *node)
{
    if (node->kind() != prim::CallFunction) return nullptr;
    const auto type = node->input(0)->type()->cast<c10::FunctionType>();
    const auto function = type ? torch::jit::tryToGraphFunction(*type->function()) : nullptr;
    return function ? function->graph().get() : nullptr;
}

class Walk
{
  public:
    Walk(const torch::jit::Module &module, InputFacts &facts) : module_(module), facts_(facts) {}

    void follow(const Value *value, Frame &frame, Trace trace)
    {
        for (const auto &use : value->uses()) {
            if (budget_-- <= 0) throw std::length_error("too many paths");
            visit(use.user, use.offset, frame, trace);
        }
    }

  private:
    const torch::jit::Module &module_;
    InputFacts &facts_;
    bool contradictory_ = false;
    int budget_ = 10000;

    void visit(const Node *node, size_t place, Frame &frame, Trace trace)
    {
        if (node->kind() == prim::Return) leave(node, place, frame, trace);
        else if (node->kind() == prim::CallMethod)
            enter(method_graph(node, frame), node, place, 0, frame, trace);
        else if (node->kind() == prim::CallFunction)
            enter(called_function(node), node, place, 1, frame, trace);
        else if (place == 0 && is_one_of(convolutions, node)) convolution(node, frame, trace);
        else if (place == 0 && is_one_of(quantized_convolutions, node))
            quantized_convolution(node, frame, trace);
        else pass(node, place, frame, trace);
    }

    // The end of a block: of the graph, or of a branch, whose value goes on as the result of the `if`.
    void leave(const Node *node, size_t place, Frame &frame, Trace trace)
    {
        const Node *owner = node->owningBlock()->owningNode();
        const Trace before = frame.returned.value_or(Trace{false, false});
        if (!owner) frame.returned = {before.alias || trace.alias, before.broadcast || trace.broadcast};
        else if (owner->kind() == prim::If) follow(owner->outputs()[place], frame, trace);
        else facts_.written |= trace.alias;
    }

    void enter(const Graph *graph, const Node *node, size_t place, size_t shift, Frame &frame, Trace trace)
    {
        if (!graph) {
            facts_.written |= trace.alias;
            return;
        }
        Frame inner{&frame, node, shift, {}};
        follow(graph->inputs()[place - shift], inner, trace);
        if (inner.returned) follow(node->output(), frame, *inner.returned);
    }

    void pass(const Node *node, size_t place, Frame &frame, Trace trace)
    {
        const c10::FunctionSchema *schema = node->maybeSchema();
        const bool known = schema && place < schema->arguments().size();
        const c10::AliasInfo *alias = known ? schema->arguments()[place].alias_info() : nullptr;
        const bool goes_on =
            known && (is_one_of(keep_channels, node) || pads_planes(node)) && node->outputs().size() == 1;
        // Written, or seen through an alias that is not followed any further.
        if (trace.alias &&
            (!known || is_one_of(hidden_aliases, node) || (alias && (alias->isWrite() || !goes_on))))
            facts_.written = true;
        if (!goes_on) return;
        for (size_t i = 0; i < node->inputs().size(); i++)
            trace.broadcast |= i != place && is_one_of(combine, node) &&
                               node->input(i)->type()->isSubtypeOf(*c10::TensorType::get());
        trace.alias &= alias != nullptr;
        follow(node->output(), frame, trace);
    }

    void convolution(const Node *node, const Frame &frame, Trace trace)
    {
        const auto weight = resolve(node->namedInput("weight"), frame),
                   groups = resolve(node->namedInput("groups"), frame);
        if (node->hasNamedInput("transposed")) {
            const auto transposed = resolve(node->namedInput("transposed"), frame);
            if (!transposed || transposed->toBool()) return;
        }
        if (!weight || !weight->isTensor() || weight->toTensor().dim() != 4 || !groups) return;
        note(weight->toTensor().size(1) * groups->toInt(), trace);
    }

    void quantized_convolution(const Node *node, const Frame &frame, Trace trace)
    {
        const auto packed = resolve(node->input(1), frame);
        if (!packed || !packed->isObject()) return;
        const auto parameters = packed->toCustomClass<ConvPackedParamsBase<2>>();
        note(std::get<0>(parameters->unpack()).size(1) * parameters->groups(), trace);
    }

    // Two convolutions that ask for different channels (a branch for each kind of input) say nothing.
    void note(int64_t channels, Trace trace)
    {
        contradictory_ |= facts_.channels != 0 && facts_.channels != channels;
        facts_.channels = contradictory_ ? 0 : channels;
        facts_.broadcast |= trace.broadcast;
    }

    // The value where it is a constant or an attribute of the module.
    std::optional<IValue> resolve(const Value *value, const Frame &frame) const
    {
        const Node *node = value->node();
        if (node->kind() == prim::Constant) return torch::jit::toIValue(value);
        if (node->kind() == prim::GetAttr) {
            const auto object = resolve(node->input(), frame);
            if (!object || !object->isObject()) return {};
            return object->toObjectRef().getAttr(node->s(c10::attr::name));
        }
        if (node->kind() != prim::Param || node->owningBlock()->owningNode()) return {};
        if (frame.caller) return resolve(frame.call->input(value->offset() + frame.shift), *frame.caller);
        return value->offset() == 0 ? std::optional<IValue>(module_._ivalue()) : std::nullopt;
    }

    const Graph *method_graph(const Node *node, const Frame &frame) const
    {
        const auto object = resolve(node->input(0), frame);
        if (!object || !object->isObject()) return nullptr;
        torch::jit::Function *method = object->toObjectRef().type()->findMethod(node->s(c10::attr::name));
        return method ? torch::jit::toGraphFunction(*method).graph().get() : nullptr;
    }

};

bool is_true(const Node *node, const char *input)
{
    if (!node->hasNamedInput(input)) return false;
    const auto value = torch::jit::toIValue(node->namedInput(input));
    return value && value->isBool() && value->toBool();
}

bool node_trains(const Node *node)
{
    if (node->kind() == c10::aten::batch_norm)
        return is_true(node, "training") && !node->namedInput("running_mean")->mustBeNone();
    return is_one_of(dropouts, node) && is_true(node, "train");
}

bool block_trains(const Block *block)
{
    return std::any_of(block->nodes().begin(), block->nodes().end(), [](const Node *node) {
        return node_trains(node) || std::any_of(node->blocks().begin(), node->blocks().end(), block_trains);
    });
}

// `while` has the largest count of all.
bool is_endless(const Node *node)
{
    constexpr int64_t many = 1000000;
    if (node->kind() != prim::Loop) return false;
    const auto count = torch::jit::toIValue(node->input(0));
    return count && count->isInt() && count->toInt() >= many;
}

// Functions call no other in a circle.
bool block_is_endless(const Block *block)
{
    return std::any_of(block->nodes().begin(), block->nodes().end(), [](const Node *node) {
        const Graph *called = called_function(node);
        return is_endless(node) || (called && block_is_endless(called->block())) ||
               std::any_of(node->blocks().begin(), node->blocks().end(), block_is_endless);
    });
}

} // namespace

InputFacts graph_input_facts(const torch::jit::Module &module)
try {
    InputFacts facts;
    facts.written = false;
    Frame frame{nullptr, nullptr, 0, {}};
    const auto graph = module.get_method("forward").graph();
    Walk(module, facts).follow(graph->inputs().at(1), frame, {true, false});
    return facts;
} catch (const std::exception &) {
    return {}; // a program of an unusual make: nothing is known about it, and it runs all the same
}

bool graph_is_endless(const torch::jit::Module &module)
{
    for (const torch::jit::Module &part : module.modules())
        for (const torch::jit::Method &method : part.get_methods())
            if (block_is_endless(method.graph()->block())) return true;
    return false;
}

bool graph_trains(const torch::jit::Module &module)
{
    for (const torch::jit::Module &part : module.modules())
        for (const torch::jit::Method &method : part.get_methods())
            if (block_trains(method.graph()->block())) return true;
    return false;
}

} // namespace ptrun
