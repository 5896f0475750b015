#include "behaviour.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char marker[] = "PTRUN_FAKE:";

enum { LONGEST = 1000000 };

/* A word, where its number goes, and what the bare word means (FAKE_NEVER: it needs a number). */
typedef struct {
    const char *name;
    size_t offset;
    int64_t bare;
} word_row;

#define ROW(word, member, bare)                                                                              \
    {                                                                                                        \
        word, offsetof(fake_behaviour, member), bare                                                         \
    }
static const word_row rows[] = {
    ROW("classes", classes, FAKE_NEVER),
    ROW("channels", channels, FAKE_NEVER),
    ROW("training", training, 1),
    ROW("probabilities", probabilities, 1),
    ROW("nan", nan, FAKE_ALWAYS),
    ROW("inf", inf, FAKE_ALWAYS),
    ROW("rows", rows, 1),
    ROW("empty", empty, 1),
    ROW("integers", integers, 1),
    ROW("maps", maps, 1),
    ROW("combines", combines, 1),
    ROW("combines-from", combines_from, FAKE_NEVER),
    ROW("fail", fail, FAKE_ALWAYS),
    ROW("oom", oom, FAKE_NEVER),
    ROW("fixed-batch", fixed_batch, FAKE_NEVER),
    ROW("sleep-ms", sleep_ms, FAKE_NEVER),
    ROW("crash-load", crash_load, 1),
    ROW("crash-run", crash_run, 1),
    ROW("refuse", refuse, 1),
    ROW("variants", variants, 1),
};

static int64_t *member(fake_behaviour *behaviour, const word_row *row)
{
    return (int64_t *)(void *)((char *)behaviour + row->offset);
}

/* "name" or "name=number", `length` bytes of it. */
static int read_word(fake_behaviour *out, const char *word, size_t length)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        size_t name = strlen(rows[i].name);
        if (length < name || strncmp(word, rows[i].name, name) != 0) continue;
        if (length == name && rows[i].bare != FAKE_NEVER) {
            *member(out, &rows[i]) = rows[i].bare;
            return 0;
        }
        if (length == name || word[name] != '=') continue;
        char *end;
        long long number = strtoll(word + name + 1, &end, 10);
        if (end != word + length || number < 0 || number > LONGEST) return -1;
        *member(out, &rows[i]) = number;
        return 0;
    }
    return -1;
}

/* Words up to the end of the text, a newline or a NUL. */
static int read_words(fake_behaviour *out, const char *text, char unknown[64])
{
    while (*text && *text != '\n') {
        size_t length = strcspn(text, ",\n");
        if (length && read_word(out, text, length) != 0) {
            snprintf(unknown, 64, "%.*s", (int)(length < 60 ? length : 60), text);
            return -1;
        }
        text += length + (text[length] == ',');
    }
    return 0;
}

static int read_bytes(fake_behaviour *out, const void *bytes, size_t size, char unknown[64])
{
    char text[256];
    const char *found = size ? memmem(bytes, size, marker, sizeof marker - 1) : NULL;
    if (!found) return 0;
    found += sizeof marker - 1;
    size_t rest = size - (size_t)(found - (const char *)bytes);
    snprintf(text, sizeof text, "%.*s", rest < sizeof text ? (int)rest : (int)sizeof text - 1, found);
    return read_words(out, text, unknown);
}

int fake_behaviour_read(fake_behaviour *out, const void *bytes, size_t size, char unknown[64])
{
    *out = (fake_behaviour){.classes = 10, .nan = FAKE_NEVER, .inf = FAKE_NEVER, .fail = FAKE_NEVER,
                            .combines_from = FAKE_NEVER};
    const char *environment = getenv("PTRUN_FAKE");
    if (read_bytes(out, bytes, size, unknown) != 0) return -1;
    return environment ? read_words(out, environment, unknown) : 0;
}
