/* The tables of a ZIP archive (PKWARE APPNOTE 6.3.10), read so strictly that LibTorch's reader, miniz
 * (pytorch/third_party/miniz-3.0.2), cannot understand the same bytes in another way. It checks neither
 * CRC-32 nor local names, finds names in any case, and hands out uninitialised memory for a record whose
 * attributes call it a folder. For model/, and for other archives of that form (NumPy's .npz). */
#ifndef PTRUN_MODEL_ARCHIVE_H
#define PTRUN_MODEL_ARCHIVE_H

#include "model/file.h"

/* Owned by the caller, zero to begin with; the records borrow from the file's bytes. */
typedef struct ptrun_archive {
    ptrun_model_record *records; /* in the order of the central directory */
    size_t count;
    ptrun_model_record **sorted; /* by name, without regard to ASCII case: no two names are equal so */
    char *names;
    char *top; /* folder of the first record, with its slash; "" where it has none */
    const ptrun_model_record
        *outside; /* first record that is not in that folder (its name is whole); or NULL */
} ptrun_archive;

/* What is checked: the end record, its ZIP64 form and their agreement; that the central directory fills the
 * room before it; for each record that its local header, data and data descriptor say the same as the central
 * entry and lie in the file before the directory, overlapping nothing; names (UTF-8, no control characters,
 * relative, without "..", unique in any case); one disk, no encryption, stored or deflated; no folder with
 * content; inflated sizes of at most 64 MiB or 100 times the file. Memory used is at most some three times
 * the file's size.
 * MODEL_TRUNCATED (no end record, or bytes missing before it), MODEL_CORRUPT, OUT_OF_MEMORY; *out is zero
 * then. */
PTRUN_MUST_USE ptrun_status ptrun_archive_open(ptrun_archive *out, const uint8_t *bytes, size_t size,
                                               ptrun_error *err);
void ptrun_archive_release(ptrun_archive *archive);

/* The record of exactly that name (below the top folder), or NULL. */
const ptrun_model_record *ptrun_archive_find(const ptrun_archive *archive, const char *name);

#endif
