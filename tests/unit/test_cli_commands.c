/* The tables of all commands hold together: no name twice, nothing missing that help shows, defaults that
 * parse, and help that fits the terminal. */
#include "check.h"

#include "base/error.h"
#include "cli/commands.h"
#include "cli/help.h"

#include <ctype.h>
#include <stdint.h>
#include <stdlib.h>

enum { MAX_ROWS = 128 };

static int collect(const ptrun_command *command, const ptrun_option *rows[MAX_ROWS])
{
    const ptrun_option_group *lists[] = {command->groups, ptrun_general_groups};
    int count = 0;
    for (size_t i = 0; i < 2; i++)
        for (const ptrun_option_group *group = lists[i]; group->title; group++)
            for (const ptrun_option *row = group->rows; row->name && count < MAX_ROWS; row++)
                rows[count++] = row;
    return count;
}

static bool is_option_name(const char *name)
{
    return islower((unsigned char)name[0]) && strlen(name) < 40 &&
           !name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-")];
}

static void check_row(const ptrun_option *row)
{
    CHECK(is_option_name(row->name));
    CHECK(row->help && *row->help && row->help[strlen(row->help) - 1] != '.');
    CHECK(!row->letter || isalnum((unsigned char)row->letter));
    CHECK(ptrun_option_takes_value(row) == (row->value != NULL));
    CHECK((row->kind == PTRUN_KIND_CHOICE) == (row->choice != NULL));
    CHECK(!row->accepts == !row->expected);
    CHECK(!row->fallback || !row->otherwise);
    if (row->kind == PTRUN_KIND_INT || row->kind == PTRUN_KIND_REAL) CHECK(row->min < row->max);
    if (row->kind == PTRUN_KIND_CHOICE) CHECK(row->choice(0) != NULL);
    union {
        bool b;
        int32_t i;
        int64_t l;
        double d;
        const char *s;
        ptrun_texts t;
    } member = {0};
    ptrun_error err = {0};
    if (row->fallback) CHECK(ptrun_option_store(row, &member, row->fallback, &err) == PTRUN_OK);
}

static void check_unique(const ptrun_option *const *rows, int count)
{
    for (int i = 0; i < count; i++)
        for (int j = 0; j < i; j++) {
            CHECK(strcmp(rows[i]->name, rows[j]->name) != 0);
            CHECK(!rows[i]->letter || rows[i]->letter != rows[j]->letter);
        }
}

static void check_examples(const ptrun_command *command)
{
    char wanted[64];
    snprintf(wanted, sizeof wanted, "ptrun %s", command->name);
    CHECK(command->examples[0].line != NULL);
    for (const ptrun_example *example = command->examples; example->line; example++) {
        CHECK(strstr(example->line, wanted) != NULL);
        CHECK(example->about && *example->about);
    }
}

/* No line is wider than asked for, but for examples, usage and single long words. */
static void check_width(const ptrun_command *command, int columns)
{
    ptrun_buf text = {0};
    ptrun_help_command(&text, command, columns, false);
    CHECK(!text.failed);
    const char *line = strchr(ptrun_buf_text(&text), '\n');
    for (line = line ? line + 1 : ""; *line; line += *line == '\n') {
        int length = (int)strcspn(line, "\n"), blanks = (int)strspn(line, " ");
        bool free_form = strncmp(line + blanks, "$ ", 2) == 0 || strncmp(line + blanks, "ptrun ", 6) == 0;
        bool one_word = !memchr(line + blanks, ' ', (size_t)(length - blanks));
        bool is_option = line[blanks] == '-';
        if (length > columns && !free_form && !one_word && !is_option) {
            fprintf(stderr, "%s: %.*s\n", command->name, length, line);
            CHECK(length <= columns);
        }
        line += length;
    }
    ptrun_buf_release(&text);
}

static void check_command(const ptrun_command *command)
{
    const ptrun_option *rows[MAX_ROWS];
    int count = collect(command, rows);
    CHECK(count < MAX_ROWS);
    for (int i = 0; i < count; i++) check_row(rows[i]);
    check_unique(rows, count);
    check_examples(command);
    CHECK(command->summary && command->summary[strlen(command->summary) - 1] != '.');
    CHECK(command->usage && command->description && command->run);
    check_width(command, 80);
    check_width(command, 60);
    CHECK(ptrun_command_find(command->name) == command);
}

static void check_lookup(void)
{
    CHECK(ptrun_command_find("clasify") == NULL && ptrun_command_find("") == NULL);
    CHECK(ptrun_command_nearest("clasify") == ptrun_command_find("classify"));
    CHECK(ptrun_command_nearest("engine") == &ptrun_command_engines);
    CHECK(ptrun_command_nearest("photo.jpg") == NULL);
}

/* Each generated form names every shown option of every command. */
static void check_forms(void)
{
    ptrun_buf markdown = {0}, fish = {0};
    ptrun_help_markdown(&markdown);
    ptrun_help_completion(&fish, "fish");
    for (size_t i = 0; ptrun_commands[i]; i++) {
        const ptrun_option *rows[MAX_ROWS];
        int count = collect(ptrun_commands[i], rows);
        for (int r = 0; r < count; r++) {
            char in_markdown[64], in_fish[160];
            snprintf(in_markdown, sizeof in_markdown, "`--%s", rows[r]->name);
            snprintf(in_fish, sizeof in_fish, "subcommand_from %s' -l %s", ptrun_commands[i]->name,
                     rows[r]->name);
            CHECK(rows[r]->hidden || strstr(ptrun_buf_text(&markdown), in_markdown));
            CHECK(rows[r]->hidden || strstr(ptrun_buf_text(&fish), in_fish));
        }
    }
    ptrun_buf_release(&markdown);
    ptrun_buf_release(&fish);
}

int main(void)
{
    for (size_t i = 0; ptrun_commands[i]; i++) check_command(ptrun_commands[i]);
    check_lookup();
    check_forms();
    return CHECK_DONE();
}
