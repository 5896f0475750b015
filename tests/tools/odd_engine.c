/* Plugins as they must not be, or hardly may; each is compiled from this file with its own ODD_*. */
#include "ptrun/engine.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT const ptrun_engine_api *ptrun_engine_entry(uint32_t abi);
EXPORT int some_other_symbol(void);

static ptrun_status info(ptrun_engine_info *out, int32_t look_for_devices, ptrun_error *err)
{
    (void)look_for_devices, (void)err;
    *out = (ptrun_engine_info){.name = "odd"};
    return PTRUN_OK;
}

static ptrun_status open_model(ptrun_engine_model **out, const ptrun_engine_options *options,
                               ptrun_error *err)
{
    (void)options;
    *out = NULL;
    return err->status = PTRUN_MODEL_LOAD_FAILED;
}

static void model_info(const ptrun_engine_model *model, ptrun_engine_model_info *out)
{
    (void)model;
    *out = (ptrun_engine_model_info){0};
}

static ptrun_status run(ptrun_engine_output *out, ptrun_engine_model *model, const ptrun_tensor *input,
                        ptrun_error *err)
{
    (void)out, (void)model, (void)input;
    return err->status = PTRUN_INFERENCE_FAILED;
}

static void close_model(ptrun_engine_model **model)
{
    *model = NULL;
}

/* Whoever reads beyond `size` finds these. */
static ptrun_status beyond(ptrun_engine_model **out, ptrun_engine_model *model, int32_t threads,
                           ptrun_error *err)
{
    (void)model, (void)threads;
    *out = NULL;
    return err->status = PTRUN_INTERNAL;
}

const ptrun_engine_api *ptrun_engine_entry(uint32_t abi)
{
    static ptrun_engine_api table = {.abi = PTRUN_ENGINE_ABI,
                                     .size = sizeof table,
                                     .info = info,
                                     .open = open_model,
                                     .model_info = model_info,
                                     .run = run,
                                     .close = close_model,
                                     .instance = beyond};
#if defined(ODD_NEWER)
    table.abi = abi + 6;
#elif defined(ODD_SHORT)
    table.size = offsetof(ptrun_engine_api, prepare); /* built before there were optional members */
#elif defined(ODD_EMPTY)
    table.size = offsetof(ptrun_engine_api, run);
#elif defined(ODD_SILENT)
    return (void)table, (void)abi, NULL;
#endif
    (void)abi;
    return &table;
}

int some_other_symbol(void)
{
    return 1;
}
