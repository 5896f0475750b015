#include "output.h"

#include "failure.h"

#include <ATen/core/Dict.h>
#include <ATen/core/jit_type.h>
#include <ATen/core/Tensor.h>

#include <vector>

namespace ptrun
{
namespace
{

// One part of what was returned, with its key where it has one.
struct Part {
    std::string key;
    c10::IValue value;
};

std::vector<Part> tuple_parts(const c10::IValue &value)
{
    std::vector<Part> parts;
    const auto &elements = value.toTupleRef().elements();
    const auto type = value.type()->cast<c10::TupleType>();
    for (size_t i = 0; i < elements.size(); i++)
        parts.push_back({type && type->schema() ? type->schema()->arguments()[i].name() : "", elements[i]});
    return parts;
}

// The parts of a tuple, list or dict; none for anything else.
std::vector<Part> parts_of(const c10::IValue &value)
{
    std::vector<Part> parts;
    if (value.isTuple()) return tuple_parts(value);
    if (value.isList())
        for (const c10::IValue &element : value.toListRef()) parts.push_back({"", element});
    if (value.isGenericDict())
        for (const auto &entry : value.toGenericDict())
            parts.push_back({entry.key().isString() ? entry.key().toStringRef() : "", entry.value()});
    return parts;
}

// The first tensor, depth first; undefined where there is none.
at::Tensor first_tensor(const c10::IValue &value)
{
    if (value.isTensor()) return value.toTensor();
    for (const Part &part : parts_of(value))
        if (at::Tensor found = first_tensor(part.value); found.defined()) return found;
    return {};
}

std::string kind_of(const c10::IValue &value)
{
    if (value.isTensor()) return "a tensor";
    if (value.isTuple()) return "a tuple of " + std::to_string(parts_of(value).size());
    if (value.isList()) return "a list of " + std::to_string(parts_of(value).size());
    if (!value.isGenericDict()) return "a value of type " + value.tagKind();
    return "a dict";
}

std::string keys_of(const std::vector<Part> &parts)
{
    std::string keys;
    for (const Part &part : parts)
        if (!part.key.empty()) keys.append(keys.empty() ? "'" : ", '").append(part.key).append("'");
    return keys.empty() ? keys : " with " + keys;
}

Failure no_part(const std::string &wanted, const c10::IValue &value)
{
    return {PTRUN_OUTPUT_SELECT,
            "no " + wanted + ": the model returns " + kind_of(value) + keys_of(parts_of(value))};
}

c10::IValue find_part(const c10::IValue &value, const Select &select)
{
    const std::vector<Part> parts = parts_of(value);
    if (select.kind == PTRUN_SELECT_FIRST) return value;
    if (select.kind == PTRUN_SELECT_INDEX) {
        if (value.isGenericDict() || select.index < 0 || static_cast<size_t>(select.index) >= parts.size())
            throw no_part("part " + std::to_string(select.index), value);
        return parts[static_cast<size_t>(select.index)].value;
    }
    for (const Part &part : parts)
        if (part.key == select.key) return part.value;
    throw no_part("part '" + select.key + "'", value);
}

} // namespace

at::Tensor output_select(const c10::IValue &value, const Select &select)
{
    const c10::IValue part = find_part(value, select);
    at::Tensor tensor = first_tensor(part);
    if (!tensor.defined())
        throw Failure{PTRUN_OUTPUT_SELECT, "no tensor in the output: it is " + kind_of(part)};
    return tensor;
}

at::Tensor output_floats(const at::Tensor &tensor)
{
    if (tensor.dim() == 0)
        throw Failure{PTRUN_OUTPUT_SHAPE, "the output is a single number, no row of classes for each image"};
    if (tensor.numel() == 0) throw Failure{PTRUN_OUTPUT_SHAPE, "the output is empty"};
    if (tensor.is_complex()) throw Failure{PTRUN_OUTPUT_SHAPE, "the output holds complex numbers"};
    at::Tensor plain = tensor.is_quantized() ? tensor.dequantize() : tensor;
    if (plain.layout() != c10::kStrided) plain = plain.to_dense();
    return plain.to(at::TensorOptions().device(at::kCPU).dtype(at::kFloat)).contiguous();
}

ptrun_engine_output output_rows(const at::Tensor &floats, int64_t images)
{
    int64_t rows = floats.dim() == 1 && images == 1 ? 1 : floats.size(0);
    return {floats.const_data_ptr<float>(), rows, floats.numel() / rows};
}

} // namespace ptrun
