#include "model.h"

#include "failure.h"
#include "variants.h"

#include <ATen/Functions.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/InferenceMode.h>
#include <caffe2/serialize/read_adapter_interface.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/runtime/graph_executor.h>
#include <torch/csrc/jit/serialization/import.h>

#include <algorithm>
#include <cstring>

namespace ptrun
{
namespace
{

// The host's bytes as a file: LibTorch copies each weight out of them once.
class BytesReader : public caffe2::serialize::ReadAdapterInterface
{
  public:
    BytesReader(const void *bytes, size_t size) : bytes_(static_cast<const char *>(bytes)), size_(size) {}

    size_t size() const override
    {
        return size_;
    }

    size_t read(uint64_t position, void *buffer, size_t count, const char *) const override
    {
        if (position >= size_) return 0;
        count = std::min(count, size_ - static_cast<size_t>(position));
        std::memcpy(buffer, bytes_ + position, count);
        return count;
    }

  private:
    const char *bytes_;
    size_t size_;
};

at::ScalarType dtype_of(ptrun_precision precision)
{
    if (precision == PTRUN_PRECISION_BF16) return at::kBFloat16;
    return precision == PTRUN_PRECISION_FP16 ? at::kHalf : at::kFloat;
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

// Constants of a trace are weights like others.
void convert_constants(torch::jit::Block *block, at::ScalarType dtype)
{
    for (torch::jit::Node *node : block->nodes()) {
        const auto value = node->kind() == c10::prim::Constant ? torch::jit::toIValue(node->output()) : std::nullopt;
        if (value && value->isTensor() && value->toTensor().is_floating_point() && value->toTensor().dim() > 0)
            node->t_(c10::attr::value, value->toTensor().to(dtype));
        for (torch::jit::Block *inner : node->blocks()) convert_constants(inner, dtype);
    }
}

// Whatever is a real number; Module::to would take indices and counters, too.
void convert(const torch::jit::Module &module, at::ScalarType dtype)
{
    for (at::Tensor weight : module.parameters())
        if (weight.is_floating_point()) weight.set_data(weight.to(dtype));
    for (at::Tensor buffer : module.buffers())
        if (buffer.is_floating_point()) buffer.set_data(buffer.to(dtype));
    for (const torch::jit::Module &part : module.modules())
        for (const torch::jit::Method &method : part.get_methods())
            convert_constants(method.graph()->block(), dtype);
}

void load(ptrun_engine_model &model, const ptrun_engine_options &options)
{
    // Always with a device: weights saved on a GPU would otherwise want one.
    model.saved = torch::jit::load(std::make_shared<BytesReader>(options.bytes, options.size), model.device,
                                   /*load_debug_files=*/false);
    model.saved_training = model.saved.hasattr("training") && model.saved.is_training();
    model.saved.eval();
    check_forward(model.saved);
    if (model.dtype != at::kFloat) convert(model.saved, model.dtype);
    model.facts = graph_input_facts(model.saved);
    model.endless = graph_is_endless(model.saved);
    if (graph_trains(model.saved))
        model.warning = "the program itself works as in training (random dropout or statistics of the "
                        "batch): it was traced before eval()";
}

void check_input(const ptrun_engine_model &model, const ptrun_tensor &input)
{
    int64_t stride = 1;
    bool plain = input.dtype == PTRUN_DTYPE_F32 && input.rank == 4;
    for (int i = 3; plain && i >= 0; i--) {
        plain = input.dims[i] > 0 && input.strides[i] == stride;
        stride *= input.dims[i];
    }
    if (!plain)
        throw Failure{PTRUN_MODEL_INPUT_SHAPE,
                      "the tensor is not float32 of rank 4, contiguous and not empty"};
    const int64_t channels = input.dims[1], wanted = model.facts.channels;
    if (wanted && channels != wanted && !(channels == 1 && model.facts.broadcast))
        throw Failure{PTRUN_MODEL_INPUT_SHAPE, "the model's first weight takes " + std::to_string(wanted) +
                                                   " channels, the tensor has " + std::to_string(channels)};
}

// The input as the program wants it; a copy where the program may write into it.
at::Tensor arrange(const ptrun_engine_model &model, const ptrun_tensor &input, at::MemoryFormat layout)
{
    const at::Tensor borrowed =
        at::from_blob(input.data, {input.dims[0], input.dims[1], input.dims[2], input.dims[3]}, at::kFloat);
    const at::Tensor wanted = borrowed.to(model.device, model.dtype).contiguous(layout);
    return model.facts.written && wanted.is_same(borrowed) ? borrowed.clone() : wanted;
}

// What runs an input: the compiled program is for one shape, that of its first run.
torch::jit::Module &program_for(ptrun_engine_model &model, const at::Tensor &given)
{
    if (!model.now.mode.onednn_graph) return model.now.module;
    if (model.now.sizes.empty()) model.now.sizes = given.sizes().vec();
    return given.sizes() == model.now.sizes ? model.now.module : model.saved;
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
    library_use_threads(model.threads);
    ModeLease lease(model.now.mode);
    c10::DeviceGuard device(model.device);
    c10::InferenceMode inference;
    torch::jit::GraphOptimizerEnabledGuard optimize(model.now.optimize);
    model.output.reset();
    const at::Tensor given = arrange(model, input, model.now.layout);
    torch::jit::Module &program = program_for(model, given);
    const at::Tensor floats = output_floats(output_select(program.forward({given}), model.select));
    model.output = floats.is_alias_of(given) ? floats.clone() : floats; // the host may reuse its input
    return output_rows(model.output, input.dims[0]);
}

void model_call_saved(const ptrun_engine_model &model, const ptrun_tensor &input,
                      const std::function<void(const at::Tensor &)> &forward)
{
    check_input(model, input);
    library_use_threads(model.threads);
    ModeLease lease({model.quantized});
    c10::DeviceGuard device(model.device);
    c10::InferenceMode inference;
    torch::jit::GraphOptimizerEnabledGuard optimize(false);
    forward(arrange(model, input, at::MemoryFormat::Contiguous));
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
