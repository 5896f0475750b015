/* The options that say what the inputs are, shared by every command that takes many. */
#ifndef PTRUN_CLI_INPUT_ARGS_H
#define PTRUN_CLI_INPUT_ARGS_H

#include "cli/options.h"
#include "source/source.h"

typedef struct ptrun_input_args {
    const char *files_from;
    bool null;
    ptrun_texts include, exclude;
    bool follow;
    const char *shard; /* "I/N" */
} ptrun_input_args;

extern const ptrun_option ptrun_input_rows[];

/* The source's options for these operands. Everything is borrowed from `args` and `operands`. USAGE where
 * there is no input at all or --null has no list. */
PTRUN_MUST_USE ptrun_status ptrun_input_args_source(const ptrun_input_args *args, char **operands, int n_operands,
                                                    ptrun_source_options *out, ptrun_error *err);

void ptrun_input_args_release(ptrun_input_args *args);

#endif
