/* What every command gets: where its output goes, and what the terminal can do. */
#ifndef PTRUN_CLI_CLI_H
#define PTRUN_CLI_CLI_H

#include "base/buf.h"
#include "cli/options.h"

#include <stdbool.h>
#include <stdint.h>

/* The options of every command. */
typedef struct ptrun_general {
    bool help;
    int32_t verbose;
    bool quiet;
} ptrun_general;

extern const ptrun_option_group ptrun_general_groups[];

/* One run of the program. Messages may come from any thread; the rest is the main thread's. */
typedef struct ptrun_cli {
    int out, err; /* descriptors of records and of messages */
    bool out_terminal, err_terminal;
    bool out_color, err_color; /* a terminal that takes colour, and nobody asked for none (NO_COLOR) */
    int columns;               /* how wide text may be */
    ptrun_general general;
} ptrun_cli;

/* Look at standard output, standard error and the environment (NO_COLOR, TERM, COLUMNS). */
void ptrun_cli_open(ptrun_cli *cli);

/* Write the buffer to standard output and release it. The exit code: 0, or that of the failure, of which
 * the user has been told. */
int ptrun_cli_print(const ptrun_cli *cli, ptrun_buf *text);

/* Nothing more will be written: tell of what the system only reports at the end. The exit code: `code`,
 * or 3 where it was 0 and the output is not whole. */
int ptrun_cli_close(const ptrun_cli *cli, int code);

#endif
