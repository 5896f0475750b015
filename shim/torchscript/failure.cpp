#include "failure.h"

#include <cctype>

namespace ptrun
{
namespace
{

bool contains(std::string_view text, std::string_view part)
{
    return text.find(part) != text.npos;
}

bool starts_with(std::string_view text, std::string_view prefix)
{
    return text.substr(0, prefix.size()) == prefix;
}

std::string_view next_line(std::string_view &rest)
{
    size_t end = rest.find('\n');
    std::string_view line = rest.substr(0, end);
    rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
    return line;
}

std::string_view trimmed(std::string_view line, std::string_view blanks)
{
    size_t first = line.find_first_not_of(" \t\r\n");
    if (first == line.npos) return {};
    return line.substr(first, line.find_last_not_of(blanks) - first + 1);
}

// "RuntimeError: …", "ValueError: …": how the interpreter ends its listing.
bool is_python_error(std::string_view line)
{
    size_t length = 0;
    while (length < line.size() && (std::isalnum(static_cast<unsigned char>(line[length])) ||
                                    line[length] == '_' || line[length] == '.'))
        length++;
    return length > 0 && line.substr(length, 2) == ": ";
}

// "[enforce fail at alloc_cpu.cpp:124] err == 0. text" -> "text"
std::string_view without_origin(std::string_view line)
{
    if (!starts_with(line, "[enforce fail at ")) return line;
    size_t end = line.find("] ");
    if (end == line.npos) return line;
    line = line.substr(end + 2);
    size_t condition = line.find(". ");
    return condition == line.npos ? line : line.substr(condition + 2);
}

std::string_view first_sentence(std::string_view line)
{
    return line.substr(0, line.find(". "));
}

// The text between `before` and the first character that ends a name.
std::string name_after(std::string_view text, std::string_view before)
{
    size_t start = text.find(before);
    if (start == text.npos) return {};
    start += before.size();
    size_t end = start;
    while (end < text.size() && (std::isalnum(static_cast<unsigned char>(text[end])) || text[end] == '_' ||
                                 text[end] == ':' || text[end] == '.'))
        end++;
    std::string_view name = text.substr(start, end - start);
    while (!name.empty() && (name.back() == '.' || name.back() == ':')) name.remove_suffix(1);
    return std::string(name);
}

// The library that is known to register the operators of a namespace, "" where none is.
std::string_view library_of(std::string_view operator_name)
{
    static constexpr struct {
        std::string_view prefix, library;
    } known[] = {{"torchvision::", "libtorchvision.so (or _C.so of the torchvision package)"},
                 {"torchaudio::", "libtorchaudio.so of the torchaudio package"},
                 {"torchtext::", "libtorchtext.so of the torchtext package"},
                 {"torch_scatter::", "the libraries of the torch_scatter package"},
                 {"torch_sparse::", "the libraries of the torch_sparse package"},
                 {"fbgemm::", "fbgemm_gpu_py.so of the fbgemm-gpu package"},
                 {"mmdeploy::", "libmmdeploy_torchscript_ops.so"}};
    for (const auto &row : known)
        if (starts_with(operator_name, row.prefix)) return row.library;
    return {};
}

Failure missing_operator(const std::string &name)
{
    std::string detail = "it needs the operator " + name;
    std::string_view library = library_of(name);
    if (!library.empty()) detail.append(", which is in ").append(library);
    return {PTRUN_MODEL_MISSING_OPERATOR, detail};
}

bool out_of_memory(std::string_view text)
{
    return contains(text, "can't allocate memory") || contains(text, "out of memory") ||
           contains(text, "bad_alloc");
}

// The model's program names a device, or its weights lie on one, that this process does not have.
bool other_device(std::string_view text)
{
    return contains(text, "PyTorch is not linked with support for") ||
           contains(text, "Torch not compiled with CUDA") ||
           contains(text, "Cannot initialize CUDA without ATen_cuda library") ||
           contains(text, "from the 'CUDA' backend") ||
           contains(text, "Expected all tensors to be on the same device");
}

Failure diagnose_load(std::string_view text, const std::string &line)
{
    if (contains(text, "Unknown builtin op: "))
        return missing_operator(name_after(text, "Unknown builtin op: "));
    if (contains(text, "xnnpack")) return {PTRUN_MODEL_IS_XNNPACK_MOBILE, line};
    if (contains(text, "__torch__.torch.classes."))
        return {PTRUN_MODEL_MISSING_OPERATOR,
                "it needs the class " + name_after(text, "__torch__.torch.classes.")};
    if (contains(text, "maximum supported version")) return {PTRUN_MODEL_TOO_NEW, line};
    if (contains(text, "minimum supported version")) return {PTRUN_MODEL_TOO_OLD, line};
    if (other_device(text)) return {PTRUN_MODEL_ON_OTHER_DEVICE, std::string(first_sentence(line))};
    // The reader of archives ends with a paragraph of guesses.
    return {PTRUN_MODEL_LOAD_FAILED,
            starts_with(line, "PytorchStreamReader") ? std::string(first_sentence(line)) : line};
}

} // namespace

std::string useful_line(std::string_view text)
{
    constexpr std::string_view module = "builtins."; // of Python's own exceptions
    std::string_view first, rest = text;
    bool listing = contains(text, "failed in the TorchScript interpreter");
    while (!rest.empty()) {
        std::string_view line = next_line(rest);
        if (trimmed(line, " \t\r").empty()) continue;
        if (first.empty()) first = line;
        if (!listing) break;
        if (is_python_error(line)) {
            first = line;
            break;
        }
    }
    if (starts_with(first, module)) first.remove_prefix(module.size());
    return std::string(trimmed(without_origin(first), " \t\r.:"));
}

Failure diagnose(Stage stage, std::string_view text)
{
    std::string line = useful_line(text);
    if (out_of_memory(text)) return {PTRUN_OUT_OF_MEMORY, line};
    if (stage == Stage::Loading) return diagnose_load(text, line);
    if (stage == Stage::Other) return {PTRUN_ENGINE_FAILED, line};
    if (other_device(text)) return {PTRUN_MODEL_ON_OTHER_DEVICE, std::string(first_sentence(line))};
    return {PTRUN_INFERENCE_FAILED, line};
}

} // namespace ptrun
