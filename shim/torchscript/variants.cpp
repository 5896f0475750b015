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

Module as_saved(const Module &saved)
{
    return saved;
}

Module frozen(const Module &saved)
{
    return torch::jit::freeze(saved);
}

Module frozen_channels_last(const Module &saved)
{
    Module copy = saved.clone();
    for (at::Tensor weight : copy.parameters())
        if (weight.dim() == 4) weight.set_data(weight.contiguous(at::MemoryFormat::ChannelsLast));
    return torch::jit::freeze(copy);
}

Module optimized_for_inference(const Module &saved)
{
    Module copy = saved;
    return torch::jit::optimize_for_inference(copy);
}

struct Row {
    std::string_view name;
    Module (*make)(const Module &saved);
    bool optimize;      // let TorchScript profile and optimise; what fuses needs it
    bool channels_last; // the input, too
    bool onednn_graph;
    bool cpu_only;
};

constexpr Row rows[] = {
    {"off", as_saved, true, false, false, false}, // as Python runs it, bit for bit
    {"saved", as_saved, false, false, false, false},
    {"frozen", frozen, true, false, false, false},
    {"frozen-channels-last", frozen_channels_last, true, true, false, false},
    {"optimize-for-inference", optimized_for_inference, true, false, false, true},
    {"onednn-graph", frozen, true, false, true, true},
    {"onednn-graph-channels-last", frozen_channels_last, true, true, true, true},
};

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
    prepared.module = row.make(model.saved);
    if (row.onednn_graph) rewrite_for_onednn_graph(prepared.module);
    prepared.optimize = row.optimize;
    prepared.layout = row.channels_last ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous;
    prepared.name = full;
    return prepared;
}

} // namespace ptrun
