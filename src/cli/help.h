/* Help, made from the rows of the commands and their options. */
#ifndef PTRUN_CLI_HELP_H
#define PTRUN_CLI_HELP_H

#include "base/buf.h"
#include "cli/commands.h"

/* What the program is and which commands it has. */
void ptrun_help_overview(ptrun_buf *out, int columns, bool color);

/* Everything about one command. */
void ptrun_help_command(ptrun_buf *out, const ptrun_command *command, int columns, bool color);

/* ptrun_help_command to standard output; the exit code. */
int ptrun_help_print_command(const ptrun_cli *cli, const ptrun_command *command);

/* The manual page in roff, for `man`. */
void ptrun_help_man(ptrun_buf *out);

/* Every command with its options as Markdown: docs/commands.md. */
void ptrun_help_markdown(ptrun_buf *out);

/* The option tables of one command as Markdown, for other documents. */
void ptrun_help_markdown_options(ptrun_buf *out, const ptrun_command *command);

/* A completion script for the shell of that name: bash, zsh, fish. */
void ptrun_help_completion(ptrun_buf *out, const char *shell);

/* The shells that ptrun_help_completion knows; NULL beyond the last. */
const char *ptrun_help_shell_name(size_t index);

/* "--top-k N" or "--quiet": the option's name with its value, and its letter apart from it. */
void ptrun_help_option_name(ptrun_buf *out, const ptrun_option *row);

/* The help of an option with its choices and what happens without it, one paragraph. */
void ptrun_help_option_text(ptrun_buf *out, const ptrun_option *row);

#endif
