#include "cli/exit_code.h"

#include <signal.h>
#include <stddef.h>

const ptrun_exit_meaning ptrun_exit_meanings[] = {
    {"0", "every input gave an ok record; verify and compare: everything agreed"},
    {"1", "the run finished, but some or all inputs failed; verify and compare: something disagreed"},
    {"2", "wrong usage"},
    {"3", "an input list or an output file could not be read or written, or the inputs hold no image"},
    {"4", "the model, its recipe, its labels or the engine cannot be used"},
    {"5", "inference cannot go on"},
    {"70", "internal error"},
    {"128+n", "ended by signal n (141: the reader of the pipe went away)"},
    {NULL, NULL},
};

int ptrun_exit_code(ptrun_status status)
{
    switch (status) {
    case PTRUN_OK: return PTRUN_EXIT_OK;
    case PTRUN_STOPPED: return PTRUN_EXIT_SOME_FAILED;
    case PTRUN_USAGE: return PTRUN_EXIT_USAGE;
    case PTRUN_OUT_OF_MEMORY: return PTRUN_EXIT_INFERENCE;
    case PTRUN_OUTPUT_CLOSED: return PTRUN_EXIT_SIGNAL + SIGPIPE;
    default: break; /* the others by their range */
    }
    if (status >= 20 && status <= 99) return PTRUN_EXIT_FILES;
    if (status >= 100 && status <= 199) return PTRUN_EXIT_SOME_FAILED;
    if (status >= 200 && status <= 299) return PTRUN_EXIT_INFERENCE;
    if (status >= 300 && status <= 499) return PTRUN_EXIT_MODEL;
    return PTRUN_EXIT_INTERNAL;
}
