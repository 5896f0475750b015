/* A bar on standard error for long runs: done, total where it is known, rate, time left, failures. */
#ifndef PTRUN_CLI_PROGRESS_H
#define PTRUN_CLI_PROGRESS_H

#include "cli/cli.h"

typedef struct ptrun_progress {
    const ptrun_cli *cli;
    bool shown;
    bool total_known;
    uint64_t total, done, failed;
    uint64_t resumed;  /* of `done`: by an earlier run */
    int64_t started, drawn; /* nanoseconds */
} ptrun_progress;

/* `when`: "auto" (a terminal that is not the records' own), "always", "never". */
void ptrun_progress_open(ptrun_progress *progress, const ptrun_cli *cli, const char *when, bool total_known,
                         uint64_t total, uint64_t resumed);

/* One more input is done; draws at most ten times a second. */
void ptrun_progress_step(ptrun_progress *progress, bool failed);

/* Wipe the bar, so that a message or record can stand in its place. */
void ptrun_progress_clear(ptrun_progress *progress);

#endif
