/* What kind of file it is, by its content. Within model/ only. */
#ifndef PTRUN_MODEL_KIND_H
#define PTRUN_MODEL_KIND_H

#include "model/archive.h"

#include <stdbool.h>

/* Whether the bytes begin like a ZIP archive, which every TorchScript file since PyTorch 1.0 is. */
bool ptrun_kind_is_zip(const uint8_t *bytes, size_t size);

/* Always fails, for what is no ZIP archive: MODEL_EMPTY, MODEL_IS_*, MODEL_TOO_OLD, MODEL_UNKNOWN_FORMAT with
 * what it looks like. OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_kind_refuse(const uint8_t *bytes, size_t size, ptrun_error *err);

/* PTRUN_OK for a TorchScript archive; else MODEL_IS_* or MODEL_UNKNOWN_FORMAT, or MODEL_CORRUPT where it is
 * TorchScript without one of its records, or with records outside its folder. OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_kind_check_archive(const ptrun_archive *archive, ptrun_error *err);

#endif
