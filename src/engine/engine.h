/* Finds and loads engine plugins and runs models through them. Knows tensors, no images. */
#ifndef PTRUN_ENGINE_ENGINE_H
#define PTRUN_ENGINE_ENGINE_H

#include "ptrun/engine.h"

#include <stdbool.h>

/* A loaded plugin. Stays in the process until its end (LibTorch cannot be unloaded safely). Opaque. */
typedef struct ptrun_engine ptrun_engine;

/* Load the plugin `name` ("torchscript") from, in this order: `directory` where it is given; the folder
 * of the program; ../lib/ptrun beside it. Never from the current folder or the library path.
 * The file is ptrun-engine-NAME.so. ENGINE_NOT_FOUND (says where it looked), ENGINE_INCOMPATIBLE (both
 * numbers), ENGINE_FAILED (the loader's text). */
PTRUN_MUST_USE ptrun_status ptrun_engine_load(ptrun_engine **out, const char *name,
                                              const char *directory, ptrun_error *err);

/* Member functions of the plugin; optional ones are NULL also where the plugin's table is shorter. */
const ptrun_engine_api *ptrun_engine_table(const ptrun_engine *engine);

/* The file that was loaded. Borrowed. */
const char *ptrun_engine_path(const ptrun_engine *engine);

/* Names of the plugins that can be found, for `ptrun engines`: calls `put` once for each with its
 * name and path; stops where it returns false. */
void ptrun_engine_each(const char *directory, bool (*put)(void *context, const char *name, const char *path),
                       void *context);

#endif
