/* What verify found, for people. */
#ifndef PTRUN_CLI_VERIFY_TABLE_H
#define PTRUN_CLI_VERIFY_TABLE_H

#include "base/buf.h"
#include "verify/report.h"

#include <stdbool.h>

/* One row a sample with the outcome of each stage, then what differs first in each sample that does not
 * agree, then the verdict. */
void ptrun_verify_table_put(ptrun_buf *out, const ptrun_recording *recording,
                            const ptrun_sample_result *results, size_t top_k, bool color);

#endif
