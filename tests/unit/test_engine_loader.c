/* Loading plugins: where they are looked for, and which are refused. The folders are defined by the build. */
#include "engine/engine.h"

#include "check.h"

#include <stdio.h>
#include <unistd.h>

static void refused(const char *name, const char *directory, ptrun_status status, const char *part)
{
    ptrun_engine *engine = (ptrun_engine *)&engine;
    ptrun_error error = {0};
    CHECK(ptrun_engine_load(&engine, name, directory, NULL, &error) == status);
    CHECK(engine == NULL);
    CHECK(error.status == status);
    if (!strstr(error.detail, part)) fprintf(stderr, "%s: %s\n", name, error.detail);
    CHECK(strstr(error.detail, part) != NULL);
}

static void check_refusals(void)
{
    refused("newer", PTRUN_ODD_ENGINES, PTRUN_ENGINE_INCOMPATIBLE, "interface number 8, this program 2");
    refused("silent", PTRUN_ODD_ENGINES, PTRUN_ENGINE_INCOMPATIBLE, "interface number 2");
    refused("empty", PTRUN_ODD_ENGINES, PTRUN_ENGINE_INCOMPATIBLE, "lacks");
    refused("text", PTRUN_ODD_ENGINES, PTRUN_ENGINE_FAILED, "ptrun-engine-text.so");
    refused("none", PTRUN_ODD_ENGINES, PTRUN_ENGINE_NOT_FOUND, PTRUN_ODD_ENGINES ", ");
    refused("", PTRUN_ODD_ENGINES, PTRUN_ENGINE_NOT_FOUND, "''");
    refused("../fake", PTRUN_ODD_ENGINES, PTRUN_ENGINE_NOT_FOUND, "'../fake'");
    refused("fake", NULL, PTRUN_ENGINE_NOT_FOUND, "/../lib/ptrun"); /* tests do not lie beside the plugins */
}

/* A plugin in the current folder is never taken. */
static void check_current_folder(void)
{
    CHECK(chdir(PTRUN_ODD_ENGINES) == 0);
    refused("short", NULL, PTRUN_ENGINE_NOT_FOUND, "no ptrun-engine-short.so");
    refused("short", "", PTRUN_ENGINE_NOT_FOUND, "no ptrun-engine-short.so");
}

/* Members that an older plugin does not have are NULL, whatever lies behind its table. */
static void check_short_table(void)
{
    ptrun_engine *engine;
    ptrun_error error = {0};
    CHECK(ptrun_engine_load(&engine, "short", PTRUN_ODD_ENGINES, NULL, &error) == PTRUN_OK);
    if (!engine) return;
    const ptrun_engine_api *table = ptrun_engine_table(engine);
    CHECK(table->run && table->close);
    CHECK(!table->prepare && !table->instance && !table->describe && !table->profile);
    CHECK_TEXT(ptrun_engine_path(engine), PTRUN_ODD_ENGINES "/ptrun-engine-short.so");
    ptrun_engine_close(&engine);
}

typedef struct {
    char names[256];
    int left;
} listing;

static bool note(void *context, const char *name, const char *path)
{
    listing *seen = context;
    CHECK(strstr(path, name) != NULL);
    strncat(seen->names, name, 32);
    strncat(seen->names, " ", 2);
    return --seen->left > 0;
}

static void check_listing(void)
{
    listing all = {.left = 100}, two = {.left = 2}, none = {.left = 100};
    ptrun_engine_each(PTRUN_ODD_ENGINES, note, &all);
    CHECK_TEXT(all.names, "empty newer short silent text ");
    ptrun_engine_each(PTRUN_ODD_ENGINES, note, &two);
    CHECK_TEXT(two.names, "empty newer ");
    ptrun_engine_each("/nowhere", note, &none);
    CHECK_TEXT(none.names, "");
}

int main(void)
{
    check_refusals();
    check_current_folder();
    check_short_table();
    check_listing();
    return CHECK_DONE();
}
