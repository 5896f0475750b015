#include "describe.h"

#include "failure.h"
#include "program.h"

#include <c10/core/ScalarType.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/runtime/interpreter.h>
#include <torch/csrc/jit/runtime/profiling_record.h>

#include <algorithm>
#include <set>
#include <tuple>
#include <unordered_map>
#include <vector>

namespace ptrun
{
namespace
{

using c10::TensorTypePtr;
using torch::jit::Block;
using torch::jit::Graph;
using torch::jit::Node;
using torch::jit::Value;
namespace prim = c10::prim;

// Which operator a value comes from, and what the tensor was; no type where no forward has seen it.
struct Origin {
    size_t node;
    TensorTypePtr type;
};
using Origins = std::vector<Origin>;

struct Edge {
    size_t from, to;
    std::string type; // members of a JSON object
    bool operator<(const Edge &other) const
    {
        return std::tie(to, from, type) < std::tie(other.to, other.from, other.type);
    }
};

constexpr size_t input_node = 0, output_node = 1;

// Of its own accord LibTorch profiles only what its optimisations want to know.
thread_local bool profiles_everything = false;
[[maybe_unused]] const bool registered =
    (torch::jit::RegisterProfilingNode([](const Node *) { return profiles_everything; }), true);

std::unique_ptr<torch::jit::ProfilingRecord> instrument(const std::shared_ptr<Graph> &graph)
{
    profiles_everything = true;
    auto record = torch::jit::ProfilingRecord::instrumentGraph(graph);
    profiles_everything = false;
    return record;
}

std::string type_json(const TensorTypePtr &type)
{
    std::string json = "\"dtype\":";
    const auto dtype = type ? type->scalarType() : std::nullopt;
    json += dtype ? json_text(c10::getDtypeNames(*dtype).first) : "null";
    const auto rank = type ? type->sizes().size() : std::nullopt;
    if (!rank) return json + ",\"shape\":null";
    json += ",\"shape\":[";
    for (size_t i = 0; i < *rank; i++) {
        const auto size = type->sizes()[i];
        if (i) json += ',';
        json += size ? std::to_string(*size) : "null";
    }
    return json + "]";
}

// Whether values of the type may hold tensors.
bool carries_tensors(const c10::Type &type)
{
    if (type.kind() == c10::TypeKind::TensorType || type.kind() == c10::TypeKind::AnyType) return true;
    const auto inner = type.containedTypes();
    return type.kind() != c10::TypeKind::ClassType &&
           std::any_of(inner.begin(), inner.end(), [](const auto &part) { return carries_tensors(*part); });
}

// Follows the tensors through a program that has been run with profiling.
class Flow
{
  public:
    explicit Flow(Graph &graph)
    {
        origins_[graph.inputs().at(1)] = {{input_node, nullptr}};
        walk(graph.block());
        for (const Value *output : graph.outputs()) connect(of(output), output_node);
    }

    std::vector<Node *> operators; // from number 2 on
    std::set<Edge> edges;

  private:
    std::unordered_map<const Value *, Origins> origins_;

    const Origins &of(const Value *value)
    {
        return origins_[value];
    }

    void add(const Value *value, const Origins &more)
    {
        if (!carries_tensors(*value->type()) || more.empty()) return;
        Origins copy = more; // it may be the same list
        Origins &all = origins_[value];
        all.insert(all.end(), copy.begin(), copy.end());
    }

    void connect(const Origins &from, size_t to)
    {
        for (const Origin &origin : from) edges.insert({origin.node, to, type_json(origin.type)});
    }

    void walk(Block *block)
    {
        for (Node *node : block->nodes()) {
            if (node->kind() == prim::profile) profile(node);
            else if (node->kind() == prim::If) branch(node);
            else if (node->kind() == prim::Loop) loop(node);
            else if (node->kind() == prim::NumToTensor) continue; // a size, no longer the tensor
            else if (node->kind().is_prim() || is_container(node)) pass(node);
            else compute(node);
        }
    }

    // Between a value and its use: what the forward saw there.
    void profile(const Node *node)
    {
        if (node->inputs().empty() || node->outputs().empty()) return;
        Origins seen = of(node->input());
        for (Origin &origin : seen) origin.type = node->ty(c10::attr::profiled_type)->cast<c10::TensorType>();
        add(node->output(), seen);
    }

    void branch(Node *node)
    {
        for (Block *block : node->blocks()) {
            walk(block);
            for (size_t i = 0; i < node->outputs().size(); i++) add(node->outputs()[i], of(block->outputs()[i]));
        }
    }

    // Inputs: trip count, condition, values; of the body: counter, values; outputs of the body: condition, values.
    void loop(Node *node)
    {
        Block *body = node->blocks()[0];
        for (size_t i = 0; i < node->outputs().size(); i++) add(body->inputs()[i + 1], of(node->inputs()[i + 2]));
        walk(body);
        for (size_t i = 0; i < node->outputs().size(); i++) {
            add(node->outputs()[i], of(node->inputs()[i + 2]));
            add(node->outputs()[i], of(body->outputs()[i + 1]));
        }
    }

    // Lists and dictionaries: what is put in comes out.
    static bool is_container(const Node *node)
    {
        static const std::set<std::string> names = {"aten::__getitem__", "aten::append", "aten::_set_item",
                                                    "aten::insert",      "aten::extend", "aten::list",
                                                    "aten::pop",         "aten::values"};
        const auto kind = node->inputs().empty() ? c10::TypeKind::NoneType : node->input(0)->type()->kind();
        return (kind == c10::TypeKind::ListType || kind == c10::TypeKind::DictType) &&
               names.count(node->kind().toQualString());
    }

    void pass(const Node *node)
    {
        const bool keeps = is_container(node);
        for (const Value *input : node->inputs()) {
            for (const Value *output : node->outputs()) add(output, of(input));
            if (keeps && input != node->input(0)) add(node->input(0), of(input));
        }
    }

    void compute(Node *node)
    {
        const bool gives = std::any_of(node->outputs().begin(), node->outputs().end(),
                                       [](const Value *value) { return carries_tensors(*value->type()); });
        const bool reached = std::any_of(node->inputs().begin(), node->inputs().end(),
                                         [this](const Value *value) { return !of(value).empty(); });
        if (!gives || !reached) return;
        const size_t number = operators.size() + 2;
        operators.push_back(node);
        for (const Value *input : node->inputs()) connect(of(input), number);
        for (const Value *output : node->outputs()) add(output, {{number, nullptr}});
    }
};

std::string calls_json(const std::vector<Call> &calls)
{
    std::string json;
    for (const Call &call : calls)
        json += (json.empty() ? "{\"caller\":" : ",{\"caller\":") + std::to_string(call.caller) + ",\"name\":" +
                json_text(call.name) + ",\"class\":" + json_text(call.type) + "}";
    return json;
}

std::string nodes_json(const Program &program, const std::vector<Node *> &operators)
{
    std::string json = R"({"operator":"input","call":0},{"operator":"output","call":0})";
    for (Node *node : operators)
        json += ",{\"operator\":" + json_text(node->kind().toQualString()) +
                ",\"call\":" + std::to_string(program_call_of(program, *node)) + "}";
    return json;
}

std::string edges_json(const std::set<Edge> &edges)
{
    std::string json;
    for (const Edge &edge : edges)
        json += (json.empty() ? "{\"from\":" : ",{\"from\":") + std::to_string(edge.from) +
                ",\"to\":" + std::to_string(edge.to) + "," + edge.type + "}";
    return json;
}

} // namespace

std::string model_structure(ptrun_engine_model &model, const ptrun_tensor &input)
{
    const Program program = program_inline(model.saved);
    const auto record = instrument(program.graph);
    const torch::jit::Code code(record->graph(), "forward");
    const Work work = work_of(model, input, [&](const at::Tensor &tensor) {
        torch::jit::Stack stack = {model.saved._ivalue(), tensor};
        for (const c10::IValue &other : program.defaults) stack.push_back(other);
        torch::jit::InterpreterState(code).run(stack);
    });
    const Flow flow(*record->graph());
    std::string json = "{\"flops\":" + std::to_string(work.flops) + ",\"uncounted\":[";
    for (const std::string &name : work.uncounted) {
        if (json.back() != '[') json += ',';
        json += json_text(name);
    }
    return json + "],\"calls\":[" + calls_json(program.calls) + "],\"nodes\":[" + nodes_json(program, flow.operators) +
           "],\"edges\":[" + edges_json(flow.edges) + "]}";
}

} // namespace ptrun
