#include "variants.h"

#include "failure.h"
#include "rewrite.h"

#include <string_view>

namespace ptrun
{
namespace
{

using torch::jit::Module;

constexpr std::string_view onednn_matmul = "+onednn-matmul";

struct Row {
    std::string_view name;
    bool freeze;
    bool optimize;      // let TorchScript profile and optimise; what fuses needs it
    bool channels_last; // weights and input
    bool onednn_graph;
    bool for_inference; // LibTorch's optimize_for_inference()
    bool cpu_only;
};

constexpr Row rows[] = {
    {"off", false, true, false, false, false, false}, // as Python runs it, bit for bit
    {"saved", false, false, false, false, false, false},
    {"frozen", true, true, false, false, false, false},
    {"frozen-channels-last", true, true, true, false, false, false},
    {"optimize-for-inference", true, true, false, false, true, true},
    {"onednn-graph", true, true, false, true, false, true},
    {"onednn-graph-channels-last", true, true, true, true, false, true},
};

// What is frozen: in fp32 also where less is asked for, so that what is folded into a weight is rounded once, with it.
Module to_be_frozen(const ptrun_engine_model &model, bool channels_last)
{
    Module program = model.saved;
    if (model.dtype != at::kFloat) program = archive_load(model.archive, model.device), program.eval();
    else if (channels_last) program = program.clone();
    for (at::Tensor weight : program.parameters())
        if (channels_last && weight.dim() == 4)
            weight.set_data(weight.contiguous(at::MemoryFormat::ChannelsLast));
    return program;
}

Module make(const ptrun_engine_model &model, const Row &row)
{
    if (!row.freeze) return model.saved;
    Module frozen = torch::jit::freeze(to_be_frozen(model, row.channels_last));
    if (row.onednn_graph) rewrite_for_onednn_graph(frozen);
    if (model.dtype != at::kFloat) program_convert(frozen, model.dtype);
    return row.for_inference ? torch::jit::optimize_for_inference(frozen) : frozen;
}

const Row &row_of(std::string_view name, const std::string &wanted)
{
    for (const Row &row : rows)
        if (row.name == name) return row;
    throw Failure{PTRUN_ENGINE_FAILED, "no variant '" + wanted + "'; there are: " + variant_names};
}

void check_device(const ptrun_engine_model &model, const Row &row, bool matmul)
{
    if (!model.device.is_cpu() && (row.cpu_only || matmul))
        throw Failure{PTRUN_ENGINE_FAILED, "the variant is for the CPU alone"};
    if (matmul && model.dtype == at::kFloat && !library_onednn_matmul_is_exact())
        throw Failure{PTRUN_ENGINE_FAILED,
                      "oneDNN computes fp32 matrix products in less than fp32 on this CPU"};
}

} // namespace

const char *const variant_names =
    "auto off saved onednn-graph-channels-last onednn-graph onednn-graph-channels-last+onednn-matmul "
    "onednn-graph+onednn-matmul frozen-channels-last optimize-for-inference "
    "frozen+onednn-matmul saved+onednn-matmul frozen frozen-channels-last+onednn-matmul "
    "optimize-for-inference+onednn-matmul";

Prepared variant_make(const ptrun_engine_model &model, const std::string &name)
{
    const std::string full = name == "auto" ? "saved" : name;
    const size_t end = full.rfind(onednn_matmul);
    const bool matmul = end != full.npos && end > 0 && end + onednn_matmul.size() == full.size();
    const Row &row = row_of(std::string_view(full).substr(0, matmul ? end : full.npos), name);
    if (matmul && row.name == "off") row_of(full, name);
    check_device(model, row, matmul);
    Prepared prepared;
    prepared.mode = {model.quantized, matmul, row.onednn_graph};
    ModeLease lease(prepared.mode);
    prepared.module = make(model, row);
    prepared.optimize = row.optimize;
    prepared.layout = row.channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
    prepared.name = full;
    return prepared;
}

} // namespace ptrun
