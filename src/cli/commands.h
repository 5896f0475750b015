/* The table of commands: one row a command, one file a row (cmd_<name>.c). A new command is a new file
 * and a new row; help, completion and the manual follow. */
#ifndef PTRUN_CLI_COMMANDS_H
#define PTRUN_CLI_COMMANDS_H

#include "cli/cli.h"
#include "cli/options.h"

#include <stdbool.h>

/* One executable line and what it does. */
typedef struct ptrun_example {
    const char *line; /* NULL ends a list */
    const char *about;
} ptrun_example;

/* Static data. Text is plain, paragraphs end with "\n"; help breaks it into lines. */
typedef struct ptrun_command {
    const char *name;
    const char *summary; /* one line without a full stop */
    const char *usage;   /* what follows "ptrun NAME ", one form a line: "MODEL IMAGE -o FILE [OPTION]..." */
    const char *description;
    const ptrun_option_group *groups; /* without the general ones, which every command has */
    const ptrun_example *examples;

    /* argv[0] is the command's name. Returns the exit code; has told the user of every failure. */
    int (*run)(ptrun_cli *cli, int argc, char **argv);
} ptrun_command;

extern const ptrun_command ptrun_command_classify;
extern const ptrun_command ptrun_command_preprocess;
extern const ptrun_command ptrun_command_inspect;
extern const ptrun_command ptrun_command_verify;
extern const ptrun_command ptrun_command_eval;
extern const ptrun_command ptrun_command_bench;
extern const ptrun_command ptrun_command_compare;
extern const ptrun_command ptrun_command_engines;
extern const ptrun_command ptrun_command_help;

/* The rows in the order in which help shows them; NULL ends the table. Static. */
extern const ptrun_command *const ptrun_commands[];

/* The command of that name, or NULL. */
const ptrun_command *ptrun_command_find(const char *name);

/* The command that a mistyped name most likely stands for, or NULL. */
const ptrun_command *ptrun_command_nearest(const char *name);

/* Parse a command's arguments: its own options into `config`, which is {0}, the general ones into cli.
 * True: run it; argv[1..*n_operands] are the operands. False: the process ends with *code; the help that
 * was asked for, or what is wrong, has been printed. */
bool ptrun_command_begin(ptrun_cli *cli, const ptrun_command *command, void *config, int argc, char **argv,
                         int *n_operands, int *code);

#endif
