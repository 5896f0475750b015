#include "library.h"

#include "failure.h"
#include "unguard.h"
#include "variants.h"

#include <ATen/Context.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <ATen/Version.h>
#include <c10/core/InferenceMode.h>
#include <c10/util/Logging.h>
#include <torch/csrc/inductor/aoti_torch/c/shim.h>
#include <torch/csrc/jit/passes/pass_manager.h>
#include <torch/csrc/jit/runtime/print_handler.h>
#include <torch/version.h>

#include <algorithm>
#include <cctype>
#include <condition_variable>
#include <cstdlib>
#include <dlfcn.h>
#include <fstream>
#include <mutex>
#include <unistd.h>

namespace ptrun
{
namespace
{

constexpr char cuda_library[] = "libtorch_cuda.so";

// The folder of the LibTorch that this process uses, which need not be the one that the plugin was built
// with.
std::string library_folder()
{
    Dl_info info;
    if (!dladdr(reinterpret_cast<const void *>(&aoti_torch_abi_version), &info) || !info.dli_fname) return {};
    std::string path = info.dli_fname;
    return path.substr(0, path.rfind('/'));
}

std::string version_text(uint64_t version)
{
    auto part = [&](int shift) { return std::to_string(version >> shift & 0xFF); };
    return part(56) + "." + part(48) + "." + part(40);
}

// Headers and library must be of one version: classes have other layouts in another.
void check_version()
{
    constexpr uint64_t three_parts = ~((uint64_t{1} << 40) - 1);
    uint64_t found = aoti_torch_abi_version() & three_parts, built = TORCH_ABI_VERSION & three_parts;
    if (found != built)
        throw Failure{PTRUN_ENGINE_INCOMPATIBLE, "the plugin was built for LibTorch " + version_text(built) +
                                                     ", this is " + version_text(found)};
}

// What LibTorch chooses by itself, asked before any model chooses otherwise.
at::QEngine own_quantized_engine()
{
    static const at::QEngine engine = at::globalContext().qEngine();
    return engine;
}

void settle()
{
    static std::once_flag once;
    std::call_once(once, [] {
        check_version();
        if (!std::getenv("TORCH_CPP_LOG_LEVEL")) FLAGS_caffe2_log_level = c10::GLOG_FATAL;
        torch::jit::setPrintHandler([](const std::string &) {}); // standard output carries records only
        own_quantized_engine();
        try {
            at::set_num_interop_threads(1);
        } catch (const c10::Error &) {
            // Another user of this LibTorch was first: the number changes no result.
        }
    });
}

// What the text of a build says it is: "2.13.0+cpu". A package keeps it in version.py, an archive in
// build-version.
std::string build_version(const std::string &folder)
{
    std::string line;
    if (std::ifstream archive(folder + "/../build-version"); std::getline(archive, line) && !line.empty())
        return line;
    std::ifstream package(folder + "/../version.py");
    while (std::getline(package, line)) {
        size_t start = line.find('\''), end = line.rfind('\'');
        if (line.rfind("__version__", 0) == 0 && start < end) return line.substr(start + 1, end - start - 1);
    }
    return TORCH_VERSION;
}

// Why there is no CUDA; empty where there is. LibTorch asks once for its CUDA half and remembers the answer,
// so this comes before anything that asks.
std::string load_cuda()
{
    static std::once_flag once;
    static std::string why;
    std::call_once(once, [] {
        std::string path = library_folder() + "/" + cuda_library;
        if (access(path.c_str(), F_OK) != 0)
            why = "this LibTorch is a CPU build (no " + std::string(cuda_library) + " in " +
                  library_folder() + ")";
        else if (!dlopen(path.c_str(), RTLD_NOW | RTLD_GLOBAL)) why = dlerror();
        else if (!at::detail::getCUDAHooks().hasCUDART())
            why = "LibTorch had already settled on having no CUDA when it was asked for";
        else if (!at::detail::getCUDAHooks().hasCUDA()) why = "no CUDA device or driver is found";
    });
    return why;
}

// As Python writes it: "x86".
std::string quantized_name(at::QEngine engine)
{
    std::string name = c10::toString(engine);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return name;
}

std::string quantized_names()
{
    std::string names;
    for (at::QEngine engine : at::Context::supportedQEngines())
        if (engine != at::QEngine::NoQEngine)
            names.append(names.empty() ? "" : ", ").append(quantized_name(engine));
    return names;
}

struct Devices {
    std::string names, note;
};

const Devices &found_devices()
{
    static const Devices devices = [] {
        Devices found{"cpu", load_cuda()};
        for (int i = 0, count = found.note.empty() ? at::detail::getCUDAHooks().deviceCount() : 0; i < count;
             i++)
            found.names += ", cuda:" + std::to_string(i);
        return found;
    }();
    return devices;
}

// What is in force, and how many leases hold it.
struct ModeState {
    std::mutex mutex;
    std::condition_variable free;
    Mode mode;
    size_t leases = 0;
    bool known = false; // `mode` is what LibTorch has
    torch::jit::GraphPassNameType pass = 0;
};

ModeState &mode_state()
{
    static ModeState state;
    return state;
}

void put_in_force(const Mode &mode, ModeState &state)
{
    at::Context &context = at::globalContext();
    if (!state.known || mode.quantized != state.mode.quantized) context.setQEngine(mode.quantized);
    if (mode.onednn_matmul != state.mode.onednn_matmul)
        context.setFloat32Precision(at::Float32Backend::MKLDNN, at::Float32Op::MATMUL,
                                    mode.onednn_matmul ? at::Float32Precision::BF16
                                                       : at::Float32Precision::NONE);
    // Not by RegisterLlgaFuseGraph::setEnabled(), which does not come back once it was disabled.
    if (mode.onednn_graph && !state.mode.onednn_graph)
        state.pass = torch::jit::registerPrePass(fuse_for_one_shape);
    if (!mode.onednn_graph && state.mode.onednn_graph) torch::jit::clearPrePass(state.pass);
    state.mode = mode;
    state.known = true;
}

} // namespace

void library_use_threads(int threads)
{
    settle();
    if (at::get_num_threads() != threads) at::set_num_threads(threads);
}

void library_load_operators(const char *path)
{
    // Operator libraries name libtorch.so, which holds nothing but the dependency on its two halves.
    dlopen((library_folder() + "/libtorch.so").c_str(), RTLD_NOW | RTLD_GLOBAL);
    if (!dlopen(path, RTLD_NOW | RTLD_GLOBAL))
        throw Failure{PTRUN_ENGINE_FAILED, "operator library: " + std::string(dlerror())};
}

c10::Device library_device(ptrun_device device)
{
    if (device.kind == PTRUN_DEVICE_CPU) return c10::Device(c10::kCPU);
    std::string why = load_cuda();
    if (!why.empty()) throw Failure{PTRUN_DEVICE_UNAVAILABLE, why};
    int count = at::detail::getCUDAHooks().deviceCount();
    if (device.index >= count)
        throw Failure{PTRUN_DEVICE_UNAVAILABLE, "no CUDA device " + std::to_string(device.index) + ": " +
                                                    std::to_string(count) + " found, counted from 0"};
    return c10::Device(c10::kCUDA, static_cast<c10::DeviceIndex>(device.index));
}

at::QEngine library_quantized_engine(const char *name)
{
    if (!name) return own_quantized_engine();
    for (at::QEngine engine : at::Context::supportedQEngines())
        if (engine != at::QEngine::NoQEngine && quantized_name(engine) == name) return engine;
    throw Failure{PTRUN_ENGINE_FAILED,
                  "no int8 engine '" + std::string(name) + "' here; there are: " + quantized_names()};
}

void library_describe(ptrun_engine_info *out, bool look_for_devices)
{
    settle();
    static const std::string folder = library_folder(), version = "LibTorch " + build_version(folder),
                             instructions = at::get_cpu_capability(), quantized = quantized_names();
    const Devices *devices = look_for_devices ? &found_devices() : nullptr;
    *out = {"torchscript",
            version.c_str(),
            folder.c_str(),
            instructions.c_str(),
            devices ? devices->names.c_str() : nullptr,
            devices && !devices->note.empty() ? devices->note.c_str() : nullptr,
            quantized.c_str(),
            variant_names};
}

bool library_onednn_matmul_is_exact()
{
    ModeLease lease({own_quantized_engine(), /*onednn_matmul=*/true, /*onednn_graph=*/false});
    c10::InferenceMode inference;
    constexpr int64_t size = 128;
    const at::Tensor values = at::full({size, size}, 1 + 1.0 / 4096), one = at::eye(size);
    return at::mm(values, one).equal(values); // bf16 has 7 bits after the point
}

ModeLease::ModeLease(const Mode &mode)
{
    ModeState &state = mode_state();
    std::unique_lock lock(state.mutex);
    state.free.wait(lock, [&] { return state.leases == 0 || state.mode == mode; });
    if (!state.known || !(state.mode == mode)) put_in_force(mode, state);
    state.leases++;
}

ModeLease::~ModeLease()
{
    ModeState &state = mode_state();
    std::lock_guard lock(state.mutex);
    if (--state.leases == 0) state.free.notify_all();
}

} // namespace ptrun
