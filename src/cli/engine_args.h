/* The options that say how a model is run, and the steps from a model file to a model in an engine; shared by
 * every command that runs one. */
#ifndef PTRUN_CLI_ENGINE_ARGS_H
#define PTRUN_CLI_ENGINE_ARGS_H

#include "cli/options.h"
#include "engine/engine.h"
#include "json/write.h"
#include "model/file.h"
#include "prep/recipe.h"

typedef struct ptrun_engine_args {
    const char *engine, *engine_dir;
    const char *device;
    int64_t threads; /* 0: planned */
    const char *optimize;
    const char *precision;
    const char *quantized_engine;
    ptrun_texts op_libraries;
    const char *sha256;
    bool no_check;
    int64_t timeout; /* seconds for loading and for each forward; 0: planned */
} ptrun_engine_args;

/* What runs the model and how it is prepared; threads apart, because some commands take several numbers of them. */
extern const ptrun_option ptrun_engine_rows[];
extern const ptrun_option ptrun_engine_threads_rows[];

/* A model that is ready to run. Closed with ptrun_loaded_close. */
typedef struct ptrun_loaded {
    ptrun_engine *engine;
    const ptrun_engine_api *api;
    ptrun_engine_model *model;
    ptrun_engine_model_info info; /* borrowed from the model */
    ptrun_engine_info engine_info;
    const char *path; /* borrowed: of the model, for what is told while it runs */
} ptrun_loaded;

/* Refuse the file unless its SHA-256 is the one asked for, where one is. MODEL_HASH_MISMATCH. */
PTRUN_MUST_USE ptrun_status ptrun_engine_args_check_hash(const ptrun_engine_args *args, const ptrun_model_file *file,
                                                         ptrun_error *err);

/* Load the engine and the model with `threads` threads of the forward; meanwhile the checksums of the archive
 * are verified in a thread of their own, and are waited for before the engine reads it. Crashes and stalls of the
 * engine end the process with exit code 4, see base/crash.h. Forwards, each between ptrun_watch_enter and
 * ptrun_watch_leave, are watched over until `out` is closed, where --timeout asks for it or where a loop in the
 * program has no bound; one that stalls ends the process with exit code 5. `out` stays where it is. ENGINE_*,
 * MODEL_*, DEVICE_UNAVAILABLE, OUT_OF_MEMORY;
 * MODEL_INPUT_SHAPE where the recipe's channels are not those of the first weight and no shape was given. */
PTRUN_MUST_USE ptrun_status ptrun_engine_args_load(const ptrun_engine_args *args, const char *path,
                                                   const ptrun_model_file *file, const ptrun_recipe *recipe,
                                                   int32_t threads, ptrun_loaded *out, ptrun_error *err);

/* Open the file once more in an engine that is loaded. Statuses and crashes as above. */
PTRUN_MUST_USE ptrun_status ptrun_engine_args_open(const ptrun_engine_args *args, const char *path,
                                                   const ptrun_model_file *file, const ptrun_recipe *recipe, int32_t threads,
                                                   const ptrun_engine_api *api, ptrun_engine_model **out, ptrun_error *err);

/* What runs, as members of the JSON object that is open: engine, library, instructions, device, precision. */
void ptrun_engine_args_describe(const ptrun_engine_args *args, const ptrun_engine_info *info, ptrun_json_writer *w);

/* What a failure of ptrun_engine_args_load is about, for the message: the engine, the device or the model. */
const char *ptrun_engine_args_culprit(const ptrun_engine_args *args, const char *path, ptrun_status status);

/* Accepts the zero value. */
void ptrun_loaded_close(ptrun_loaded *loaded);
void ptrun_engine_args_release(ptrun_engine_args *args);

#endif
