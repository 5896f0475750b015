#include "combining.h"

#include "program.h"

#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/ir/ir.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace ptrun
{
namespace
{

using torch::jit::Block;
using torch::jit::Node;
using torch::jit::Value;
namespace prim = c10::prim;

constexpr int unknown_rank = -1;

// What a value has to do with the images of the batch.
struct State {
    enum Kind {
        plain,    // nothing
        images,   // one entry of dimension `axis` belongs to one image
        combined, // entries of several images went into each entry
        unknown,
    };
    Kind kind = plain;
    int axis = 0, rank = unknown_rank; // of `images`
    std::string cause;                 // of `combined`

    bool operator==(const State &other) const
    {
        return kind == other.kind && axis == other.axis && rank == other.rank;
    }
};

State unknown()
{
    return {State::unknown, 0, unknown_rank, {}};
}

State combined(const Node *node)
{
    return {State::combined, 0, unknown_rank, std::string(node->kind().toQualString()) + " over the images"};
}

State with(State state, int axis, int rank)
{
    state.axis = axis;
    state.rank = rank;
    return state;
}

using Names = std::unordered_set<std::string_view>;

// One entry of the result follows from one entry of each operand, with broadcasting.
const Names elementwise = {
    "abs", "add", "addcmul", "alias", "bitwise_not", "celu", "clamp", "clamp_max", "clamp_min", "clone", "contiguous",
    "cos", "detach", "div", "dropout", "elu", "eq", "erf", "exp", "expm1", "feature_dropout", "floor", "gelu", "ge",
    "gt", "hardsigmoid", "hardswish", "hardtanh", "le", "leaky_relu", "lerp", "log", "log10", "log1p", "log2",
    "log_sigmoid", "logical_not", "lt", "masked_fill", "maximum", "minimum", "mish", "mul", "nan_to_num", "ne", "neg",
    "add_relu", "dequantize", "pow", "prelu", "quantize_per_tensor", "reciprocal", "relu", "relu6", "round", "rsqrt", "rsub", "selu", "sigmoid", "sign", "silu", "sin",
    "softplus", "softsign", "sqrt", "square", "sub", "tanh", "threshold", "to", "type_as", "where"};
// Over height and width, or over channels, of a batch whose first dimension are the images.
const Names per_image = {
    "_convolution", "_convolution_mode", "conv2d_add_relu", "conv2d_relu", "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_max_pool2d",
    "avg_pool1d", "avg_pool2d", "channel_shuffle", "constant_pad_nd", "conv1d", "conv2d", "conv3d", "conv_transpose2d",
    "convolution", "group_norm", "instance_norm", "local_response_norm", "lp_pool2d", "max_pool1d", "max_pool2d",
    "max_pool2d_with_indices", "pad", "pixel_shuffle", "pixel_unshuffle", "reflection_pad2d", "replication_pad2d",
    "upsample_bicubic2d", "upsample_bilinear2d", "upsample_nearest2d"};
// Along one dimension, or several, which the result has no more or as one entry.
const Names reductions = {"all", "amax", "amin", "any", "argmax", "argmin", "linalg_vector_norm", "logsumexp", "max", "mean",
                          "median", "min", "norm", "prod", "std", "sum", "var"};
// Along one dimension, or several, which the result keeps.
const Names along = {"argsort", "cummax", "cumprod", "cumsum", "flip", "gather", "glu", "index_select", "log_softmax",
                     "logcumsumexp", "renorm", "roll", "scatter", "softmax", "sort", "topk"};
const Names containers = {"ListConstruct", "TupleConstruct", "ListUnpack", "TupleUnpack"};

bool is_in_place(const Node *node)
{
    const std::string_view name = node->kind().toUnqualString();
    return node->kind().is_aten() && name.back() == '_' && name.front() != '_';
}

std::string_view short_name(const Node *node)
{
    const std::string_view name = node->kind().toUnqualString();
    return is_in_place(node) ? name.substr(0, name.size() - 1) : name;
}

std::optional<std::vector<int64_t>> constant_integers(const Value *value)
{
    if (const auto constant = torch::jit::toIValue(value)) {
        if (constant->isInt()) return std::vector<int64_t>{constant->toInt()};
        if (constant->isIntList()) return constant->toIntVector();
        return std::nullopt;
    }
    std::vector<int64_t> numbers;
    if (value->node()->kind() != prim::ListConstruct) return std::nullopt;
    for (const Value *element : value->node()->inputs()) {
        const auto number = torch::jit::toIValue(element);
        if (!number || !number->isInt()) return std::nullopt;
        numbers.push_back(number->toInt());
    }
    return numbers;
}

bool is_absent(const Value *value)
{
    return value->mustBeNone() || (constant_integers(value) && constant_integers(value)->empty());
}

bool is_true(const Node *node, const char *argument)
{
    return node->hasNamedInput(argument) &&
           torch::jit::constant_as<bool>(node->namedInput(argument)).value_or(false);
}

class Analysis
{
  public:
    explicit Analysis(const Program &program)
    {
        const auto inputs = program.graph->inputs();
        if (inputs.size() > 1) states_[inputs[1]] = {State::images, 0, 4, {}};
        walk(program.graph->block());
        for (const Value *value : program.graph->outputs()) result_ = joined(result_, state_of(value));
    }

    const std::string &cause() const
    {
        return result_.cause;
    }

  private:
    std::unordered_map<const Value *, State> states_;
    State result_;

    State state_of(const Value *value) const
    {
        const auto found = states_.find(value);
        return found == states_.end() ? State() : found->second;
    }

    // Of a value that may be one or the other, or holds both.
    static State joined(const State &a, const State &b)
    {
        if (a.kind == State::combined || a == b) return a;
        if (b.kind == State::combined || a.kind == State::plain) return b;
        return b.kind == State::plain ? a : unknown();
    }

    void walk(const Block *block)
    {
        for (const Node *node : block->nodes()) {
            for (const Block *inner : node->blocks()) walk(inner);
            if (node->kind() == prim::If) choose(node);
            else if (node->kind() == prim::Loop) loop(node);
            else if (node->kind() == prim::TupleUnpack) unpack(node);
            else if (!node->outputs().empty()) {
                const State state = result_of(node);
                for (const Value *output : node->outputs()) states_[output] = state;
                if (state.kind == State::combined && is_in_place(node)) states_[node->input(0)] = state;
            }
        }
    }

    void choose(const Node *node)
    {
        const State condition = state_of(node->input(0));
        for (size_t i = 0; i < node->outputs().size(); i++) {
            const State state = joined(state_of(node->blocks()[0]->outputs()[i]), state_of(node->blocks()[1]->outputs()[i]));
            states_[node->output(i)] = condition.kind == State::combined ? condition : state;
        }
    }

    void loop(const Node *node)
    {
        for (const Value *output : node->outputs()) states_[output] = unknown();
    }

    void unpack(const Node *node)
    {
        const Node *made = node->input()->node();
        const bool known = made->kind() == prim::TupleConstruct && made->inputs().size() == node->outputs().size();
        for (size_t i = 0; i < node->outputs().size(); i++)
            states_[node->output(i)] = state_of(known ? made->input(i) : node->input());
    }

    // Of all operands, where they are broadcast to one shape.
    State broadcast(const Node *node) const
    {
        State result;
        for (const Value *input : node->inputs()) {
            const State state = state_of(input);
            if (state.kind == State::combined) return state;
            if (state.kind == State::plain || result.kind == State::unknown) continue;
            if (result.kind == State::plain || state.kind == State::unknown) result = state;
            else result = aligned(node, result, state);
        }
        return result;
    }

    // Two operands with images: they meet image by image only where the dimensions lie alike from the last one.
    static State aligned(const Node *node, const State &a, const State &b)
    {
        if (a == b) return a;
        if (a.rank == unknown_rank || b.rank == unknown_rank) return unknown();
        if (a.axis - a.rank != b.axis - b.rank) return combined(node);
        return a.rank > b.rank ? a : b;
    }

    State result_of(const Node *node)
    {
        const State state = broadcast(node);
        if (state.kind == State::plain || state.kind == State::combined) return state;
        const std::string_view qualified = node->kind().toQualString(), name = short_name(node);
        const bool operation = node->kind().is_aten() || qualified.substr(0, 11) == "quantized::";
        if (containers.count(name)) return container(node);
        if (!operation || state.kind == State::unknown) return unknown();
        if (name == "size" || name == "dim" || name == "len" || name == "numel" || name == "device" || name == "is_floating_point")
            return {};
        if (elementwise.count(name)) return state;
        if (name == "item" || name == "Bool" || name == "Float" || name == "Int") return combined(node);
        return of_first_operand(node, name);
    }

    State of_first_operand(const Node *node, std::string_view name) const
    {
        const State first = state_of(node->input(0));
        if (name == "matmul" || name == "bmm" || name == "mm") return product(node, first, state_of(node->input(1)));
        if (name == "addmm" || name == "baddbmm") return product(node, state_of(node->input(1)), state_of(node->input(2)));
        if (name == "cat" || name == "stack") return concatenation(node, first, name == "stack");
        if (first.kind != State::images) return unknown();
        if (per_image.count(name)) return first.axis == 0 ? first : unknown();
        if (name == "batch_norm") return batch_norm(node, first);
        if (name == "layer_norm") return layer_norm(node, first);
        if (name == "linear" || name == "linear_relu") return first.rank != unknown_rank && first.axis == first.rank - 1 ? combined(node) : first;
        if (reductions.count(name)) return reduction(node, first);
        if (along.count(name)) return operation_along(node, first);
        if (name == "scaled_dot_product_attention") return attention(node, first);
        if (name == "lstm" || name == "gru" || name == "rnn_tanh" || name == "rnn_relu") return recurrence(node, first);
        return view(node, name, first);
    }

    State container(const Node *node) const
    {
        State state;
        for (const Value *input : node->inputs()) state = joined(state, state_of(input));
        return state;
    }

    static State batch_norm(const Node *node, const State &input)
    {
        if (is_true(node, "training") || node->namedInput("running_mean")->mustBeNone())
            return {State::combined, 0, unknown_rank, "aten::batch_norm with the statistics of the batch"};
        return input.axis == 0 ? input : unknown();
    }

    static State layer_norm(const Node *node, const State &input)
    {
        const auto shape = constant_integers(node->namedInput("normalized_shape"));
        if (!shape || input.rank == unknown_rank) return unknown();
        return input.axis >= input.rank - static_cast<int>(shape->size()) ? combined(node) : input;
    }

    static State attention(const Node *node, const State &query)
    {
        if (query.rank == unknown_rank) return unknown();
        return query.axis >= query.rank - 2 ? combined(node) : query;
    }

    // Over the first dimension, or the second one.
    static State recurrence(const Node *node, const State &sequence)
    {
        if (!node->hasNamedInput("batch_first")) return unknown();
        return sequence.axis == (is_true(node, "batch_first") ? 1 : 0) ? combined(node) : sequence;
    }

    static State product(const Node *node, const State &a, const State &b)
    {
        if (a.kind == State::unknown || b.kind == State::unknown) return unknown();
        const bool left = a.kind == State::images, right = b.kind == State::images;
        if ((left && a.rank == unknown_rank) || (right && b.rank == unknown_rank)) return unknown();
        const int from_left = a.axis - a.rank, from_right = b.axis - b.rank; // -1: the last dimension
        if ((left && from_left == -1) || (right && from_right == -2 && b.rank > 1)) return combined(node); // summed over
        if (left && right && from_left == from_right && from_left < -2) return a.rank > b.rank ? a : b;
        if (left && right) return combined(node);
        return left ? a : b;
    }

    State concatenation(const Node *node, const State &list, bool adds) const
    {
        const auto dims = constant_integers(node->input(1));
        if (list.kind != State::images || !dims || dims->size() != 1) return unknown();
        const int dim = whole((*dims)[0], list.rank == unknown_rank ? unknown_rank : list.rank + adds);
        if (dim < 0 || (!adds && dim == list.axis)) return unknown();
        const int rank = list.rank == unknown_rank ? unknown_rank : list.rank + adds;
        return with(list, list.axis + (adds && dim <= list.axis), rank);
    }

    // A dimension counted from the first one; negative where that cannot be told.
    static int whole(int64_t dim, int rank)
    {
        if (dim >= 0) return static_cast<int>(dim);
        return rank == unknown_rank ? -1 : static_cast<int>(dim) + rank;
    }

    // The dimensions that an operator works along; nothing where it is all of them.
    static std::optional<std::vector<int64_t>> dimensions(const Node *node)
    {
        for (const char *argument : {"dim", "dims"})
            if (node->hasNamedInput(argument) && !is_absent(node->namedInput(argument)))
                return constant_integers(node->namedInput(argument)).value_or(std::vector<int64_t>{INT64_MIN});
        return std::nullopt;
    }

    static State reduction(const Node *node, const State &input)
    {
        const auto dims = dimensions(node);
        if (!dims) return node->inputs().size() > 1 && node->input(1)->type()->isSubtypeOf(*c10::TensorType::get())
                              ? unknown() // max(a, b)
                              : combined(node);
        int before = 0;
        for (const int64_t given : *dims) {
            const int dim = given == INT64_MIN ? -1 : whole(given, input.rank);
            if (dim < 0) return unknown();
            if (dim == input.axis) return combined(node);
            before += dim < input.axis;
        }
        if (is_true(node, "keepdim")) return input;
        const int gone = static_cast<int>(dims->size());
        return with(input, input.axis - before, input.rank == unknown_rank ? unknown_rank : input.rank - gone);
    }

    static State operation_along(const Node *node, const State &input)
    {
        const auto dims = dimensions(node);
        if (!dims) return combined(node);
        for (const int64_t given : *dims) {
            const int dim = given == INT64_MIN ? -1 : whole(given, input.rank);
            if (dim < 0) return unknown();
            if (dim == input.axis) return combined(node);
        }
        return input;
    }

    // Operators that move numbers.
    State view(const Node *node, std::string_view name, const State &input) const
    {
        if (name == "flatten") return flatten(node, input);
        if (name == "view" || name == "reshape") return reshape(node, input);
        if (name == "permute") return permute(node, input);
        if (name == "transpose" || name == "swapaxes") return transpose(node, input);
        if (name == "t") return input.rank == 2 ? with(input, 1 - input.axis, 2) : unknown();
        if (name == "unsqueeze") return unsqueeze(node, input);
        if (name == "select" || name == "unbind") return select(node, input, name == "select");
        if (name == "slice" || name == "narrow") return slice(node, input);
        if (name == "chunk" || name == "split" || name == "tensor_split") return split(node, input);
        if (name == "squeeze") return squeeze(node, input);
        if (name == "unflatten") return unflatten(node, input);
        return unknown();
    }

    static State flatten(const Node *node, const State &input)
    {
        const auto first = constant_integers(node->input(1)), last = constant_integers(node->input(2));
        if (!first || !last) return unknown();
        const int start = whole((*first)[0], input.rank), end = whole((*last)[0], input.rank);
        if (start > input.axis) // behind the images
            return with(input, input.axis, end < 0 ? start + 1 : input.rank == unknown_rank ? unknown_rank
                                                                                            : input.rank - (end - start));
        return unknown();
    }

    // Only where the new sizes say where the images are; what is made of one list of all of them is combined.
    State reshape(const Node *node, const State &input) const
    {
        const Node *list = node->input(1)->node();
        std::optional<int64_t> first;
        int rank = 0;
        if (list->kind() == prim::ListConstruct && !list->inputs().empty()) {
            rank = static_cast<int>(list->inputs().size());
            for (int i = 0; i < rank; i++)
                if (is_number_of_images(list->input(static_cast<size_t>(i)))) return with(input, i, rank);
            const auto constant = torch::jit::toIValue(list->input(0));
            if (constant && constant->isInt()) first = constant->toInt();
        } else if (const auto sizes = constant_integers(node->input(1)); sizes && !sizes->empty()) {
            rank = static_cast<int>(sizes->size());
            first = (*sizes)[0];
        }
        if (input.axis != 0) return unknown();
        if (first == 1 && rank == 2) return combined(node);
        return first == -1 && rank > 1 ? with(input, 0, rank) : unknown();
    }

    // size(x, 0), perhaps as traces write it.
    bool is_number_of_images(const Value *value) const
    {
        const Node *node = value->node();
        const std::string_view name = node->kind().toUnqualString();
        if ((name == "Int" || name == "NumToTensor" || name == "ScalarImplicit") && !node->inputs().empty())
            return is_number_of_images(node->input(0));
        if (name != "size" || node->inputs().size() != 2) return false;
        const State state = state_of(node->input(0));
        return state.kind == State::images && torch::jit::constant_as<int64_t>(node->input(1)) == state.axis;
    }

    static State permute(const Node *node, const State &input)
    {
        const auto dims = constant_integers(node->input(1));
        if (!dims) return unknown();
        const int rank = static_cast<int>(dims->size());
        for (int i = 0; i < rank; i++)
            if (whole((*dims)[static_cast<size_t>(i)], rank) == input.axis) return with(input, i, rank);
        return unknown();
    }

    static State transpose(const Node *node, const State &input)
    {
        const auto a = constant_integers(node->input(1)), b = constant_integers(node->input(2));
        if (!a || !b) return unknown();
        const int first = whole((*a)[0], input.rank), second = whole((*b)[0], input.rank);
        if (first < 0 || second < 0) return unknown();
        return with(input, input.axis == first ? second : input.axis == second ? first : input.axis, input.rank);
    }

    static State unsqueeze(const Node *node, const State &input)
    {
        const auto dims = constant_integers(node->input(1));
        if (!dims) return unknown();
        const int rank = input.rank == unknown_rank ? unknown_rank : input.rank + 1, dim = whole((*dims)[0], rank);
        return dim < 0 ? unknown() : with(input, input.axis + (dim <= input.axis), rank);
    }

    static State select(const Node *node, const State &input, bool one)
    {
        const auto dims = constant_integers(node->input(1));
        const int dim = dims ? whole((*dims)[0], input.rank) : -1;
        if (dim < 0) return unknown();
        if (dim == input.axis) return one ? combined(node) : unknown();
        return with(input, input.axis - (dim < input.axis), input.rank == unknown_rank ? unknown_rank : input.rank - 1);
    }

    // x[:, …] says a slice of all images first.
    static State slice(const Node *node, const State &input)
    {
        const auto dims = constant_integers(node->input(1));
        const int dim = dims ? whole((*dims)[0], input.rank) : -1;
        if (dim < 0) return unknown();
        if (dim != input.axis) return input;
        if (node->inputs().size() < 5) return unknown(); // narrow
        const auto start = torch::jit::toIValue(node->input(2)), end = torch::jit::toIValue(node->input(3));
        const bool from_first = start && (start->isNone() || (start->isInt() && start->toInt() == 0));
        const bool to_last = end && (end->isNone() || (end->isInt() && end->toInt() == INT64_MAX));
        return from_first && to_last && torch::jit::constant_as<int64_t>(node->input(4)) == 1 ? input : unknown();
    }

    static State split(const Node *node, const State &input)
    {
        const auto dims = constant_integers(node->input(2));
        const int dim = dims ? whole((*dims)[0], input.rank) : -1;
        return dim >= 0 && dim != input.axis ? input : unknown();
    }

    static State unflatten(const Node *node, const State &input)
    {
        const auto dims = constant_integers(node->input(1));
        const Node *sizes = node->input(2)->node();
        const auto constant = constant_integers(node->input(2));
        const int dim = dims ? whole((*dims)[0], input.rank) : -1;
        if (dim < 0 || dim == input.axis || (!constant && sizes->kind() != prim::ListConstruct)) return unknown();
        const int more = static_cast<int>(constant ? constant->size() : sizes->inputs().size()) - 1;
        return with(input, input.axis + (dim < input.axis ? more : 0),
                    input.rank == unknown_rank ? unknown_rank : input.rank + more);
    }

    static State squeeze(const Node *node, const State &input)
    {
        const auto dims = node->inputs().size() > 1 ? constant_integers(node->input(1)) : std::nullopt;
        const int dim = dims && dims->size() == 1 ? whole((*dims)[0], input.rank) : -1;
        return dim > input.axis ? with(input, input.axis, unknown_rank) : unknown();
    }
};

} // namespace

std::string combining_operator(const torch::jit::Module &module)
try {
    return Analysis(program_inline(module)).cause();
} catch (const std::exception &) {
    return {}; // a program of an unusual make: nothing is claimed about it
}

} // namespace ptrun
