/* What a pickle of torch.save holds: weights, or Python objects. Within model/ only. */
#ifndef PTRUN_MODEL_WEIGHTS_H
#define PTRUN_MODEL_WEIGHTS_H

#include "ptrun/status.h"

#include <stddef.h>
#include <stdint.h>

/* Always fails: MODEL_IS_STATE_DICT for a dict of tensors, or one that has such a dict under some key (a
 * training checkpoint); MODEL_IS_PICKLE for everything else, also where the pickle cannot be followed. The
 * detail says how many tensors there are and where, or which class it is. `note` (" in PyTorch's format
 * before 1.6", "") goes into it. OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_weights_refuse(const uint8_t *pickle, size_t size, const char *note,
                                                 ptrun_error *err);

/* The same for a whole file that begins like a pickle of protocol 2 or later, PyTorch's old format included.
 */
PTRUN_MUST_USE ptrun_status ptrun_weights_refuse_file(const uint8_t *bytes, size_t size, ptrun_error *err);

#endif
