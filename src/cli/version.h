/* Versions of ptrun and of every library that is linked into it. Loads no engine. */
#ifndef PTRUN_CLI_VERSION_H
#define PTRUN_CLI_VERSION_H

#include "base/buf.h"
#include "json/write.h"

/* "ptrun 0.1.0" and one line for each library, each line behind `indent`. */
void ptrun_version_text(ptrun_buf *out, const char *indent);

/* The libraries as an array of texts: "zlib 1.2.13". */
void ptrun_version_json(ptrun_json_writer *w);

#endif
