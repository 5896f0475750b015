/* The last resort: what happens when code that is not ours crashes or never comes back.
 *
 * LibTorch can end a process by a signal, or spin for ever, on a damaged archive or an unexpected
 * shape. A guarded stretch of the run says beforehand what to print and with which code to end; the
 * handler only writes that text and calls _exit. Records are written before each stretch begins, so
 * nothing that was computed is lost. */
#ifndef PTRUN_BASE_CRASH_H
#define PTRUN_BASE_CRASH_H

#include "ptrun/status.h"

#include <stdbool.h>

/* Catch SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS (also on an exhausted stack of the calling
 * thread) and SIGALRM. Once, at the start, from the main thread. Outside every guarded stretch a
 * crash is reported as `internal` and ends with exit code `exit_code`. `arguments` are those of main(), for
 * ptrun_crash_guard_note. */
void ptrun_crash_install(int exit_code, char **arguments);

/* Let an exhausted stack of the calling thread be reported, too. Once for each thread that runs foreign code. */
void ptrun_crash_protect_thread(void);

/* A guarded stretch begins: a crash prints "ptrun: FILE: STAGE (signal N) [WORD]" with the status's
 * hint and ends the process with `exit_code`; so does a stretch that lasts longer than `seconds`
 * (0: no limit). One at a time, main thread. */
void ptrun_crash_guard_begin(const char *file, const char *stage, ptrun_status status, int exit_code,
                             unsigned seconds);

/* In a guarded stretch that may be left out: a crash also appends the line `text` to the file at `path`, so that the next
 * run knows; with `again` the program is then started anew, with the arguments that it was started with, instead of ending.
 * Only where nothing was read from standard input or written yet. Holds until ptrun_crash_guard_end. */
void ptrun_crash_guard_note(const char *path, const char *text, bool again);

/* The guarded stretch is over. */
void ptrun_crash_guard_end(void);

#endif
