/* A compact list of names: one arena of bytes, folders kept once. */
#ifndef PTRUN_SOURCE_NAMES_H
#define PTRUN_SOURCE_NAMES_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum ptrun_name_kind {
    PTRUN_NAME_FILE,
    PTRUN_NAME_STDIN,
    PTRUN_NAME_FAILED_FOLDER,
} ptrun_name_kind;

enum { PTRUN_NAMES_NO_FOLDER = -1 };

typedef struct ptrun_name {
    uint64_t offset; /* of the NUL-terminated name in the arena */
    int32_t folder;  /* index of its folder, or PTRUN_NAMES_NO_FOLDER */
    uint16_t kind;
    uint16_t reason; /* errno of a failed folder */
} ptrun_name;

/* The zero value is empty. Appending fails without a trace (false) where memory runs out. */
typedef struct ptrun_names {
    ptrun_buf arena;
    ptrun_name *entries;
    size_t count, capacity;
    uint64_t *folders; /* offsets into the arena; each ends with '/' */
    size_t n_folders, folder_capacity;
} ptrun_names;

bool ptrun_names_add(ptrun_names *names, int32_t folder, const char *name, size_t length,
                     ptrun_name_kind kind, int reason);

/* The folder's index in *folder. `path` gets a '/' at its end where it lacks one. */
bool ptrun_names_add_folder(ptrun_names *names, const char *path, int32_t *folder);

/* The whole path of entry `index` into `path` (cleared first). */
void ptrun_names_path(const ptrun_names *names, size_t index, ptrun_buf *path);

void ptrun_names_release(ptrun_names *names);

#endif
