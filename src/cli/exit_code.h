/* How the process ends. */
#ifndef PTRUN_CLI_EXIT_CODE_H
#define PTRUN_CLI_EXIT_CODE_H

#include "ptrun/status.h"

typedef enum ptrun_exit {
    PTRUN_EXIT_OK = 0,
    PTRUN_EXIT_SOME_FAILED = 1,
    PTRUN_EXIT_USAGE = 2,
    PTRUN_EXIT_FILES = 3,
    PTRUN_EXIT_MODEL = 4,
    PTRUN_EXIT_INFERENCE = 5,
    PTRUN_EXIT_INTERNAL = 70,
    PTRUN_EXIT_SIGNAL = 128, /* plus the signal's number */
} ptrun_exit;

/* The exit code of a run that this status ended; it follows from the range of the status's number.
 * OUT_OF_MEMORY counts as inference that cannot go on: it is no fault of the program, and a smaller run
 * may succeed. STOPPED (by --fail-fast or --max-errors) is a run that finished with failures. */
int ptrun_exit_code(ptrun_status status);

/* What each exit code means, for help; the last row's text is NULL. Static. */
typedef struct ptrun_exit_meaning {
    const char *code;
    const char *meaning;
} ptrun_exit_meaning;

extern const ptrun_exit_meaning ptrun_exit_meanings[];

#endif
