#include "engine/choice.h"

#include "base/fs.h"
#include "base/hash.h"
#include "base/num.h"
#include "base/str.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FORMAT "ptrun-preparation/1\n"

enum { LARGEST_FILE = 64 * 1024, NAME_BYTES = 16, MOST_SPLIT = 65536 };

void ptrun_choice_depends(ptrun_choice *choice, const char *name, const char *value)
{
    ptrun_buf_printf(&choice->key, "%s ", name);
    for (; *value; value++) ptrun_buf_putc(&choice->key, *value == '\n' || *value == '\r' ? ' ' : *value);
    ptrun_buf_putc(&choice->key, '\n');
}

/* The specification of XDG: a relative path is to be ignored. */
static bool find_folder(ptrun_buf *folder)
{
    const char *cache = getenv("XDG_CACHE_HOME"), *home = getenv("HOME");
    if (cache && *cache == '/') ptrun_buf_puts(folder, cache);
    else if (home && *home == '/') ptrun_buf_printf(folder, "%s/.cache", home);
    else return false;
    ptrun_buf_puts(folder, "/ptrun");
    return !folder->failed;
}

/* The folder and the two above it, private to the user. */
static void make_folder(ptrun_buf *folder)
{
    char *end = folder->data + folder->length, *slash[2] = {NULL, NULL};
    for (char *p = folder->data + 1; p < end; p++)
        if (*p == '/') slash[0] = slash[1], slash[1] = p;
    for (int i = 0; i < 2; i++) {
        if (!slash[i]) continue;
        *slash[i] = '\0';
        (void)!mkdir(folder->data, 0700);
        *slash[i] = '/';
    }
    (void)!mkdir(folder->data, 0700);
}

static void read_crashed(ptrun_choice *choice)
{
    ptrun_bytes bytes = {0};
    ptrun_error ignored = {0};
    if (ptrun_fs_read(choice->crashed.data, LARGEST_FILE, &bytes, &ignored) != PTRUN_OK) return;
    for (size_t i = 0; i < bytes.size; i++)
        ptrun_buf_putc(&choice->skip, bytes.data[i] == '\n' ? ' ' : (char)bytes.data[i]);
    ptrun_bytes_release(&bytes);
}

bool ptrun_choice_locate(ptrun_choice *choice, bool create)
{
    ptrun_buf folder = {0};
    uint8_t digest[32];
    char hex[65];
    bool found = !choice->key.failed && find_folder(&folder);
    if (found && create) make_folder(&folder);
    if (found && (!create || access(folder.data, W_OK | X_OK) == 0)) {
        ptrun_sha256(choice->key.data, choice->key.length, digest);
        ptrun_str_hex32(hex, digest);
        hex[2 * NAME_BYTES] = '\0';
        ptrun_buf_printf(&choice->path, "%s/%s", folder.data, hex);
        ptrun_buf_printf(&choice->crashed, "%s/%s.crashed", folder.data, hex);
        if (choice->path.failed || choice->crashed.failed) ptrun_buf_clear(&choice->path);
        else read_crashed(choice);
    }
    ptrun_buf_release(&folder);
    return choice->path.length > 0;
}

/* The value of line `name` at *text, which goes on behind it. False where another line is there. */
static bool take_line(const char **text, const char *name, char *value, size_t size)
{
    size_t length = strlen(name), end = strcspn(*text, "\n");
    if (!ptrun_str_starts_with(*text, name) || (*text)[length] != ' ' || (*text)[end] != '\n' || end - length > size)
        return false;
    snprintf(value, size, "%.*s", (int)(end - length - 1), *text + length + 1);
    *text += end + 1;
    return true;
}

static bool take_count(const char **text, const char *name, int64_t min, int64_t max, int64_t *out)
{
    char value[24];
    return take_line(text, name, value, sizeof value) && ptrun_num_parse_int(value, min, max, out);
}

static bool parse(const char *text, ptrun_preparation *out)
{
    char error[32];
    int64_t forwards, threads, saved;
    bool whole = take_line(&text, "variant", out->variant, sizeof out->variant) && out->variant[0] &&
                 take_count(&text, "forwards", 1, MOST_SPLIT, &forwards) &&
                 take_count(&text, "threads", 1, MOST_SPLIT, &threads) &&
                 take_line(&text, "error", error, sizeof error) && ptrun_num_parse_double(error, &out->error) &&
                 take_count(&text, "nanoseconds", 1, INT64_MAX, &out->time) &&
                 take_count(&text, "nanoseconds-saved", 1, INT64_MAX, &saved) && *text == '\0';
    if (!whole) return false;
    out->split = (ptrun_split){(int32_t)forwards, (int32_t)threads};
    out->saved_time = saved;
    return true;
}

bool ptrun_choice_recall(const ptrun_choice *choice, ptrun_preparation *out)
{
    ptrun_bytes bytes = {0};
    ptrun_error ignored = {0};
    ptrun_buf text = {0};
    *out = (ptrun_preparation){0};
    if (!choice->path.length || ptrun_fs_read(choice->path.data, LARGEST_FILE, &bytes, &ignored) != PTRUN_OK) return false;
    ptrun_buf_put(&text, bytes.data, bytes.size);
    const char *rest = ptrun_buf_text(&text);
    bool known = !text.failed && strlen(rest) == bytes.size && ptrun_str_starts_with(rest, FORMAT) &&
                 ptrun_str_starts_with(rest + strlen(FORMAT), choice->key.data) &&
                 parse(rest + strlen(FORMAT) + choice->key.length, out) &&
                 !ptrun_str_has_word(ptrun_buf_text(&choice->skip), out->variant, strlen(out->variant));
    if (!known) *out = (ptrun_preparation){0};
    ptrun_buf_release(&text);
    ptrun_bytes_release(&bytes);
    return known;
}

bool ptrun_choice_remember(const ptrun_choice *choice, const ptrun_preparation *preparation)
{
    ptrun_buf text = {0};
    ptrun_error ignored = {0};
    char error[PTRUN_NUM_FLOAT_SIZE];
    ptrun_num_format_float(error, (float)preparation->error);
    ptrun_buf_printf(&text, FORMAT "%svariant %s\nforwards %d\nthreads %d\nerror %s\n", choice->key.data,
                     preparation->variant, preparation->split.forwards, preparation->split.threads, error);
    ptrun_buf_printf(&text, "nanoseconds %" PRId64 "\nnanoseconds-saved %" PRId64 "\n", preparation->time,
                     preparation->saved_time);
    bool done = choice->path.length && !text.failed &&
                ptrun_fs_replace(choice->path.data, text.data, text.length, &ignored) == PTRUN_OK;
    ptrun_buf_release(&text);
    return done;
}

void ptrun_choice_release(ptrun_choice *choice)
{
    ptrun_buf_release(&choice->key);
    ptrun_buf_release(&choice->path);
    ptrun_buf_release(&choice->crashed);
    ptrun_buf_release(&choice->skip);
}
