/* Everything that inspect finds out without an engine, and how it is shown. */
#ifndef PTRUN_CLI_INSPECTION_H
#define PTRUN_CLI_INSPECTION_H

#include "base/fs.h"
#include "cli/cli.h"
#include "model/facts.h"
#include "model/inventory.h"
#include "model/recipe_source.h"
#include "verify/recording.h"
#include "json/json.h"

enum { PTRUN_INSPECTION_PROBLEMS = 6 };

/* What could be read; whatever is missing has its problem. The zero value is nothing. */
typedef struct ptrun_inspection {
    const char *path;
    bool readable; /* the file could be read at all: size and digest hold */
    size_t size;
    char sha256[65];
    ptrun_model_file *file; /* NULL: no TorchScript archive */
    ptrun_inventory inventory;
    bool has_facts, has_recipe, has_goldens;
    ptrun_model_facts facts;
    ptrun_recipe_in_force recipe;
    ptrun_recording goldens;
    ptrun_json *description; /* extra/ptrun.json; NULL */
    ptrun_error problems[PTRUN_INSPECTION_PROBLEMS];
    size_t n_problems;
} ptrun_inspection;

/* `request` names the recipe's sources; its model is filled in. OUT_OF_MEMORY; all else is a problem of the
 * file, and among what is found. */
PTRUN_MUST_USE ptrun_status ptrun_inspection_read(ptrun_inspection *out, const char *path,
                                                  ptrun_recipe_request *request, ptrun_error *err);

/* Accepts the zero value; zero afterwards. */
void ptrun_inspection_release(ptrun_inspection *inspection);

/* What the exporter says of itself, for people: the keys that are shown, one by one (NULL beyond the last),
 * and the text of one (borrowed; NULL where it is not there). */
const char *ptrun_inspection_origin_key(size_t index);
const char *ptrun_inspection_origin(const ptrun_inspection *inspection, const char *key);

/* For people; `verbose` lists tensors and records one by one. */
void ptrun_inspection_put_table(ptrun_buf *out, const ptrun_inspection *inspection, bool verbose);

/* One line of the table; nothing where there is no value. */
void ptrun_inspection_put_line(ptrun_buf *out, const char *name, const char *value);

/* The members "model" and "problems". */
void ptrun_inspection_put_json(ptrun_json_writer *w, const ptrun_inspection *inspection);

#endif
