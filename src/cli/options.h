/* Options as rows of a table. Parsing, help, completion, the manual and the documents all come from the
 * same rows; no state is kept anywhere but in the caller's struct. */
#ifndef PTRUN_CLI_OPTIONS_H
#define PTRUN_CLI_OPTIONS_H

#include "ptrun/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What an option takes, and the type of the member that receives it. */
typedef enum ptrun_option_kind {
    PTRUN_KIND_SWITCH,  /* bool: true where given */
    PTRUN_KIND_COUNTER, /* int32_t: how often it was given */
    PTRUN_KIND_INT,     /* int64_t, within [min, max] */
    PTRUN_KIND_REAL,    /* double, within [min, max] */
    PTRUN_KIND_TEXT,    /* const char *: borrowed from argv or the row; NULL: not given */
    PTRUN_KIND_CHOICE,  /* const char *: a name of the row's list, borrowed from it; NULL: not given */
    PTRUN_KIND_TEXTS,   /* ptrun_texts: every value in order */
} ptrun_option_kind;

/* The values of an option that may be repeated. `items` is owned (ptrun_texts_release), the texts are
 * borrowed from argv. */
typedef struct ptrun_texts {
    const char **items;
    size_t count;
} ptrun_texts;

/* Static data. Made with one of the macros below and designated members:
 *     {PTRUN_OPTION_INT(config, top_k), .name = "top-k", .letter = 'k', .min = 1, .max = INT64_MAX, …} */
typedef struct ptrun_option {
    const char *name; /* without the dashes; NULL ends a table */
    char letter;      /* 0: none */
    ptrun_option_kind kind;
    size_t place;                        /* offset of the member in the group's struct */
    int64_t min, max;                    /* INT, REAL; INT64_MIN, INT64_MAX: no bound */
    const char *(*choice)(size_t index); /* CHOICE: the names in order, NULL beyond the last */
    bool (*accepts)(const char *text);   /* TEXT, TEXTS: NULL takes everything */
    const char *expected;                /* what `accepts` wants, to follow "must be" */
    const char *fallback;                /* parsed like a given value where the option is not given */
    const char *otherwise;               /* what happens then, for people, where `fallback` cannot say it */
    const char *value;                   /* name of the value in help: "N", "FILE" */
    const char *help;                    /* one or more sentences without a full stop at the end */
    bool hidden;                         /* parsed, not shown */
    bool ends;                           /* SWITCH: nothing behind it is looked at (--help) */
} ptrun_option;

/* The offset of a member; does not compile where the member has another type. */
#define PTRUN_OPTION_PLACE(type, member, wanted)                                                             \
    _Generic(&((type *)0)->member, wanted *: offsetof(type, member))

#define PTRUN_OPTION_SWITCH(type, member)                                                                    \
    .kind = PTRUN_KIND_SWITCH, .place = PTRUN_OPTION_PLACE(type, member, bool)
#define PTRUN_OPTION_COUNTER(type, member)                                                                   \
    .kind = PTRUN_KIND_COUNTER, .place = PTRUN_OPTION_PLACE(type, member, int32_t)
#define PTRUN_OPTION_INT(type, member)                                                                       \
    .kind = PTRUN_KIND_INT, .place = PTRUN_OPTION_PLACE(type, member, int64_t)
#define PTRUN_OPTION_REAL(type, member)                                                                      \
    .kind = PTRUN_KIND_REAL, .place = PTRUN_OPTION_PLACE(type, member, double)
#define PTRUN_OPTION_TEXT(type, member)                                                                      \
    .kind = PTRUN_KIND_TEXT, .place = PTRUN_OPTION_PLACE(type, member, const char *)
#define PTRUN_OPTION_CHOICE(type, member)                                                                    \
    .kind = PTRUN_KIND_CHOICE, .place = PTRUN_OPTION_PLACE(type, member, const char *)
#define PTRUN_OPTION_TEXTS(type, member)                                                                     \
    .kind = PTRUN_KIND_TEXTS, .place = PTRUN_OPTION_PLACE(type, member, ptrun_texts)

/* Rows that help shows under one title. `base` is the offset of the rows' struct in the command's config:
 * 0 where the rows are the command's own, so that commands can share a struct and its rows. */
typedef struct ptrun_option_group {
    const char *title; /* "": further rows of the group before; NULL ends a list of groups */
    const ptrun_option *rows;
    size_t base;
} ptrun_option_group;

/* A group whose rows belong to the struct `wanted`, which is the member `member` of `type`. */
#define PTRUN_OPTION_GROUP(group_title, group_rows, type, member, wanted)                                    \
    {                                                                                                        \
        .title = (group_title), .rows = (group_rows), .base = PTRUN_OPTION_PLACE(type, member, wanted)       \
    }

/* Groups and the struct that they fill; scopes are searched in order. */
typedef struct ptrun_option_scope {
    const ptrun_option_group *groups;
    void *config;
    const struct ptrun_option_scope *next; /* NULL: the last */
} ptrun_option_scope;

/* Parse argv[1..argc). Every config must be {0}; fallbacks are stored first, the last value given wins.
 * Takes --name VALUE, --name=VALUE, -kVALUE, -k VALUE, -k=VALUE, bundled switches (-vv, -vk3), options
 * after operands, `--` (only operands follow) and `-` as an operand. A value that begins with `--` must be
 * written --name=VALUE. Names are never guessed from their beginnings.
 * Afterwards argv[1..*n_operands] are the operands in order; the rest of argv is unspecified.
 * USAGE with the option's name in the detail, OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_options_parse(const ptrun_option_scope *scopes, int argc, char **argv,
                                                int *n_operands, ptrun_error *err);

/* Parse `text` as the value of `row` into `member`. Statuses as ptrun_options_parse. */
PTRUN_MUST_USE ptrun_status ptrun_option_store(const ptrun_option *row, void *member, const char *text,
                                               ptrun_error *err);

/* Whether an option of this kind takes a value. */
bool ptrun_option_takes_value(const ptrun_option *row);

/* Accepts the zero value; zero afterwards. */
void ptrun_texts_release(ptrun_texts *texts);

#endif
