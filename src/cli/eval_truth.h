/* Where the true classes of an evaluation come from: folders, a map, a list; read and checked before anything
 * runs. */
#ifndef PTRUN_CLI_EVAL_TRUTH_H
#define PTRUN_CLI_EVAL_TRUTH_H

#include "cli/cli.h"
#include "eval/truth.h"
#include "prep/recipe.h"

typedef struct ptrun_eval_truth_args {
    const char *truth; /* file; NULL: folders are classes */
    const char *map;   /* file; NULL: none */
} ptrun_eval_truth_args;

extern const ptrun_option ptrun_eval_truth_rows[];

/* Fill `truth` for the model's classes (`known->labels`; `complete`: it has no others) and the folders
 * `roots` (borrowed), and check that its names are classes of the model: some that are not are warned about,
 * none at all is a failure. False: *code is the exit code, the user has been told. */
bool ptrun_eval_truth_open(const ptrun_cli *cli, const ptrun_eval_truth_args *args, const ptrun_recipe *known,
                           bool complete, const char *const *roots, size_t n_roots, ptrun_truth *truth,
                           int *code);

#endif
