/* A compact list of paths. Each is kept as the number of bytes that it shares with the one before, and the rest: some 7
 * bytes for a file of a folder with numbered names. Blocks of a fixed size hold them, each beginning with a whole path,
 * so that nothing is ever moved or grown. */
#ifndef PTRUN_SOURCE_NAMES_H
#define PTRUN_SOURCE_NAMES_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>

typedef enum ptrun_name_kind {
    PTRUN_NAME_FILE,
    PTRUN_NAME_STDIN,
    PTRUN_NAME_FAILED_FOLDER,
} ptrun_name_kind;

typedef struct ptrun_names_block ptrun_names_block;

/* The zero value is empty. */
typedef struct ptrun_names {
    size_t count;
    ptrun_names_block *first, *last; /* private, as what follows */
    ptrun_buf previous;              /* the path added last, or nothing */
} ptrun_names;

/* One entry, and the place behind it. The zero value stands before the first. */
typedef struct ptrun_names_reader {
    ptrun_buf path; /* whole */
    ptrun_name_kind kind;
    int reason;                     /* errno of a failed folder; else 0 */
    const ptrun_names_block *block; /* private, as what follows */
    size_t offset, next;            /* where in the block entry `next` is */
} ptrun_names_reader;

/* Append a path: any bytes but NUL. False without a trace where memory runs out. */
bool ptrun_names_add(ptrun_names *names, const char *path, size_t length, ptrun_name_kind kind, int reason);

/* Entry `index`, below `names->count`. The one behind the last read costs a copy of its bytes; any other a walk along the
 * blocks and through one of them (about 2,000 entries). False where memory runs out; the reader stays usable. A reader
 * is for one list, which may grow meanwhile. */
bool ptrun_names_read(const ptrun_names *names, size_t index, ptrun_names_reader *reader);

void ptrun_names_reader_release(ptrun_names_reader *reader);
void ptrun_names_release(ptrun_names *names);

#endif
