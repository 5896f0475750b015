#include "cli/options.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_SIZE = 48, LIST_SIZE = 256 };

/* Where the parser stands. */
typedef struct {
    const ptrun_option_scope *scopes;
    char **argv;
    int argc;
    int next;   /* the argument after the one in hand */
    bool ended; /* a row that ends the parsing was met */
    ptrun_error *err;
} parser;

/* A row and the member that it fills; row is NULL where nothing was found. */
typedef struct {
    const ptrun_option *row;
    void *member;
} target;

/* Walking all rows of all scopes: start with {.scope = scopes}, call until the row is NULL. */
typedef struct {
    const ptrun_option_scope *scope;
    size_t group, row;
} walk;

static target walk_next(walk *at)
{
    for (; at->scope; at->scope = at->scope->next, at->group = 0) {
        for (; at->scope->groups[at->group].title; at->group++, at->row = 0) {
            const ptrun_option_group *group = &at->scope->groups[at->group];
            const ptrun_option *row = &group->rows[at->row];
            if (!row->name) continue;
            at->row++;
            return (target){row, (char *)at->scope->config + group->base + row->place};
        }
    }
    return (target){0};
}

static target find_name(const ptrun_option_scope *scopes, const char *name)
{
    walk at = {.scope = scopes};
    target found = walk_next(&at);
    while (found.row && !ptrun_str_equal(found.row->name, name)) found = walk_next(&at);
    return found;
}

static target find_letter(const ptrun_option_scope *scopes, char letter)
{
    walk at = {.scope = scopes};
    target found = walk_next(&at);
    while (found.row && found.row->letter != letter) found = walk_next(&at);
    return found;
}

/* How far a mistyped name is from an option's: its beginning is near, a longer part of it less so. */
static int distance_of(const char *name, const char *option)
{
    int distance = ptrun_str_distance(name, option);
    const char *part = strlen(name) >= 2 ? strstr(option, name) : NULL;
    if (part == option) return 1;
    return part && strlen(name) >= 4 && distance > 2 ? 2 : distance;
}

/* The shown option that `name` most likely stands for. */
static const char *nearest_name(const ptrun_option_scope *scopes, const char *name)
{
    const char *nearest = NULL;
    int least = 3;
    walk at = {.scope = scopes};
    for (target each = walk_next(&at); each.row; each = walk_next(&at)) {
        if (each.row->hidden) continue;
        int distance = distance_of(name, each.row->name);
        if (distance < least && distance < (int)strlen(name)) {
            nearest = each.row->name;
            least = distance;
        }
    }
    return nearest;
}

bool ptrun_option_takes_value(const ptrun_option *row)
{
    return row->kind != PTRUN_KIND_SWITCH && row->kind != PTRUN_KIND_COUNTER;
}

void ptrun_texts_release(ptrun_texts *texts)
{
    free(texts->items);
    *texts = (ptrun_texts){0};
}

static ptrun_status refuse_number(const ptrun_option *row, const char *text, ptrun_error *err)
{
    const char *kind = row->kind == PTRUN_KIND_INT ? "a whole number" : "a number";
    char range[64] = "";
    if (row->min != INT64_MIN && row->max != INT64_MAX)
        snprintf(range, sizeof range, " from %lld to %lld", (long long)row->min, (long long)row->max);
    else if (row->min != INT64_MIN) snprintf(range, sizeof range, " of at least %lld", (long long)row->min);
    else if (row->max != INT64_MAX) snprintf(range, sizeof range, " of at most %lld", (long long)row->max);
    return ptrun_fail(err, PTRUN_USAGE, "--%s: must be %s%s, not \"%s\"", row->name, kind, range, text);
}

static ptrun_status store_number(const ptrun_option *row, void *member, const char *text, ptrun_error *err)
{
    if (row->kind == PTRUN_KIND_INT)
        return ptrun_num_parse_int(text, row->min, row->max, member) ? PTRUN_OK
                                                                     : refuse_number(row, text, err);
    double value;
    bool good = ptrun_num_parse_double(text, &value) &&
                (row->min == INT64_MIN || value >= (double)row->min) &&
                (row->max == INT64_MAX || value <= (double)row->max);
    if (!good) return refuse_number(row, text, err);
    *(double *)member = value;
    return PTRUN_OK;
}

/* "a, b or c" */
static void list_choices(const ptrun_option *row, char list[LIST_SIZE])
{
    size_t length = 0;
    list[0] = '\0';
    for (size_t i = 0; row->choice(i) && length < LIST_SIZE; i++) {
        const char *joint = i == 0 ? "" : row->choice(i + 1) ? ", " : " or ";
        length += (size_t)snprintf(list + length, LIST_SIZE - length, "%s%s", joint, row->choice(i));
    }
}

static ptrun_status store_choice(const ptrun_option *row, void *member, const char *text, ptrun_error *err)
{
    for (size_t i = 0; row->choice(i); i++) {
        if (!ptrun_str_equal(row->choice(i), text)) continue;
        *(const char **)member = row->choice(i);
        return PTRUN_OK;
    }
    char list[LIST_SIZE];
    list_choices(row, list);
    return ptrun_fail(err, PTRUN_USAGE, "--%s: must be %s, not \"%s\"", row->name, list, text);
}

static ptrun_status append_text(ptrun_texts *texts, const char *text, ptrun_error *err)
{
    const char **items = ptrun_mem_resize(texts->items, texts->count + 1, sizeof *items);
    if (!items) return ptrun_fail_memory(err, "the options");
    texts->items = items;
    texts->items[texts->count++] = text;
    return PTRUN_OK;
}

ptrun_status ptrun_option_store(const ptrun_option *row, void *member, const char *text, ptrun_error *err)
{
    if (row->accepts && !row->accepts(text))
        return ptrun_fail(err, PTRUN_USAGE, "--%s: must be %s, not \"%s\"", row->name, row->expected, text);
    switch (row->kind) {
    case PTRUN_KIND_SWITCH: *(bool *)member = true; break;
    case PTRUN_KIND_COUNTER: ++*(int32_t *)member; break;
    case PTRUN_KIND_INT:
    case PTRUN_KIND_REAL: return store_number(row, member, text, err);
    case PTRUN_KIND_TEXT: *(const char **)member = text; break;
    case PTRUN_KIND_CHOICE: return store_choice(row, member, text, err);
    case PTRUN_KIND_TEXTS: return append_text(member, text, err);
    }
    return PTRUN_OK;
}

/* The value that follows as an argument of its own. One that looks like an option is more likely a value
 * forgotten. */
static ptrun_status take_next(parser *p, const ptrun_option *row, const char **value)
{
    const char *text = p->next < p->argc ? p->argv[p->next] : NULL;
    if (text && ptrun_str_starts_with(text, "--"))
        return ptrun_fail(p->err, PTRUN_USAGE, "--%s: needs a value (%s); if that is \"%s\", write --%s=%s",
                          row->name, row->value, text, row->name, text);
    if (!text) return ptrun_fail(p->err, PTRUN_USAGE, "--%s: needs a value (%s)", row->name, row->value);
    p->next++;
    *value = text;
    return PTRUN_OK;
}

static ptrun_status store(parser *p, target found, const char *value)
{
    if (found.row->ends) p->ended = true;
    return ptrun_option_store(found.row, found.member, value, p->err);
}

static ptrun_status refuse_name(parser *p, const char *name)
{
    const char *nearest = nearest_name(p->scopes, name);
    if (!nearest) return ptrun_fail(p->err, PTRUN_USAGE, "--%s: no such option", name);
    return ptrun_fail(p->err, PTRUN_USAGE, "--%s: no such option; did you mean --%s?", name, nearest);
}

/* "-top-k" is meant as "--top-k" more often than as six letters. */
static ptrun_status refuse_letter(parser *p, const char *argument, const char *letter)
{
    const char *nearest = nearest_name(p->scopes, argument + 1);
    if (letter == argument + 1 && nearest)
        return ptrun_fail(p->err, PTRUN_USAGE, "%s: no such option; did you mean --%s?", argument, nearest);
    if (letter == argument + 1) return ptrun_fail(p->err, PTRUN_USAGE, "%s: no such option", argument);
    return ptrun_fail(p->err, PTRUN_USAGE, "%s: no such option: -%s", argument, letter);
}

static ptrun_status parse_long(parser *p, const char *argument)
{
    const char *name = argument + 2, *equals = strchr(name, '=');
    char copy[NAME_SIZE];
    snprintf(copy, sizeof copy, "%.*s", equals ? (int)(equals - name) : (int)strlen(name), name);
    target found = find_name(p->scopes, copy);
    if (!found.row) return refuse_name(p, copy);
    const char *value = equals ? equals + 1 : NULL;
    if (!ptrun_option_takes_value(found.row)) {
        if (value) return ptrun_fail(p->err, PTRUN_USAGE, "--%s: takes no value", found.row->name);
        return store(p, found, NULL);
    }
    ptrun_status status = PTRUN_OK;
    if (!value) status = take_next(p, found.row, &value);
    return status == PTRUN_OK ? store(p, found, value) : status;
}

/* One or more letters behind one dash; the first that takes a value takes the rest. */
static ptrun_status parse_letters(parser *p, const char *argument)
{
    ptrun_status status = PTRUN_OK;
    for (const char *letter = argument + 1; *letter && status == PTRUN_OK && !p->ended; letter++) {
        target found = find_letter(p->scopes, *letter);
        if (!found.row) return refuse_letter(p, argument, letter);
        if (!ptrun_option_takes_value(found.row)) {
            status = store(p, found, NULL);
            continue;
        }
        const char *value = letter[1] == '=' ? letter + 2 : letter + 1;
        if (!letter[1]) status = take_next(p, found.row, &value);
        return status == PTRUN_OK ? store(p, found, value) : status;
    }
    return status;
}

static ptrun_status store_fallbacks(const ptrun_option_scope *scopes, ptrun_error *err)
{
    ptrun_status status = PTRUN_OK;
    walk at = {.scope = scopes};
    for (target each = walk_next(&at); each.row && status == PTRUN_OK; each = walk_next(&at))
        if (each.row->fallback) status = ptrun_option_store(each.row, each.member, each.row->fallback, err);
    return status;
}

ptrun_status ptrun_options_parse(const ptrun_option_scope *scopes, int argc, char **argv, int *n_operands,
                                 ptrun_error *err)
{
    parser p = {.scopes = scopes, .argv = argv, .argc = argc, .next = 1, .err = err};
    bool only_operands = false;
    *n_operands = 0;
    ptrun_status status = store_fallbacks(scopes, err);
    while (p.next < argc && status == PTRUN_OK && !p.ended) {
        char *argument = argv[p.next++];
        if (only_operands || argument[0] != '-' || !argument[1]) argv[++*n_operands] = argument;
        else if (ptrun_str_equal(argument, "--")) only_operands = true;
        else if (argument[1] == '-') status = parse_long(&p, argument);
        else status = parse_letters(&p, argument);
    }
    return status;
}
