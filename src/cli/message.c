#include "cli/message.h"

#include "base/error.h"
#include "base/fs.h"
#include "base/str.h"
#include "cli/commands.h"
#include "cli/exit_code.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define BOLD_RED    "\033[1;31m"
#define BOLD_YELLOW "\033[1;33m"
#define PLAIN       "\033[0m"

static uint32_t code_point(const unsigned char *bytes, size_t length)
{
    static const unsigned char first_bits[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    uint32_t point = bytes[0] & first_bits[length];
    for (size_t i = 1; i < length; i++) point = point << 6 | (bytes[i] & 0x3F);
    return point;
}

/* Control characters, line and paragraph separators, and what turns the direction of writing. */
static bool is_unsafe(uint32_t point)
{
    return point < 0x20 || (point >= 0x7F && point < 0xA0) || point == 0x061C ||
           (point >= 0x200E && point <= 0x200F) || (point >= 0x2028 && point <= 0x202E) ||
           (point >= 0x2066 && point <= 0x2069);
}

void ptrun_message_escape(ptrun_buf *out, const char *text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;
    for (size_t i = 0; i < length;) {
        size_t step = ptrun_str_utf8_length(bytes + i, length - i);
        if (step && !is_unsafe(code_point(bytes + i, step))) {
            ptrun_buf_put(out, bytes + i, step);
            i += step;
            continue;
        }
        for (size_t end = i + (step ? step : 1); i < end; i++) ptrun_buf_printf(out, "\\x%02x", bytes[i]);
    }
}

static void put_safe(ptrun_buf *out, const char *text)
{
    ptrun_message_escape(out, text, strlen(text));
}

static void put_prefix(const ptrun_cli *cli, ptrun_buf *out, const char *color)
{
    ptrun_buf_printf(out, "%sptrun:%s ", cli->err_color ? color : "", cli->err_color ? PLAIN : "");
}

/* There is nobody left to tell where standard error itself fails. */
static void send(const ptrun_cli *cli, ptrun_buf *line)
{
    static const char no_memory[] = "ptrun: no memory for a message [out_of_memory]\n";
    ptrun_error ignored = {0};
    (void)!(line->failed ? ptrun_fs_write_all(cli->err, no_memory, sizeof no_memory - 1, &ignored)
                         : ptrun_fs_write_all(cli->err, ptrun_buf_text(line), line->length, &ignored));
    ptrun_buf_release(line);
}

int ptrun_message_failure_hint(const ptrun_cli *cli, const char *what, const ptrun_error *error,
                               const char *hint)
{
    if (error->status == PTRUN_OUTPUT_CLOSED) return ptrun_exit_code(error->status);
    ptrun_buf line = {0};
    put_prefix(cli, &line, BOLD_RED);
    if (what) {
        put_safe(&line, what);
        ptrun_buf_puts(&line, ": ");
    }
    put_safe(&line, ptrun_error_message(error));
    ptrun_buf_printf(&line, " [%s]\n", ptrun_status_word(error->status));
    if (hint) ptrun_buf_printf(&line, "  hint: %s\n", hint);
    send(cli, &line);
    return ptrun_exit_code(error->status);
}

int ptrun_message_failure(const ptrun_cli *cli, const char *what, const ptrun_error *error)
{
    return ptrun_message_failure_hint(cli, what, error, ptrun_status_hint(error->status));
}

static void print_safe(ptrun_buf *line, const char *format, va_list arguments)
{
    ptrun_error text = {0}; /* as long as a message may get */
    vsnprintf(text.detail, sizeof text.detail, format, arguments);
    put_safe(line, text.detail);
}

int ptrun_message_usage(const ptrun_cli *cli, const char *command, const char *format, ...)
{
    ptrun_error error = {.status = PTRUN_USAGE};
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(error.detail, sizeof error.detail, format, arguments);
    va_end(arguments);
    ptrun_buf hint = {0};
    ptrun_buf_printf(&hint, "'ptrun help%s%s' shows how", command ? " " : "", command ? command : "");
    int code = ptrun_message_failure_hint(cli, NULL, &error, ptrun_buf_text(&hint));
    ptrun_buf_release(&hint);
    return code;
}

int ptrun_message_no_command(const ptrun_cli *cli, const char *name)
{
    const ptrun_command *nearest = ptrun_command_nearest(name);
    if (nearest)
        return ptrun_message_usage(cli, NULL, "%s: no such command; did you mean %s?", name, nearest->name);
    return ptrun_message_usage(cli, NULL, "%s: no such command", name);
}

void ptrun_message_warning(const ptrun_cli *cli, const char *format, ...)
{
    if (cli->general.quiet) return;
    ptrun_buf line = {0};
    va_list arguments;
    va_start(arguments, format);
    put_prefix(cli, &line, BOLD_YELLOW);
    ptrun_buf_puts(&line, "warning: ");
    print_safe(&line, format, arguments);
    ptrun_buf_putc(&line, '\n');
    va_end(arguments);
    send(cli, &line);
}

void ptrun_message_note(const ptrun_cli *cli, int level, const char *format, ...)
{
    if (cli->general.quiet || cli->general.verbose < level) return;
    ptrun_buf line = {0};
    va_list arguments;
    va_start(arguments, format);
    ptrun_buf_puts(&line, "ptrun: ");
    print_safe(&line, format, arguments);
    ptrun_buf_putc(&line, '\n');
    va_end(arguments);
    send(cli, &line);
}
