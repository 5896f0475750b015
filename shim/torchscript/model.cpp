#include "model.h"

#include "failure.h"
#include "variants.h"

#include <ATen/Functions.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include <algorithm>

namespace ptrun
{
namespace
{

at::ScalarType dtype_of(ptrun_precision precision)
{
    if (precision == PTRUN_PRECISION_BF16) return at::kBFloat16;
    return precision == PTRUN_PRECISION_FP16 ? at::kHalf : at::kFloat;
}

// With one channel both layouts are the same; its strides are then those of channels first, by which LibTorch
// chooses its kernels.
at::Tensor borrowed(const ptrun_tensor &input)
{
    const at::IntArrayRef dims(input.dims, 4), strides(input.strides, 4);
    const at::Tensor given = at::from_blob(input.data, dims, strides, at::kFloat);
    return given.is_contiguous() ? at::from_blob(input.data, dims, at::kFloat) : given;
}

// One tensor in, everything else by default.
void check_forward(const torch::jit::Module &module)
{
    const auto method = module.find_method("forward");
    if (!method) throw Failure{PTRUN_MODEL_LOAD_FAILED, "it has no method forward"};
    const auto &arguments = method->function().getSchema().arguments();
    const auto needed = std::count_if(arguments.begin(), arguments.end(),
                                      [](const auto &argument) { return !argument.default_value(); });
    if (arguments.size() < 2 || needed > 2) // the first is the module itself
        throw Failure{PTRUN_MODEL_LOAD_FAILED, "its method forward takes " +
                                                   std::to_string(std::max<int64_t>(needed, 1) - 1) +
                                                   " inputs, an image classifier takes one"};
}

void load(ptrun_engine_model &model, const ptrun_engine_options &options)
{
    model.archive = {options.bytes, options.size};
    model.saved = archive_load(model.archive, model.device);
    model.saved_training = model.saved.hasattr("training") && model.saved.is_training();
    model.saved.eval();
    check_forward(model.saved);
    if (model.dtype != at::kFloat) program_convert(model.saved, model.dtype);
    model.facts = graph_input_facts(model.saved);
    model.endless = graph_is_endless(model.saved);
    if (graph_trains(model.saved))
        model.warning = "the program itself works as in training (random dropout or statistics of the "
                        "batch): it was traced before eval()";
}

void check_input(const ptrun_engine_model &model, const ptrun_tensor &input)
{
    bool plain = input.dtype == PTRUN_DTYPE_F32 && input.rank == 4;
    for (int i = 0; plain && i < 4; i++) plain = input.dims[i] > 0;
    if (!plain || !borrowed(input).is_non_overlapping_and_dense())
        throw Failure{PTRUN_MODEL_INPUT_SHAPE, "the tensor is not float32 of rank 4, dense and not empty"};
    const int64_t channels = input.dims[1], wanted = model.facts.channels;
    if (wanted && channels != wanted && !(channels == 1 && model.facts.broadcast))
        throw Failure{PTRUN_MODEL_INPUT_SHAPE, "the model's first weight takes " + std::to_string(wanted) +
                                                   " channels, the tensor has " + std::to_string(channels)};
}

// The input as the program wants it; a copy where the program may write into it.
at::Tensor arrange(const ptrun_engine_model &model, const ptrun_tensor &input, at::MemoryFormat layout)
{
    const at::Tensor given = borrowed(input);
    const at::Tensor wanted = given.to(model.device, model.dtype).contiguous(layout);
    return model.facts.written && wanted.is_same(given) ? given.clone() : wanted;
}

// Whether the program that was prepared may run the input: a compiled one is for one shape, that of its first run.
bool is_prepared_for(ptrun_engine_model &model, const ptrun_tensor &input)
{
    const std::vector<int64_t> sizes(input.dims, input.dims + input.rank);
    if (model.now.mode.onednn_graph && model.now.sizes.empty()) model.now.sizes = sizes;
    return !model.now.mode.onednn_graph || sizes == model.now.sizes;
}

// Runs `forward` with the input as the program wants it, and with the settings that it was prepared with.
void call(const ptrun_engine_model &model, const Prepared &prepared, const ptrun_tensor &input,
          const std::function<void(const at::Tensor &)> &forward)
{
    library_use_threads(model.threads);
    ModeLease lease(prepared.mode);
    c10::DeviceGuard device(model.device);
    c10::InferenceMode inference;
    torch::jit::GraphOptimizerEnabledGuard optimize(prepared.optimize);
    forward(arrange(model, input, prepared.layout));
}

Prepared as_saved(const ptrun_engine_model &model)
{
    Prepared saved;
    saved.module = model.saved;
    saved.mode = {model.quantized};
    saved.optimize = false;
    return saved;
}

} // namespace

std::unique_ptr<ptrun_engine_model> model_open(const ptrun_engine_options &options)
{
    library_use_threads(options.threads);
    auto model = std::make_unique<ptrun_engine_model>();
    model->threads = options.threads;
    model->device = library_device(options.device);
    model->dtype = dtype_of(options.precision);
    model->quantized = library_quantized_engine(options.quantized_engine);
    model->select = {options.select.kind, options.select.index, options.select.key ? options.select.key : ""};
    for (size_t i = 0; i < options.n_op_libraries; i++) library_load_operators(options.op_libraries[i]);
    {
        ModeLease lease({model->quantized});
        load(*model, options);
    }
    model->now = variant_make(*model, options.optimize);
    return model;
}

ptrun_engine_output model_run(ptrun_engine_model &model, const ptrun_tensor &input)
{
    check_input(model, input);
    Prepared prepared = is_prepared_for(model, input) ? model.now : as_saved(model);
    ptrun_engine_output output;
    model.output.reset();
    call(model, prepared, input, [&](const at::Tensor &given) {
        const at::Tensor returned = output_select(prepared.module.forward({given}), model.select);
        const at::Tensor floats = output_floats(returned);
        model.output = floats.is_alias_of(given) ? floats.clone() : floats; // the host may reuse its input
        model.output_dtype = output_dtype(returned);
        output = output_rows(model.output, returned, input.dims[0]);
        output.dtype = model.output_dtype.c_str();
    });
    return output;
}

void model_call_saved(const ptrun_engine_model &model, const ptrun_tensor &input,
                      const std::function<void(const at::Tensor &)> &forward)
{
    check_input(model, input);
    call(model, as_saved(model), input, forward);
}

void model_prepare(ptrun_engine_model &model, const char *variant, const ptrun_tensor &input, int warm_ups)
{
    library_use_threads(model.threads);
    const Prepared before = model.now;
    model.now = variant_make(model, variant);
    try {
        for (int i = 0; i < warm_ups; i++) model_run(model, input);
    } catch (...) {
        model.now = before;
        throw;
    }
}

std::unique_ptr<ptrun_engine_model> model_instance(const ptrun_engine_model &model, int threads)
{
    auto instance = std::make_unique<ptrun_engine_model>(model);
    instance->threads = threads;
    instance->output.reset();
    return instance;
}

} // namespace ptrun
