#include "engine/engine.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "base/watch.h"

#include <dirent.h>
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PREFIX "ptrun-engine-"
#define SUFFIX ".so"

enum { N_PLACES = 3 };

struct ptrun_engine {
    ptrun_engine_api table; /* the plugin's members; zero beyond the end of its own table */
    char path[PATH_MAX];
};

/* The library that a plugin stands on: loaded by its path first, it is the one that the dynamic linker
 * takes for the plugin, whatever the plugin was built with. */
static const struct {
    const char *engine, *library;
} libraries[] = {{"torchscript", "libtorch_cpu.so"}};

static bool join(char out[PATH_MAX], const char *directory, const char *prefix, const char *name,
                 const char *suffix)
{
    int length = snprintf(out, PATH_MAX, "%s/%s%s%s", directory, prefix, name, suffix);
    return length > 0 && length < PATH_MAX;
}

static bool find_program(char out[PATH_MAX])
{
    ssize_t length = readlink("/proc/self/exe", out, PATH_MAX - 1);
    out[length > 0 ? length : 0] = '\0';
    char *slash = strrchr(out, '/');
    if (slash) *slash = '\0';
    return slash != NULL;
}

/* The folders to look in, most wanted first; an empty text is none. */
static void find_places(const char *directory, char places[N_PLACES][PATH_MAX])
{
    char program[PATH_MAX];
    bool found = find_program(program);
    snprintf(places[0], PATH_MAX, "%s", directory ? directory : "");
    snprintf(places[1], PATH_MAX, "%s", found ? program : "");
    if (!found || !join(places[2], program, "../lib/", "ptrun", "")) places[2][0] = '\0';
}

/* A name is part of a file name: nothing in it may lead to another folder. */
static bool is_engine_name(const char *name)
{
    return *name && !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-_")];
}

static bool plugin_in(const char *place, const char *name, char path[PATH_MAX])
{
    return *place && join(path, place, PREFIX, name, SUFFIX) && access(path, F_OK) == 0;
}

static ptrun_status find_plugin(const char *name, const char *directory, char path[PATH_MAX],
                                ptrun_error *err)
{
    char places[N_PLACES][PATH_MAX];
    if (!is_engine_name(name))
        return ptrun_fail(err, PTRUN_ENGINE_NOT_FOUND, "no engine can be called '%s'", name);
    find_places(directory, places);
    for (int i = 0; i < N_PLACES; i++)
        if (plugin_in(places[i], name, path)) return PTRUN_OK;
    return ptrun_fail(err, PTRUN_ENGINE_NOT_FOUND, "no " PREFIX "%s" SUFFIX " in %s%s%s, %s", name, places[0],
                      *places[0] ? ", " : "", places[1], places[2]);
}

static ptrun_status load_library(const char *name, const char *directory, ptrun_error *err)
{
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
        char path[PATH_MAX];
        const char *library = libraries[i].library;
        if (!ptrun_str_equal(libraries[i].engine, name)) continue;
        bool found = (join(path, directory, "lib/", library, "") && access(path, F_OK) == 0) ||
                     (join(path, directory, "", library, "") && access(path, F_OK) == 0);
        if (!found)
            return ptrun_fail(err, PTRUN_ENGINE_NOT_FOUND, "no %s in %s or its lib folder", library,
                              directory);
        if (!dlopen(path, RTLD_NOW | RTLD_LOCAL))
            return ptrun_fail(err, PTRUN_ENGINE_FAILED, "%s", dlerror());
    }
    return PTRUN_OK;
}

/* Take over what the plugin's table holds, if this program can work with it. */
static ptrun_status copy_table(ptrun_engine *engine, const ptrun_engine_api *table, ptrun_error *err)
{
    if (!table)
        return ptrun_fail(err, PTRUN_ENGINE_INCOMPATIBLE, "the plugin knows no interface number %u",
                          PTRUN_ENGINE_ABI);
    if (table->abi != PTRUN_ENGINE_ABI)
        return ptrun_fail(err, PTRUN_ENGINE_INCOMPATIBLE,
                          "the plugin has interface number %u, this program %u", table->abi,
                          PTRUN_ENGINE_ABI);
    memcpy(&engine->table, table, table->size < sizeof *table ? table->size : sizeof *table);
    const ptrun_engine_api *t = &engine->table;
    if (!t->info || !t->open || !t->model_info || !t->run || !t->close)
        return ptrun_fail(err, PTRUN_ENGINE_INCOMPATIBLE,
                          "the plugin's function table lacks what every engine has");
    return PTRUN_OK;
}

/* A plugin that does not load with a `library` other than its own was built for another version of it. */
static ptrun_status load_plugin(ptrun_engine *engine, const char *library, ptrun_error *err)
{
    void *handle = dlopen(engine->path, RTLD_NOW | RTLD_LOCAL);
    if (!handle)
        return ptrun_fail(err, library ? PTRUN_ENGINE_INCOMPATIBLE : PTRUN_ENGINE_FAILED, "%s", dlerror());
    void *symbol = dlsym(handle, PTRUN_ENGINE_ENTRY);
    if (!symbol) return ptrun_fail(err, PTRUN_ENGINE_INCOMPATIBLE, "the file has no %s", PTRUN_ENGINE_ENTRY);
    ptrun_engine_entry_fn entry;
    memcpy(&entry, &symbol, sizeof entry); /* POSIX's way from an object to a function pointer in ISO C */
    return copy_table(engine, entry(PTRUN_ENGINE_ABI), err);
}

ptrun_status ptrun_engine_load(ptrun_engine **out, const char *name, const char *directory,
                               const char *library, ptrun_error *err)
{
    *out = NULL;
    ptrun_engine *engine = ptrun_mem_zalloc(1, sizeof *engine);
    if (!engine) return ptrun_fail_memory(err, "the engine");
    ptrun_status status = find_plugin(name, directory, engine->path, err);
    if (status == PTRUN_OK && library) status = load_library(name, library, err);
    if (status == PTRUN_OK) status = load_plugin(engine, library, err);
    if (status == PTRUN_OK) *out = engine;
    else free(engine);
    return status;
}

void ptrun_engine_close(ptrun_engine **engine)
{
    ptrun_mem_release(engine);
}

const ptrun_engine_api *ptrun_engine_table(const ptrun_engine *engine)
{
    return &engine->table;
}

ptrun_status ptrun_engine_run(const ptrun_engine_api *table, ptrun_engine_output *output, ptrun_engine_model *model,
                              const ptrun_tensor *input, ptrun_error *err)
{
    *output = (ptrun_engine_output){0};
    ptrun_watch_enter();
    ptrun_status status = table->run(output, model, input, err);
    ptrun_watch_leave();
    return status;
}

ptrun_tensor ptrun_engine_images(float *data, int64_t images, int64_t channels, int64_t height, int64_t width,
                                 ptrun_layout layout)
{
    ptrun_tensor tensor = {.data = data, .dtype = PTRUN_DTYPE_F32, .rank = 4, .dims = {images, channels, height, width},
                           .strides = {channels * height * width, height * width, width, 1}};
    if (layout == PTRUN_LAYOUT_CHANNELS_LAST)
        tensor.strides[1] = 1, tensor.strides[2] = width * channels, tensor.strides[3] = channels;
    return tensor;
}

ptrun_layout ptrun_engine_layout(const ptrun_engine_api *table, const ptrun_engine_model *model)
{
    return table->layout ? table->layout(model) : PTRUN_LAYOUT_CHANNELS_FIRST;
}

const char *ptrun_engine_combines(const ptrun_engine_api *table, ptrun_engine_model *model)
{
    return table->combines ? table->combines(model) : NULL;
}

const char *ptrun_engine_path(const ptrun_engine *engine)
{
    return engine->path;
}

/* ptrun-engine-NAME.so: copies NAME. */
static bool engine_name_of(const char *file, char name[NAME_MAX + 1])
{
    size_t length = strlen(file), around = strlen(PREFIX) + strlen(SUFFIX);
    if (length <= around || length > NAME_MAX || !ptrun_str_starts_with(file, PREFIX) ||
        !ptrun_str_equal(file + length - strlen(SUFFIX), SUFFIX))
        return false;
    memcpy(name, file + strlen(PREFIX), length - around);
    name[length - around] = '\0';
    return is_engine_name(name);
}

static bool put_plugins(char places[N_PLACES][PATH_MAX], int place,
                        bool (*put)(void *, const char *, const char *), void *context)
{
    struct dirent **entries;
    char name[NAME_MAX + 1], path[PATH_MAX];
    int count = *places[place] ? scandir(places[place], &entries, NULL, alphasort) : -1;
    bool wanted = true;
    for (int i = 0; i < count; i++) {
        bool hidden = !engine_name_of(entries[i]->d_name, name);
        for (int earlier = 0; earlier < place && !hidden; earlier++)
            hidden = plugin_in(places[earlier], name, path);
        if (!hidden && wanted && plugin_in(places[place], name, path)) wanted = put(context, name, path);
        free(entries[i]);
    }
    if (count >= 0) free(entries);
    return wanted;
}

void ptrun_engine_each(const char *directory, bool (*put)(void *context, const char *name, const char *path),
                       void *context)
{
    char places[N_PLACES][PATH_MAX];
    find_places(directory, places);
    for (int i = 0; i < N_PLACES; i++)
        if (!put_plugins(places, i, put, context)) return;
}
