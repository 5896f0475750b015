/* The same preparation several times side by side, to be timed as it will run: each member in a thread of its own, all of
 * them starting together. */
#ifndef PTRUN_ENGINE_TEAM_H
#define PTRUN_ENGINE_TEAM_H

#include "engine/tune.h"

typedef struct ptrun_team ptrun_team;

/* Instances of `first`, which is the first member and stays the caller's; `input` is what they run; its numbers are borrowed until closing. OUT_OF_MEMORY (also:
 * no thread can be started); what instance() gives. */
PTRUN_MUST_USE ptrun_status ptrun_team_open(ptrun_team **out, const ptrun_engine_api *engine,
                                            ptrun_engine_model *first, ptrun_split split, const ptrun_tensor *input,
                                            ptrun_error *err);

/* Wait for the members and close their instances. Accepts NULL, clears the pointer. */
void ptrun_team_close(ptrun_team **team);

/* Every member runs `rounds` forwards. *output is the last one of the first member, borrowed until it runs again. The
 * first failure of any of them. */
PTRUN_MUST_USE ptrun_status ptrun_team_run(ptrun_team *team, int32_t rounds, ptrun_engine_output *output,
                                           ptrun_error *err);

#endif
