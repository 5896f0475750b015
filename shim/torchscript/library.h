// LibTorch as a library: what it is, what it can run on, and its process-wide settings.
#ifndef PTRUN_TORCHSCRIPT_LIBRARY_H
#define PTRUN_TORCHSCRIPT_LIBRARY_H

#include "ptrun/device.h"
#include "ptrun/engine.h"

#include <c10/core/Device.h>
#include <c10/core/QEngine.h>

#include <string>

namespace ptrun
{

// Threads of a forward on the calling thread, and what must be settled before LibTorch does any work:
// one inter-op thread, no printing by the library or by a model. Cheap when nothing changes.
void library_use_threads(int threads);

// Load a shared object that registers operators.
void library_load_operators(const char *path);

// The device, with LibTorch's CUDA half loaded where it is asked for. Throws Failure: DEVICE_UNAVAILABLE
// says whether the library, the devices or the index is missing.
c10::Device library_device(ptrun_device device);

// The engine for int8 of that name; the current one for NULL. Throws Failure (ENGINE_FAILED, with those
// that there are).
at::QEngine library_quantized_engine(const char *name);

// Everything about the library for people; devices where they are looked for. Kept for the process.
void library_describe(ptrun_engine_info *out, bool look_for_devices);

// LibTorch's settings that hold for the whole process but that a model may want otherwise.
struct Mode {
    at::QEngine quantized = at::QEngine::NoQEngine;
    bool onednn_matmul = false; // fp32 matrix products through oneDNN rather than MKL
    bool onednn_graph = false;  // graphs are compiled by oneDNN Graph when they are optimised

    bool operator==(const Mode &other) const
    {
        return quantized == other.quantized && onednn_matmul == other.onednn_matmul &&
               onednn_graph == other.onednn_graph;
    }
};

// While it lives, `mode` is in force. Leases of the same mode run side by side; another mode waits until
// they are over.
class ModeLease
{
  public:
    explicit ModeLease(const Mode &mode);
    ~ModeLease();
    ModeLease(const ModeLease &) = delete;
    ModeLease &operator=(const ModeLease &) = delete;
};

// Whether onednn_matmul gives fp32 on this CPU: oneDNN is free to use bf16 there, and does where that is
// faster. To be called without a lease.
bool library_onednn_matmul_is_exact();

} // namespace ptrun

#endif
