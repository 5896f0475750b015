#include "program.h"

#include <ATen/native/quantized/PackedParams.h>
#include <ATen/record_function.h>

#include <algorithm>
#include <unordered_map>

namespace ptrun
{
namespace
{

using c10::IValue;
using Inputs = c10::ArrayRef<const IValue>;

// How many operations an operator is: so many for each element of its result, or so many altogether.
struct Cost {
    double for_each = 0, total = 0;
};
using Rule = Cost (*)(Inputs);

double columns(const at::Tensor &tensor)
{
    return tensor.dim() ? static_cast<double>(tensor.size(-1)) : 1;
}

// weight: (output channels, input channels / groups, …)
Cost of_convolution(const at::Tensor &weight)
{
    return {2.0 * static_cast<double>(weight.numel()) / static_cast<double>(weight.size(0)), 0};
}

// weight: (input channels, output channels / groups, …): each input element is used with all of its row.
Cost of_transposed(const at::Tensor &input, const at::Tensor &weight)
{
    return {0, 2.0 * static_cast<double>(input.numel()) * static_cast<double>(weight.numel()) /
                   static_cast<double>(weight.size(0))};
}

Cost convolution(Inputs in)
{
    return of_convolution(in[1].toTensor());
}

Cost transposed_convolution(Inputs in)
{
    return of_transposed(in[0].toTensor(), in[1].toTensor());
}

Cost any_convolution(Inputs in)
{
    return in[6].toBool() ? transposed_convolution(in) : convolution(in);
}

// The first operand's rows, each with a column of the second.
Cost product(Inputs in)
{
    return {2 * columns(in[0].toTensor()), 0};
}

Cost added_product(Inputs in)
{
    return {2 * columns(in[1].toTensor()), 0};
}

// query (…, L, E), key (…, S, E), value (…, S, V): query by key, and that by value.
Cost attention(Inputs in)
{
    const at::Tensor &query = in[0].toTensor(), &key = in[1].toTensor(), &value = in[2].toTensor();
    const double rows = static_cast<double>(query.numel()) / columns(query);
    return {0, 2 * rows * static_cast<double>(key.size(-2)) * (columns(query) + columns(value))};
}

template <int dimensions> Cost packed_convolution(Inputs in)
{
    const auto packed = in[1].toCustomClass<ConvPackedParamsBase<dimensions>>();
    const at::Tensor weight = std::get<0>(packed->unpack());
    return packed->transpose() ? of_transposed(in[0].toTensor(), weight) : of_convolution(weight);
}

const std::unordered_map<std::string_view, Rule> rules = {
    {"aten::conv1d", convolution},
    {"aten::conv2d", convolution},
    {"aten::conv3d", convolution},
    {"aten::_convolution_mode", convolution},
    {"aten::convolution", any_convolution},
    {"aten::_convolution", any_convolution},
    {"aten::conv_transpose1d", transposed_convolution},
    {"aten::conv_transpose2d", transposed_convolution},
    {"aten::conv_transpose3d", transposed_convolution},
    {"aten::linear", product},
    {"aten::mm", product},
    {"aten::bmm", product},
    {"aten::mv", product},
    {"aten::dot", product},
    {"aten::addmm", added_product},
    {"aten::addmm_", added_product},
    {"aten::addmv", added_product},
    {"aten::baddbmm", added_product},
    {"aten::addbmm", added_product},
    {"aten::scaled_dot_product_attention", attention},
    {"quantized::conv1d", packed_convolution<2>},
    {"quantized::conv1d_relu", packed_convolution<2>},
    {"quantized::conv2d", packed_convolution<2>},
    {"quantized::conv2d_relu", packed_convolution<2>},
    {"quantized::conv2d_add", packed_convolution<2>},
    {"quantized::conv2d_add_relu", packed_convolution<2>},
    {"quantized::conv2d_dynamic", packed_convolution<2>},
    {"quantized::conv3d", packed_convolution<3>},
    {"quantized::conv3d_relu", packed_convolution<3>},
    {"quantized::linear", product},
    {"quantized::linear_relu", product},
    {"quantized::linear_dynamic", product},
    {"quantized::linear_relu_dynamic", product},
    {"quantized::linear_dynamic_fp16", product},
    {"quantized::linear_relu_dynamic_fp16", product},
    {"quantized::linear_leaky_relu", product},
    {"quantized::linear_tanh", product},
};

// Operators of LibTorch's own that are much work and have no rule.
bool is_unknown(std::string_view name)
{
    static const std::set<std::string_view> heavy = {
        "aten::_fft_r2c",          "aten::_fft_c2c",      "aten::_fft_c2r",        "aten::mkldnn_rnn_layer",
        "aten::_cdist_forward",    "aten::_linalg_svd",   "aten::_linalg_eigh",    "aten::linalg_inv_ex",
        "aten::linalg_lu_factor_ex", "aten::linalg_qr",   "aten::_trilinear",      "aten::_linalg_solve_ex",
        "aten::quantized_lstm",    "aten::quantized_gru",
    };
    const std::string_view space = name.substr(0, name.find("::"));
    return heavy.count(name) || (space != "aten" && space != "prim" && space != "quantized" &&
                                 space != "profiler" && space != "inductor");
}

// Counts what the calling thread runs while it lives.
class Counter
{
  public:
    explicit Counter(Work &work) : work_(work)
    {
        current_ = this;
        auto callback = at::RecordFunctionCallback(begin, end).scopes({at::RecordScope::FUNCTION});
        handle_ = at::addThreadLocalCallback(callback.needsInputs(true).needsOutputs(true));
    }
    ~Counter()
    {
        at::removeCallback(handle_);
        current_ = nullptr;
    }
    Counter(const Counter &) = delete;
    Counter &operator=(const Counter &) = delete;

  private:
    struct Start : at::ObserverContext {
        Cost cost;
        bool counts = false, unknown = false;
        int64_t before = 0;
    };

    static thread_local Counter *current_; // LibTorch's callbacks carry no context of their own
    Work &work_;
    at::CallbackHandle handle_;
    int inside_ = 0; // an operator that is counted as a whole

    static std::unique_ptr<at::ObserverContext> begin(const at::RecordFunction &function)
    {
        auto start = std::make_unique<Start>();
        if (current_->inside_ > 0) return start;
        start->before = current_->work_.flops;
        const auto rule = rules.find(function.name());
        start->counts = rule != rules.end();
        start->unknown = !start->counts && is_unknown(function.name());
        if (start->counts) start->cost = cost_of(rule->second, function, start->unknown);
        current_->inside_ += start->counts;
        return start;
    }

    // LibTorch may give the interpreter's whole stack, with the operator's own values on top.
    template <typename Values> static Inputs last(const Values &values, size_t count)
    {
        return Inputs(values.data(), values.size()).slice(values.size() - count);
    }

    // A rule that does not suit the operands (an exotic overload) leaves their work unknown.
    static Cost cost_of(Rule rule, const at::RecordFunction &function, bool &unknown)
    try {
        return rule(last(function.inputs(), function.operator_schema().value().arguments().size()));
    } catch (const std::exception &) {
        unknown = true;
        return {};
    }

    static void end(const at::RecordFunction &function, at::ObserverContext *context)
    {
        const Start &start = *static_cast<Start *>(context);
        Work &work = current_->work_;
        current_->inside_ -= start.counts;
        if (start.counts) {
            const at::Tensor &output = last(function.outputs(), 1)[0].toTensor(); // all rules are for one
            work.flops += static_cast<int64_t>(start.cost.for_each * static_cast<double>(output.numel()) + start.cost.total);
        }
        if (start.unknown && work.flops == start.before) work.uncounted.insert(function.name());
    }
};

thread_local Counter *Counter::current_ = nullptr;

} // namespace

Work work_of(ptrun_engine_model &model, const ptrun_tensor &input,
             const std::function<void(const at::Tensor &)> &forward)
{
    Work work;
    model_call_saved(model, input, [&](const at::Tensor &tensor) {
        const Counter counter(work);
        forward(tensor);
    });
    return work;
}

} // namespace ptrun
