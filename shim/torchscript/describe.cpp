#include "describe.h"

#include "failure.h"
#include "program.h"

#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/serialization/python_print.h>

#include <map>
#include <vector>

namespace ptrun
{
namespace
{

using torch::jit::Block;
using torch::jit::Graph;

void count_operators(const Block *block, std::map<std::string, int64_t> &counts)
{
    for (const auto *node : block->nodes()) {
        if (!node->kind().is_prim()) counts[node->kind().toQualString()]++;
        for (const Block *inner : node->blocks()) count_operators(inner, counts);
    }
}

std::string operators_json(const Graph &graph)
{
    std::map<std::string, int64_t> counts;
    count_operators(graph.block(), counts);
    std::string json = "{";
    for (const auto &[name, count] : counts)
        json.append(json.size() > 1 ? ",\"" : "\"").append(name).append("\":").append(std::to_string(count));
    return json + "}";
}

std::string code(const std::shared_ptr<Graph> &graph)
{
    std::vector<c10::IValue> constants;
    torch::jit::PrintDepsTable types;
    torch::jit::PythonPrint printer(constants, types);
    const torch::jit::GraphFunction function("forward", graph, nullptr);
    printer.printFunction(function);
    return printer.str();
}

} // namespace

std::string model_describe(const ptrun_engine_model &model, const std::string &what)
{
    const std::shared_ptr<Graph> graph = program_inline(model.now.module).graph;
    if (what == "operators") return operators_json(*graph);
    if (what == "code") return code(graph);
    if (what == "graph") return graph->toString(/*print_source_locations=*/false);
    throw Failure{PTRUN_USAGE, "no description '" + what + "'; there are: operators code graph"};
}

} // namespace ptrun
