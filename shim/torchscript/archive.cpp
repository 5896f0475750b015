#include "archive.h"

#include <caffe2/serialize/read_adapter_interface.h>
#include <torch/csrc/jit/ir/constants.h>
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

} // namespace

torch::jit::Module archive_load(const Archive &archive, c10::Device device)
{
    // Always with a device: weights saved on a GPU would otherwise want one.
    return torch::jit::load(std::make_shared<BytesReader>(archive.bytes, archive.size), device,
                            /*load_debug_files=*/false);
}

void program_convert(const torch::jit::Module &program, at::ScalarType dtype)
{
    for (at::Tensor weight : program.parameters())
        if (weight.is_floating_point()) weight.set_data(weight.to(dtype));
    for (at::Tensor buffer : program.buffers())
        if (buffer.is_floating_point()) buffer.set_data(buffer.to(dtype));
    for (const torch::jit::Module &part : program.modules())
        for (const torch::jit::Method &method : part.get_methods())
            convert_constants(method.graph()->block(), dtype);
}

} // namespace ptrun
