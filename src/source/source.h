/* Names in, numbered inputs out: arguments, folders, lists of names, standard input.
 *
 * Arguments, folders and list files are read when the source opens, so that the number of inputs is
 * known and a shard is the same on every machine; this costs about 7 bytes for each input where names
 * follow one another (names.h), and the length of a name where they have nothing in common. A list that
 * comes through a pipe (or another thing that is no file) is streamed, unless a shard of it is asked for. */
#ifndef PTRUN_SOURCE_SOURCE_H
#define PTRUN_SOURCE_SOURCE_H

#include "base/buf.h"
#include "ptrun/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What to read. Everything is borrowed until the source is closed. */
typedef struct ptrun_source_options {
    const char *const *arguments; /* files, folders, "-" (one image on standard input) */
    size_t n_arguments;
    const char *list_path; /* a file of names, "-" for standard input; NULL: none. Names are taken
                              literally: files, no folders, no "-" */
    bool list_nul;         /* names end with NUL instead of a newline; empty names are passed over */
    const char *const *include; /* globs (fnmatch): a file of a folder must match one; replaces the suffixes */
    size_t n_include;
    const char *const *exclude; /* globs: files and folders below a folder that match are skipped */
    size_t n_exclude;
    bool follow;                           /* follow symbolic links below folders */
    bool (*takes_name)(const char *name);  /* whether a name below a folder looks like an image */
    int32_t shard, shards;                 /* the shard-th (from 1) of `shards` contiguous parts; 0: all */
} ptrun_source_options;

/* What a walk passed over, by reason. */
typedef struct ptrun_source_skipped {
    uint64_t hidden;   /* files and folders whose names begin with '.' */
    uint64_t suffix;   /* no suffix of an image, or not included */
    uint64_t excluded;
    uint64_t links;    /* symbolic links, without `follow`; broken ones and loops with it */
    uint64_t special;  /* FIFOs, sockets, devices */
} ptrun_source_skipped;

/* One input. `path` is given as the record shows it; any bytes but NUL. */
typedef struct ptrun_input {
    uint64_t number; /* from 0; the place in the whole list, or in the shard */
    bool is_stdin;   /* the image's bytes come from standard input */
    ptrun_buf path;  /* owned by the caller, reused from call to call */
    ptrun_error error; /* not PTRUN_OK: a folder that cannot be read; it has its record, too */
} ptrun_input;

typedef enum ptrun_source_event {
    PTRUN_SOURCE_INPUT, /* *input is the next one */
    PTRUN_SOURCE_WAIT,  /* none came within the time; ask again */
    PTRUN_SOURCE_END,
} ptrun_source_event;

typedef struct ptrun_source ptrun_source;

/* LIST_UNREADABLE, OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_source_open(ptrun_source **out, const ptrun_source_options *options,
                                              ptrun_error *err);
void ptrun_source_close(ptrun_source **source);

/* Whether the number of inputs is known, and which it is. */
bool ptrun_source_total(const ptrun_source *source, uint64_t *total);

/* A digest of every name in order (chained SHA-256), to tell whether two lists are the same; call before the first
 * input is taken. False for a streamed list, and where memory runs out. */
bool ptrun_source_digest(const ptrun_source *source, uint8_t digest[32]);

const ptrun_source_skipped *ptrun_source_skipped_counts(const ptrun_source *source);

/* The next input, waiting at most `wait_ms` (negative: up to a tenth of a second, for callers that only
 * look at a stop flag) for a streamed list. One thread at a time. LIST_UNREADABLE, OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_source_next(ptrun_source *source, int wait_ms, ptrun_input *input,
                                              ptrun_source_event *event, ptrun_error *err);


/* Pass over the first `count` inputs, as an interrupted run has done them; numbers go on behind them. Before the
 * first ptrun_source_next. A streamed list is read that far. LIST_UNREADABLE (the list ends before), OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_source_skip(ptrun_source *source, uint64_t count, ptrun_error *err);

#endif
