/* The page of a run, as a file. */
#ifndef PTRUN_CLI_REPORT_FILE_H
#define PTRUN_CLI_REPORT_FILE_H

#include "cli/cli.h"
#include "report/report.h"

/* Write the page to `path`. `eval` is finished; `head` is the members "ptrun":{…},"model":{…} of the run ("":
 * not known). The exit code; the user has been told of a failure. */
int ptrun_report_file_write(const ptrun_cli *cli, const char *path, ptrun_report_kind kind, const char *title,
                            const char *head, const ptrun_eval *eval);

/* What stands behind the last slash, for titles. Borrowed from `path`. */
const char *ptrun_report_file_name(const char *path);

#endif
