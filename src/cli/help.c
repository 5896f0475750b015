#include "cli/help.h"

#include "cli/exit_code.h"

#include <string.h>

enum { TEXT_COLUMN = 28, COMMAND_COLUMN = 14 };

/* Where text goes and how it may look. */
typedef struct {
    ptrun_buf *out;
    int columns;
    bool color;
} page;

static void put_spaces(ptrun_buf *out, int count)
{
    for (int i = 0; i < count; i++) ptrun_buf_putc(out, ' ');
}

/* Characters, each taken to be one column wide. */
static int width_of(const char *text, size_t length)
{
    int width = 0;
    for (size_t i = 0; i < length; i++) width += ((unsigned char)text[i] & 0xC0) != 0x80;
    return width;
}

/* Break the text at blanks: the cursor stands at `column`, further lines begin at `indent`. */
static void put_wrapped(page *p, const char *text, int column, int indent)
{
    for (bool first = true; *text; first = false) {
        size_t length = strcspn(text, " \n");
        int width = width_of(text, length);
        if (!first && column + 1 + width > p->columns) {
            ptrun_buf_putc(p->out, '\n');
            put_spaces(p->out, indent);
            column = indent;
        } else if (!first && column > indent) {
            ptrun_buf_putc(p->out, ' ');
            column++;
        }
        ptrun_buf_put(p->out, text, length);
        column += width;
        text += length;
        if (*text == '\n' && text[1]) { /* a paragraph ends */
            ptrun_buf_puts(p->out, "\n\n");
            put_spaces(p->out, indent);
            column = indent;
        }
        if (*text) text++;
    }
    ptrun_buf_putc(p->out, '\n');
}

static void put_title(page *p, const char *title)
{
    ptrun_buf_printf(p->out, "\n%s%s%s\n", p->color ? "\033[1m" : "", title, p->color ? "\033[0m" : "");
}

/* A term, and what it means at `text_column`. */
static void put_entry(page *p, const char *term, const char *text, int text_column)
{
    int column = 2 + width_of(term, strlen(term));
    ptrun_buf_printf(p->out, "  %s", term);
    if (column + 2 > text_column) {
        ptrun_buf_putc(p->out, '\n');
        column = 0;
    }
    put_spaces(p->out, text_column - column);
    put_wrapped(p, text, text_column, text_column);
}

void ptrun_help_option_name(ptrun_buf *out, const ptrun_option *row)
{
    ptrun_buf_printf(out, "--%s", row->name);
    if (ptrun_option_takes_value(row)) ptrun_buf_printf(out, " %s", row->value);
}

/* " (a, b or c; default: a)" */
void ptrun_help_option_text(ptrun_buf *out, const ptrun_option *row)
{
    const char *without = row->fallback ? row->fallback : row->otherwise;
    bool has_choices = row->kind == PTRUN_KIND_CHOICE;
    ptrun_buf_puts(out, row->help);
    if (!without && !has_choices) return;
    ptrun_buf_puts(out, " (");
    for (size_t i = 0; has_choices && row->choice(i); i++)
        ptrun_buf_printf(out, "%s%s", i == 0 ? "" : row->choice(i + 1) ? ", " : " or ", row->choice(i));
    if (without) ptrun_buf_printf(out, "%sdefault: %s", has_choices ? "; " : "", without);
    ptrun_buf_putc(out, ')');
}

static void put_option(page *p, const ptrun_option *row)
{
    ptrun_buf term = {0}, text = {0};
    if (row->letter) ptrun_buf_printf(&term, "-%c, ", row->letter);
    else ptrun_buf_puts(&term, "    ");
    ptrun_help_option_name(&term, row);
    ptrun_help_option_text(&text, row);
    put_entry(p, ptrun_buf_text(&term), ptrun_buf_text(&text), TEXT_COLUMN);
    p->out->failed |= term.failed || text.failed;
    ptrun_buf_release(&term);
    ptrun_buf_release(&text);
}

static void put_groups(page *p, const ptrun_option_group *groups)
{
    for (; groups->title; groups++) {
        if (groups->title[0]) put_title(p, groups->title);
        for (const ptrun_option *row = groups->rows; row->name; row++)
            if (!row->hidden) put_option(p, row);
    }
}

static void put_example(page *p, const ptrun_example *example)
{
    ptrun_buf_puts(p->out, "  ");
    put_wrapped(p, example->about, 2, 2);
    ptrun_buf_printf(p->out, "    $ %s\n", example->line);
}

/* Each line of the usage behind "ptrun NAME ". */
static void put_usage(page *p, const ptrun_command *command)
{
    const char *lead = "usage:";
    for (const char *form = command->usage; *form; lead = "      ") {
        size_t length = strcspn(form, "\n");
        ptrun_buf_printf(p->out, "%s ptrun %s %.*s\n", lead, command->name, (int)length, form);
        form += length + (form[length] == '\n');
    }
}

void ptrun_help_command(ptrun_buf *out, const ptrun_command *command, int columns, bool color)
{
    page p = {.out = out, .columns = columns, .color = color};
    put_usage(&p, command);
    ptrun_buf_putc(out, '\n');
    put_wrapped(&p, command->description, 0, 0);
    put_groups(&p, command->groups);
    put_groups(&p, ptrun_general_groups);
    put_title(&p, "Examples");
    for (const ptrun_example *example = command->examples; example->line; example++) put_example(&p, example);
    put_title(&p, "Exit codes");
    for (const ptrun_exit_meaning *row = ptrun_exit_meanings; row->code; row++)
        put_entry(&p, row->code, row->meaning, 10);
}

static const char about[] =
    "Runs image classifiers saved as TorchScript, without Python and with Python's exact answers.";

void ptrun_help_overview(ptrun_buf *out, int columns, bool color)
{
    page p = {.out = out, .columns = columns, .color = color};
    ptrun_buf_puts(out, "usage: ptrun COMMAND [ARGUMENT]...\n"
                        "       ptrun --version\n\n");
    put_wrapped(&p, about, 0, 0);
    put_title(&p, "Commands");
    for (size_t i = 0; ptrun_commands[i]; i++)
        put_entry(&p, ptrun_commands[i]->name, ptrun_commands[i]->summary, COMMAND_COLUMN);
    put_title(&p, "Examples");
    for (size_t i = 0; ptrun_commands[i]; i++) put_example(&p, &ptrun_commands[i]->examples[0]);
    ptrun_buf_puts(out, "\n'ptrun help COMMAND' shows a command's options, with more examples.\n");
}

int ptrun_help_print_command(const ptrun_cli *cli, const ptrun_command *command)
{
    ptrun_buf text = {0};
    ptrun_help_command(&text, command, cli->columns, cli->out_color);
    return ptrun_cli_print(cli, &text);
}
