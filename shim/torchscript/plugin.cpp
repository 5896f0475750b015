// The function table: each function converts, calls and returns; exceptions end in guarded().
#include "combining.h"
#include "describe.h"
#include "guard.h"
#include "library.h"
#include "model.h"

using ptrun::guarded;
using ptrun::Stage;

namespace
{

ptrun_status engine_info(ptrun_engine_info *out, int32_t look_for_devices, ptrun_error *err) noexcept
{
    *out = {};
    return guarded(err, Stage::Other, [&] { ptrun::library_describe(out, look_for_devices != 0); });
}

ptrun_status engine_open(ptrun_engine_model **out, const ptrun_engine_options *options,
                         ptrun_error *err) noexcept
{
    *out = nullptr;
    return guarded(err, Stage::Loading, [&] { *out = ptrun::model_open(*options).release(); });
}

void engine_model_info(const ptrun_engine_model *model, ptrun_engine_model_info *out) noexcept
{
    // A program that combines the input with other tensors may take one channel as well; run() knows.
    *out = {model->facts.broadcast ? 0 : model->facts.channels, model->saved_training,
            model->now.name.c_str(), model->warning.empty() ? nullptr : model->warning.c_str(),
            model->endless};
}

ptrun_status engine_run(ptrun_engine_output *out, ptrun_engine_model *model, const ptrun_tensor *input,
                        ptrun_error *err) noexcept
{
    *out = {};
    return guarded(err, Stage::Running, [&] { *out = ptrun::model_run(*model, *input); });
}

void engine_close(ptrun_engine_model **model) noexcept
{
    ptrun_error ignored = {};
    (void)guarded(&ignored, Stage::Other, [&] { delete *model; });
    *model = nullptr;
}

ptrun_status engine_instance(ptrun_engine_model **out, ptrun_engine_model *model, int32_t threads,
                             ptrun_error *err) noexcept
{
    *out = nullptr;
    return guarded(err, Stage::Other, [&] { *out = ptrun::model_instance(*model, threads).release(); });
}

ptrun_status engine_prepare(ptrun_engine_model *model, const char *variant, const ptrun_tensor *input,
                            int32_t warm_ups, ptrun_error *err) noexcept
{
    return guarded(err, Stage::Other, [&] { ptrun::model_prepare(*model, variant, *input, warm_ups); });
}

void give(const std::string &text, ptrun_engine_text_fn put, void *context)
{
    if (put(context, text.data(), text.size()) != 0) throw ptrun::Failure{PTRUN_STOPPED, ""};
}

ptrun_status engine_describe(ptrun_engine_model *model, const char *what, ptrun_engine_text_fn put,
                             void *context, ptrun_error *err) noexcept
{
    return guarded(err, Stage::Other, [&] { give(ptrun::model_describe(*model, what), put, context); });
}

ptrun_status engine_profile(ptrun_engine_model *model, const ptrun_tensor *input, ptrun_engine_text_fn put,
                            void *context, ptrun_error *err) noexcept
{
    return guarded(err, Stage::Running, [&] { give(ptrun::model_profile(*model, *input), put, context); });
}

ptrun_status engine_structure(ptrun_engine_model *model, const ptrun_tensor *input, ptrun_engine_text_fn put,
                              void *context, ptrun_error *err) noexcept
{
    return guarded(err, Stage::Running, [&] { give(ptrun::model_structure(*model, *input), put, context); });
}

ptrun_layout engine_layout(const ptrun_engine_model *model)
{
    return model->now.layout == at::MemoryFormat::ChannelsLast ? PTRUN_LAYOUT_CHANNELS_LAST
                                                               : PTRUN_LAYOUT_CHANNELS_FIRST;
}

const char *engine_combines(ptrun_engine_model *model)
{
    ptrun_error ignored = {};
    (void)guarded(&ignored, Stage::Other, [&] { model->combining = ptrun::combining_operator(model->saved); });
    return model->combining.empty() ? nullptr : model->combining.c_str();
}

constexpr ptrun_engine_api table = {
    PTRUN_ENGINE_ABI, sizeof(ptrun_engine_api), engine_info,
    engine_open,      engine_model_info,        engine_run,
    engine_close,     engine_prepare,           engine_instance,
    engine_describe,  engine_profile,           engine_structure,          engine_layout,
    engine_combines,
};

} // namespace

extern "C" __attribute__((visibility("default"))) const ptrun_engine_api *ptrun_engine_entry(uint32_t)
{
    return &table;
}
