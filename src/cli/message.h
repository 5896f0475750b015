/* Messages to people, on standard error. One message is one write, so that two threads (or two programs)
 * never mix lines. Names and details may hold any bytes: what is no printable UTF-8 is shown as \xNN, so
 * that a file's name cannot drive the terminal. Any thread. */
#ifndef PTRUN_CLI_MESSAGE_H
#define PTRUN_CLI_MESSAGE_H

#include "base/buf.h"
#include "cli/cli.h"
#include "ptrun/status.h"

/* "ptrun: WHAT: text [code]", and "  hint: …" where the status has one. `what` is a file or an option;
 * NULL where the detail names it. A closed pipe is no news: nothing is printed. Returns the exit code. */
int ptrun_message_failure(const ptrun_cli *cli, const char *what, const ptrun_error *error);

/* As ptrun_message_failure, with another hint (NULL: none). */
int ptrun_message_failure_hint(const ptrun_cli *cli, const char *what, const ptrun_error *error,
                               const char *hint);

/* A usage error whose hint is the help of `command` (NULL: the program's). Returns 2. */
int ptrun_message_usage(const ptrun_cli *cli, const char *command, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* There is no such command: which one may have been meant. Returns 2. */
int ptrun_message_no_command(const ptrun_cli *cli, const char *name);

/* "ptrun: warning: …", not with --quiet. */
void ptrun_message_warning(const ptrun_cli *cli, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* "ptrun: …" with --verbose given at least `level` times; level 0: unless --quiet. */
void ptrun_message_note(const ptrun_cli *cli, int level, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Append `length` bytes so that a terminal can only show them. */
void ptrun_message_escape(ptrun_buf *out, const char *text, size_t length);

#endif
