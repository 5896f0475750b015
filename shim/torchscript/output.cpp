#include "output.h"

#include "failure.h"

#include <ATen/core/Dict.h>
#include <ATen/core/jit_type.h>
#include <ATen/core/Tensor.h>

#include <algorithm>
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

// The tensors in a value, depth first, with their paths: "1", "logits", "0.features".
std::vector<Part> tensors_of(const c10::IValue &value, const std::string &path = "")
{
    if (value.isTensor()) return {{path, value}};
    std::vector<Part> tensors;
    const std::vector<Part> parts = parts_of(value);
    for (size_t i = 0; i < parts.size(); i++) {
        const std::string name = parts[i].key.empty() ? std::to_string(i) : parts[i].key;
        for (Part &part : tensors_of(parts[i].value, path.empty() ? name : path + "." + name))
            tensors.push_back(std::move(part));
    }
    return tensors;
}

// "float32 [2, 1000]"
std::string describe(const at::Tensor &tensor)
{
    std::string text = output_dtype(tensor) + " [";
    for (int64_t i = 0; i < tensor.dim(); i++) text.append(i ? ", " : "").append(std::to_string(tensor.size(i)));
    return text + "]";
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

// The part of that key or index; nullptr where there is none.
const Part *part_of(const std::vector<Part> &parts, const std::string &name, bool has_keys)
{
    for (const Part &part : parts)
        if (!part.key.empty() && part.key == name) return &part;
    const bool number = !name.empty() && name.size() < 10 && name.find_first_not_of("0123456789") == name.npos;
    if (has_keys || !number || std::stoul(name) >= parts.size()) return nullptr;
    return &parts[std::stoul(name)];
}

// Keys and indices with dots between them; a key that has dots itself is found first.
c10::IValue find_path(const c10::IValue &value, const std::string &path)
{
    const std::vector<Part> parts = parts_of(value);
    if (const Part *part = part_of(parts, path, value.isGenericDict())) return part->value;
    for (size_t dot = path.find('.'); dot != path.npos; dot = path.find('.', dot + 1))
        if (const Part *part = part_of(parts, path.substr(0, dot), value.isGenericDict()))
            return find_path(part->value, path.substr(dot + 1));
    throw no_part("part '" + path + "'", value);
}

c10::IValue find_part(const c10::IValue &value, const Select &select)
{
    if (select.kind == PTRUN_SELECT_ONLY) return value;
    if (select.kind == PTRUN_SELECT_KEY) return find_path(value, select.key);
    const std::vector<Part> parts = parts_of(value);
    if (value.isGenericDict() || select.index < 0 || static_cast<size_t>(select.index) >= parts.size())
        throw no_part("part " + std::to_string(select.index), value);
    return parts[static_cast<size_t>(select.index)].value;
}

Failure ambiguous(const std::vector<Part> &tensors, const Select &select)
{
    constexpr size_t most = 8; // that a message names
    std::string text = (select.kind == PTRUN_SELECT_ONLY ? "the model returns " : "the selected part holds ") +
                       std::to_string(tensors.size()) + " tensors: ";
    for (size_t i = 0; i < std::min(most, tensors.size()); i++)
        text.append(i ? ", " : "").append(tensors[i].key + ": " + describe(tensors[i].value.toTensor()));
    return {PTRUN_OUTPUT_AMBIGUOUS, text + (tensors.size() > most ? ", ..." : "")};
}

} // namespace

at::Tensor output_select(const c10::IValue &value, const Select &select)
{
    const c10::IValue part = find_part(value, select);
    const std::vector<Part> tensors = tensors_of(part);
    if (tensors.empty()) throw Failure{PTRUN_OUTPUT_SELECT, "no tensor in the output: it is " + kind_of(part)};
    if (tensors.size() > 1) throw ambiguous(tensors, select);
    return tensors[0].value.toTensor();
}

std::string output_dtype(const at::Tensor &tensor)
{
    return std::string(c10::getDtypeNames(tensor.scalar_type()).first);
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

ptrun_engine_output output_rows(const at::Tensor &floats, const at::Tensor &returned, int64_t images)
{
    ptrun_engine_output output = {};
    output.data = floats.const_data_ptr<float>();
    output.rows = floats.dim() == 1 && images == 1 ? 1 : floats.size(0);
    output.cols = floats.numel() / output.rows;
    output.integral = !returned.is_quantized() && c10::isIntegralType(returned.scalar_type(), /*includeBool=*/true);
    output.rank = static_cast<int32_t>(returned.dim());
    for (int64_t i = 0; i < std::min<int64_t>(returned.dim(), PTRUN_TENSOR_MAX_RANK); i++)
        output.dims[i] = returned.size(i);
    return output;
}

} // namespace ptrun
