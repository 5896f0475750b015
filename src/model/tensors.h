/* The tensors that a pickle of a TorchScript archive refers to. Within model/ only. */
#ifndef PTRUN_MODEL_TENSORS_H
#define PTRUN_MODEL_TENSORS_H

#include "model/code.h"
#include "model/facts.h"
#include "model/pickle.h"

/* Append every tensor below the pickle's top value to `facts`, with its totals. `folder` is where the
 * storages lie: "data/", or "constants/" for those of the code, whose role is CONSTANT. Statuses of
 * ptrun_model_facts_read. */
PTRUN_MUST_USE ptrun_status ptrun_tensors_collect(ptrun_model_facts *facts, const ptrun_pickle *pickle,
                                                  const char *folder, ptrun_code *code, ptrun_error *err);

#endif
