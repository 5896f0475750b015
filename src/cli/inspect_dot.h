/* The program of a model as a picture: source for Graphviz, folded to what a person can read. */
#ifndef PTRUN_CLI_INSPECT_DOT_H
#define PTRUN_CLI_INSPECT_DOT_H

#include "base/buf.h"
#include "json/json.h"

/* `structure` is what an engine's structure() gave (ptrun/engine.h). Calls of parts are boxes down to `depth`
 * calls below the forward, with all that they call; 0: as deep as few enough boxes allow. Operators above that
 * depth are boxes of their own, those in a row one box. Edges tell shape, and type where it is not float32.
 * ENGINE_FAILED where the document is not what the header says; OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_inspect_dot_put(ptrun_buf *out, const char *title, const ptrun_json *structure,
                                                  int32_t depth, ptrun_error *err);

#endif
