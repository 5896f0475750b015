/* Files of records as input. */
#ifndef PTRUN_CLI_EVAL_RECORDS_H
#define PTRUN_CLI_EVAL_RECORDS_H

#include "cli/cli.h"
#include "eval/records.h"
#include "prep/recipe.h"

/* Give every record of the file to `sink`. A record that is cut off at the end is passed over, with a warning
 * unless cli is NULL. RECORDS_INVALID, OUT_OF_MEMORY, the sink's. */
PTRUN_MUST_USE ptrun_status ptrun_eval_records_each(const ptrun_cli *cli, const char *path,
                                                    ptrun_records_sink sink, void *context, ptrun_error *err);

/* The names of the classes into `out`, which the caller releases: those of `labels_path` where it is not
 * NULL, else those in the manifest beside the records, else the ones that the records themselves name. False:
 * *code is the exit code, the user has been told. */
bool ptrun_eval_records_labels(const ptrun_cli *cli, const char *path, const char *labels_path,
                               ptrun_recipe *out, bool *complete, int *code);

#endif
