/* Walks a folder: recursively, in byte order of the paths below it. */
#ifndef PTRUN_SOURCE_WALK_H
#define PTRUN_SOURCE_WALK_H

#include "source/names.h"
#include "source/source.h"

/* Append the files below `folder` to `names` and count in `skipped` what is passed over. A folder that
 * cannot be read becomes an entry of its own (PTRUN_NAME_FAILED_FOLDER); nothing blocks. OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_walk(const char *folder, const ptrun_source_options *options,
                                       ptrun_names *names, ptrun_source_skipped *skipped,
                                       ptrun_error *err);

#endif
