/* Preparations that were chosen by measurement, remembered: one small file each in $XDG_CACHE_HOME/ptrun (or
 * ~/.cache/ptrun), named by a digest of everything that the choice depends on. What cannot be read, is damaged or was
 * written by another version is not there. */
#ifndef PTRUN_ENGINE_CHOICE_H
#define PTRUN_ENGINE_CHOICE_H

#include "base/buf.h"
#include "engine/tune.h"

/* Where a choice is, and what it depends on. The zero value is none; released with ptrun_choice_release. */
typedef struct ptrun_choice {
    ptrun_buf key;     /* lines "NAME VALUE" */
    ptrun_buf path;    /* of the file; empty: nothing can be remembered */
    ptrun_buf crashed; /* of a second file, to which the names of variants are appended that crashed */
    ptrun_buf skip;    /* these names, space-separated */
} ptrun_choice;

/* One more fact that the choice depends on; a line break in `value` becomes a blank. */
void ptrun_choice_depends(ptrun_choice *choice, const char *name, const char *value);

/* All facts are there: find the files and read what crashed. `create`: make the folder where it is missing. Whether
 * something can be remembered: there is a folder that can be written to. */
bool ptrun_choice_locate(ptrun_choice *choice, bool create);

/* Whether it is remembered; a variant that crashed since then is not. */
bool ptrun_choice_recall(const ptrun_choice *choice, ptrun_preparation *out);

/* Replace the file as a whole. Whether that could be done. */
bool ptrun_choice_remember(const ptrun_choice *choice, const ptrun_preparation *preparation);

void ptrun_choice_release(ptrun_choice *choice);

#endif
