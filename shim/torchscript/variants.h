// The ways in which a program can be prepared before it runs.
#ifndef PTRUN_TORCHSCRIPT_VARIANTS_H
#define PTRUN_TORCHSCRIPT_VARIANTS_H

#include "model.h"

namespace ptrun
{

// Names of all variants, space-separated, those that are often the fastest first; "auto" stands for the best for a single run.
extern const char *const variant_names;

// `model.saved` prepared as `name`. Throws Failure (ENGINE_FAILED for a name that is unknown or not for this
// device) or what LibTorch throws. To be called without a lease.
Prepared variant_make(const ptrun_engine_model &model, const std::string &name);

} // namespace ptrun

#endif
