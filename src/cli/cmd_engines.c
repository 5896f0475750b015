/* ptrun engines: what this ptrun can run models with, on, and which libraries it stands on. */
#include "cli/commands.h"

#include "base/cpu.h"
#include "base/crash.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "cli/exit_code.h"
#include "cli/message.h"
#include "cli/version.h"
#include "engine/engine.h"
#include "image/decoder.h"
#include "prep/resize_kernel.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *format, *directory, *library;
} config;

/* One engine as it was found. */
typedef struct {
    char *name, *path; /* owned */
    ptrun_error error; /* not PTRUN_OK: it cannot be used */
    ptrun_engine_info info;
} found;

typedef struct {
    found *items;
    size_t count;
    bool failed; /* no memory */
} listing;

static const char *format_name(size_t index)
{
    static const char *const names[] = {"table", "json"};
    return index < sizeof names / sizeof *names ? names[index] : NULL;
}

static const ptrun_option rows[] = {
    {PTRUN_OPTION_CHOICE(config, format), .name = "format", .value = "FORMAT", .choice = format_name,
     .fallback = "table", .help = "for people or for programs"},
    {PTRUN_OPTION_TEXT(config, directory), .name = "engine-dir", .value = "FOLDER",
     .otherwise = "beside the program, then ../lib/ptrun", .help = "where to look for engines"},
    {PTRUN_OPTION_TEXT(config, library), .name = "libtorch", .value = "FOLDER",
     .otherwise = "the one that the engine was built with", .help = "the LibTorch to run with"},
    {.name = NULL},
};

static const ptrun_option_group groups[] = {{.title = "Options", .rows = rows}, {.title = NULL}};

static const ptrun_example examples[] = {
    {"ptrun engines", "engines, devices, formats and versions"},
    {"ptrun engines --format json", "the same for programs"},
    {.line = NULL},
};

static bool collect(void *context, const char *name, const char *path)
{
    listing *list = context;
    found *items = ptrun_mem_resize(list->items, list->count + 1, sizeof *items);
    if (items) list->items = items;
    found item = {.name = ptrun_mem_strdup(name, strlen(name)), .path = ptrun_mem_strdup(path, strlen(path))};
    list->failed = !items || !item.name || !item.path;
    if (list->failed) {
        free(item.name);
        free(item.path);
        return false;
    }
    list->items[list->count++] = item;
    return true;
}

static void release(listing *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->items[i].name);
        free(list->items[i].path);
    }
    free(list->items);
}

static void ask(found *item, const config *c)
{
    ptrun_engine *engine;
    ptrun_crash_guard_begin(item->path, "loading the engine crashed", PTRUN_ENGINE_FAILED, PTRUN_EXIT_MODEL,
                            0);
    if (ptrun_engine_load(&engine, item->name, c->directory, c->library, &item->error) == PTRUN_OK)
        (void)!ptrun_engine_table(engine)->info(&item->info, 1, &item->error);
    ptrun_engine_close(&engine); /* what it says of itself stays */
    ptrun_crash_guard_end();
}

static void put_line(ptrun_buf *out, const char *name, const char *value)
{
    if (!value) return;
    ptrun_buf_printf(out, "  %-13s ", name);
    ptrun_message_escape(out, value, strlen(value));
    ptrun_buf_putc(out, '\n');
}

static void put_engine(ptrun_buf *out, const found *item)
{
    ptrun_buf_printf(out, "engine %s\n", item->name);
    put_line(out, "file", item->path);
    if (item->error.status != PTRUN_OK) {
        put_line(out, "unusable", ptrun_error_message(&item->error));
        return;
    }
    put_line(out, "library", item->info.library);
    put_line(out, "instructions", item->info.instructions);
    put_line(out, "devices", item->info.devices);
    put_line(out, "", item->info.device_note);
    put_line(out, "int8 engines", item->info.quantized);
    put_line(out, "variants", item->info.variants);
}

static void put_formats(ptrun_buf *out)
{
    size_t count;
    const ptrun_decoder *decoders = ptrun_decoder_table(&count);
    ptrun_buf_puts(out, "formats\n");
    for (size_t i = 0; i < count; i++) {
        ptrun_buf_printf(out, "  %-13s %s (", decoders[i].name, decoders[i].version());
        for (size_t s = 0; decoders[i].suffixes[s]; s++)
            ptrun_buf_printf(out, "%s%s", s ? " " : "", decoders[i].suffixes[s]);
        ptrun_buf_puts(out, decoders[i].decode ? ")\n" : "), not in this build\n");
    }
}

static void put_table(ptrun_buf *out, const listing *list)
{
    for (size_t i = 0; i < list->count; i++) put_engine(out, &list->items[i]);
    put_formats(out);
    ptrun_buf_printf(out, "machine\n  %-13s %d usable\n  %-13s %s\nversions\n", "CPUs", ptrun_cpu_usable(),
                     "resize", ptrun_resize_kernel_choose()->name);
    ptrun_version_text(out, "  ");
}

static void put_member(ptrun_json_writer *w, const char *key, const char *value)
{
    ptrun_json_put_key(w, key);
    ptrun_json_put_text(w, value);
}

static void put_engine_json(ptrun_json_writer *w, const found *item)
{
    bool usable = item->error.status == PTRUN_OK;
    ptrun_json_begin_object(w);
    put_member(w, "name", item->name);
    put_member(w, "file", item->path);
    put_member(w, "status", usable ? "ok" : "error");
    if (usable) {
        put_member(w, "library", item->info.library);
        put_member(w, "instructions", item->info.instructions);
        put_member(w, "devices", item->info.devices);
        put_member(w, "device_note", item->info.device_note);
        put_member(w, "int8_engines", item->info.quantized);
        put_member(w, "variants", item->info.variants);
    } else {
        ptrun_json_put_key(w, "error");
        ptrun_json_begin_object(w);
        put_member(w, "code", ptrun_status_word(item->error.status));
        put_member(w, "message", ptrun_error_message(&item->error));
        ptrun_json_end_object(w);
    }
    ptrun_json_end_object(w);
}

static void put_formats_json(ptrun_json_writer *w)
{
    size_t count;
    const ptrun_decoder *decoders = ptrun_decoder_table(&count);
    ptrun_json_put_key(w, "formats");
    ptrun_json_begin_array(w);
    for (size_t i = 0; i < count; i++) {
        ptrun_json_begin_object(w);
        put_member(w, "name", decoders[i].name);
        ptrun_json_put_key(w, "suffixes");
        ptrun_json_begin_array(w);
        for (size_t s = 0; decoders[i].suffixes[s]; s++) ptrun_json_put_text(w, decoders[i].suffixes[s]);
        ptrun_json_end_array(w);
        ptrun_json_put_key(w, "available");
        ptrun_json_put_bool(w, decoders[i].decode != NULL);
        put_member(w, "library", decoders[i].version());
        ptrun_json_end_object(w);
    }
    ptrun_json_end_array(w);
}

static void put_json(ptrun_buf *out, const listing *list)
{
    ptrun_json_writer w = {.buf = out};
    ptrun_json_begin_object(&w);
    put_member(&w, "ptrun", PTRUN_VERSION);
    ptrun_json_put_key(&w, "engines");
    ptrun_json_begin_array(&w);
    for (size_t i = 0; i < list->count; i++) put_engine_json(&w, &list->items[i]);
    ptrun_json_end_array(&w);
    put_formats_json(&w);
    ptrun_json_put_key(&w, "cpus");
    ptrun_json_put_int(&w, ptrun_cpu_usable());
    put_member(&w, "resize", ptrun_resize_kernel_choose()->name);
    ptrun_json_put_key(&w, "libraries");
    ptrun_version_json(&w);
    ptrun_json_end_object(&w);
    ptrun_buf_putc(out, '\n');
}

/* Exit code 4 and a message where no engine can be used; one of several that cannot is a warning. */
static int judge(const ptrun_cli *cli, const config *c, const listing *list)
{
    size_t usable = 0;
    for (size_t i = 0; i < list->count; i++) usable += list->items[i].error.status == PTRUN_OK;
    if (list->count == 0) {
        ptrun_error err = {0};
        (void)ptrun_fail(&err, PTRUN_ENGINE_NOT_FOUND, "no engine %sbeside the program or in ../lib/ptrun",
                         c->directory ? "there, " : "");
        return ptrun_message_failure_hint(cli, c->directory, &err, "--engine-dir names a folder to look in");
    }
    for (size_t i = 0; i < list->count && usable; i++)
        if (list->items[i].error.status != PTRUN_OK)
            ptrun_message_warning(cli, "engine %s: %s", list->items[i].name,
                                  ptrun_error_message(&list->items[i].error));
    return usable ? PTRUN_EXIT_OK : ptrun_message_failure(cli, "engines", &list->items[0].error);
}

static int run(ptrun_cli *cli, int argc, char **argv)
{
    config c = {0};
    int n_operands, code;
    if (!ptrun_command_begin(cli, &ptrun_command_engines, &c, argc, argv, &n_operands, &code)) return code;
    if (n_operands) return ptrun_message_usage(cli, "engines", "%s: no operand is taken", argv[1]);
    listing list = {0};
    ptrun_buf text = {0};
    ptrun_engine_each(c.directory, collect, &list);
    for (size_t i = 0; i < list.count; i++) ask(&list.items[i], &c);
    if (ptrun_str_equal(c.format, "json")) put_json(&text, &list);
    else put_table(&text, &list);
    text.failed |= list.failed;
    code = ptrun_cli_print(cli, &text);
    if (code == PTRUN_EXIT_OK) code = judge(cli, &c, &list);
    release(&list);
    return code;
}

const ptrun_command ptrun_command_engines = {
    .name = "engines",
    .summary = "engines, devices, instruction sets and library versions found",
    .usage = "[OPTION]...",
    .description =
        "Lists the engines that can be found, each with its library and devices, the image formats, and the "
        "libraries of ptrun itself.",
    .groups = groups,
    .examples = examples,
    .run = run,
};
