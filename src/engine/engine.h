/* Finds and loads engine plugins and runs models through them. Knows tensors, no images. */
#ifndef PTRUN_ENGINE_ENGINE_H
#define PTRUN_ENGINE_ENGINE_H

#include "ptrun/engine.h"

#include <stdbool.h>

/* A loaded plugin (opaque). The plugin stays in the process until its end: LibTorch cannot be unloaded
 * safely. */
typedef struct ptrun_engine ptrun_engine;

/* Load the plugin `name` ("torchscript") from, in this order: `directory` where it is given; the folder
 * of the program; ../lib/ptrun beside it. Never from the current folder or the library path.
 * The file is ptrun-engine-NAME.so. `library` is the folder of the LibTorch to run with (or the one above,
 * with lib/ in it); NULL: the one that the plugin was built with. ENGINE_NOT_FOUND (says where it looked),
 * ENGINE_INCOMPATIBLE (both numbers), ENGINE_FAILED (the loader's text), OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_engine_load(ptrun_engine **out, const char *name, const char *directory,
                                              const char *library, ptrun_error *err);

/* Gives the handle's memory back, after the last model was closed. Accepts NULL, clears the pointer. */
void ptrun_engine_close(ptrun_engine **engine);

/* Member functions of the plugin; optional ones are NULL also where the plugin's table is shorter. */
const ptrun_engine_api *ptrun_engine_table(const ptrun_engine *engine);

/* One forward by table->run(), under the watch of base/watch.h where there is one: every forward of ours goes this way. */
PTRUN_MUST_USE ptrun_status ptrun_engine_run(const ptrun_engine_api *table, ptrun_engine_output *output,
                                             ptrun_engine_model *model, const ptrun_tensor *input, ptrun_error *err);

/* `data` as a batch for run(). */
ptrun_tensor ptrun_engine_images(float *data, int64_t images, int64_t channels, int64_t height, int64_t width,
                                 ptrun_layout layout);

/* The layout of images that run() takes without a copy. */
ptrun_layout ptrun_engine_layout(const ptrun_engine_api *table, const ptrun_engine_model *model);

/* The operator by which the program combines the images of a batch (combines() of ptrun/engine.h); NULL where none is
 * known. Borrowed until the model is closed. */
const char *ptrun_engine_combines(const ptrun_engine_api *table, ptrun_engine_model *model);

/* The file that was loaded. Borrowed. */
const char *ptrun_engine_path(const ptrun_engine *engine);

/* Names of the plugins that can be found, for `ptrun engines`: calls `put` once for each with its
 * name and path (borrowed for the call), folder by folder in the order of ptrun_engine_load(), by name
 * within; stops where it returns false. */
void ptrun_engine_each(const char *directory, bool (*put)(void *context, const char *name, const char *path),
                       void *context);

#endif
