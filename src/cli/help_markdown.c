#include "cli/exit_code.h"
#include "cli/help.h"

#include <string.h>

/* A pipe would end the cell of a table. */
static void put_cell(ptrun_buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '|') ptrun_buf_putc(out, '\\');
        ptrun_buf_putc(out, *text);
    }
}

static void put_row(ptrun_buf *out, const ptrun_option *row)
{
    ptrun_buf name = {0}, text = {0};
    ptrun_help_option_name(&name, row);
    ptrun_help_option_text(&text, row);
    ptrun_buf_puts(out, "| ");
    if (row->letter) ptrun_buf_printf(out, "`-%c`, ", row->letter);
    ptrun_buf_putc(out, '`');
    put_cell(out, ptrun_buf_text(&name));
    ptrun_buf_puts(out, "` | ");
    put_cell(out, ptrun_buf_text(&text));
    ptrun_buf_puts(out, " |\n");
    out->failed |= name.failed || text.failed;
    ptrun_buf_release(&name);
    ptrun_buf_release(&text);
}

static void put_groups(ptrun_buf *out, const ptrun_option_group *groups)
{
    for (; groups->title; groups++) {
        if (groups->title[0]) ptrun_buf_printf(out, "\n| %s | |\n|---|---|\n", groups->title);
        for (const ptrun_option *row = groups->rows; row->name; row++)
            if (!row->hidden) put_row(out, row);
    }
}

void ptrun_help_markdown_options(ptrun_buf *out, const ptrun_command *command)
{
    put_groups(out, command->groups);
    put_groups(out, ptrun_general_groups);
}

static void put_usage(ptrun_buf *out, const ptrun_command *command)
{
    ptrun_buf_puts(out, "```\n");
    for (const char *form = command->usage; *form;) {
        size_t length = strcspn(form, "\n");
        ptrun_buf_printf(out, "ptrun %s %.*s\n", command->name, (int)length, form);
        form += length + (form[length] == '\n');
    }
    ptrun_buf_puts(out, "```\n\n");
}

/* A line's end within the text is the end of a paragraph. */
static void put_paragraphs(ptrun_buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text != '\n') ptrun_buf_putc(out, *text);
        else if (text[1]) ptrun_buf_puts(out, "\n\n");
    }
    ptrun_buf_putc(out, '\n');
}

static void put_command(ptrun_buf *out, const ptrun_command *command)
{
    ptrun_buf_printf(out, "\n## ptrun %s\n\n", command->name);
    put_usage(out, command);
    put_paragraphs(out, command->description);
    put_groups(out, command->groups);
    ptrun_buf_puts(out, "\nExamples\n\n");
    for (const ptrun_example *example = command->examples; example->line; example++)
        ptrun_buf_printf(out, "%s- %s\n\n  ```sh\n  %s\n  ```\n", example == command->examples ? "" : "\n",
                         example->about, example->line);
}

void ptrun_help_markdown(ptrun_buf *out)
{
    ptrun_buf_puts(
        out,
        "# Commands\n\n<!-- Made by `ptrun help --markdown`: change the tables in src/cli/ instead. -->\n");
    for (size_t i = 0; ptrun_commands[i]; i++) put_command(out, ptrun_commands[i]);
    ptrun_buf_puts(out, "\n## Options of every command\n");
    put_groups(out, ptrun_general_groups);
    ptrun_buf_puts(out, "\n## Exit codes\n\n| code | meaning |\n|---|---|\n");
    for (const ptrun_exit_meaning *row = ptrun_exit_meanings; row->code; row++)
        ptrun_buf_printf(out, "| %s | %s |\n", row->code, row->meaning);
}
