#include "cli/exit_code.h"
#include "cli/help.h"

#include <string.h>

/* Text for roff: a backslash is "\e", a minus that may be copied is "\-", and a line must not begin with
 * a point or a quote, which would be a request. */
static void put_roff(ptrun_buf *out, const char *text)
{
    bool line_begins = true;
    for (; *text; text++) {
        if (line_begins && (*text == '.' || *text == '\'')) ptrun_buf_puts(out, "\\&");
        line_begins = *text == '\n';
        if (*text == '\\') ptrun_buf_puts(out, "\\e");
        else if (*text == '-') ptrun_buf_puts(out, "\\-");
        else if (*text != '\n') ptrun_buf_putc(out, *text);
        else if (text[1]) ptrun_buf_puts(out, "\n.PP\n");
    }
}

static void put_option(ptrun_buf *out, const ptrun_option *row)
{
    ptrun_buf text = {0};
    ptrun_help_option_text(&text, row);
    ptrun_buf_puts(out, ".TP\n");
    if (row->letter) ptrun_buf_printf(out, "\\fB\\-%c\\fR, ", row->letter);
    ptrun_buf_puts(out, "\\fB\\-\\-");
    put_roff(out, row->name);
    ptrun_buf_puts(out, "\\fR");
    if (ptrun_option_takes_value(row)) {
        ptrun_buf_puts(out, " \\fI");
        put_roff(out, row->value);
        ptrun_buf_puts(out, "\\fR");
    }
    ptrun_buf_putc(out, '\n');
    put_roff(out, ptrun_buf_text(&text));
    ptrun_buf_putc(out, '\n');
    out->failed |= text.failed;
    ptrun_buf_release(&text);
}

static void put_groups(ptrun_buf *out, const ptrun_option_group *groups)
{
    for (; groups->title; groups++) {
        if (groups->title[0]) ptrun_buf_printf(out, ".PP\n\\fI%s\\fR\n", groups->title);
        for (const ptrun_option *row = groups->rows; row->name; row++)
            if (!row->hidden) put_option(out, row);
    }
}

static void put_forms(ptrun_buf *out, const ptrun_command *command)
{
    for (const char *form = command->usage; *form;) {
        size_t length = strcspn(form, "\n");
        ptrun_buf text = {0};
        ptrun_buf_put(&text, form, length);
        ptrun_buf_printf(out, "\\fBptrun %s\\fR ", command->name);
        put_roff(out, ptrun_buf_text(&text));
        ptrun_buf_puts(out, "\n.br\n");
        out->failed |= text.failed;
        ptrun_buf_release(&text);
        form += length + (form[length] == '\n');
    }
}

static void put_command(ptrun_buf *out, const ptrun_command *command)
{
    ptrun_buf_printf(out, ".SS ptrun %s\n", command->name);
    put_forms(out, command);
    ptrun_buf_puts(out, ".PP\n");
    put_roff(out, command->description);
    ptrun_buf_putc(out, '\n');
    put_groups(out, command->groups);
    ptrun_buf_puts(out, ".PP\n\\fIExamples\\fR\n");
    for (const ptrun_example *example = command->examples; example->line; example++) {
        ptrun_buf_puts(out, ".PP\n");
        put_roff(out, example->about);
        ptrun_buf_puts(out, "\n.PP\n.RS 4\n.EX\n");
        put_roff(out, example->line);
        ptrun_buf_puts(out, "\n.EE\n.RE\n");
    }
}

void ptrun_help_man(ptrun_buf *out)
{
    ptrun_buf_puts(out, ".TH PTRUN 1 \"\" \"ptrun " PTRUN_VERSION "\"\n"
                        ".SH NAME\nptrun \\- run TorchScript image classifiers without Python\n"
                        ".SH SYNOPSIS\n");
    for (size_t i = 0; ptrun_commands[i]; i++) put_forms(out, ptrun_commands[i]);
    ptrun_buf_puts(out, ".SH COMMANDS\n");
    for (size_t i = 0; ptrun_commands[i]; i++) put_command(out, ptrun_commands[i]);
    ptrun_buf_puts(out, ".SH OPTIONS OF EVERY COMMAND\n");
    put_groups(out, ptrun_general_groups);
    ptrun_buf_puts(out, ".SH EXIT STATUS\n");
    for (const ptrun_exit_meaning *row = ptrun_exit_meanings; row->code; row++) {
        ptrun_buf_printf(out, ".TP\n\\fB%s\\fR\n", row->code);
        put_roff(out, row->meaning);
        ptrun_buf_putc(out, '\n');
    }
}
