/* The file beside an output, FILE.ptrun.json: what made the records, and what resuming checks. */
#ifndef PTRUN_OUTPUT_MANIFEST_H
#define PTRUN_OUTPUT_MANIFEST_H

#include "base/buf.h"
#include "ptrun/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PTRUN_MANIFEST_MAX_FACTS = 24 };

/* What must be the same for a run to be gone on with: "model" → its SHA-256, "recipe" → its JSON, … */
typedef struct ptrun_manifest_fact {
    const char *name; /* static */
    const char *value;
} ptrun_manifest_fact;

typedef struct ptrun_manifest {
    bool complete;              /* every input has its record */
    int32_t jobs, batch, forwards, threads; /* the plan, which a resumed run takes over */
    char preparation[64];       /* of the model, which a resumed run takes over */
    char prepared_by[16];       /* who chose it */
    double error;               /* of the preparation, relative to the model as it was saved */
    uint64_t failed;            /* failed inputs of a complete run */
    size_t n_facts;
    ptrun_manifest_fact facts[PTRUN_MANIFEST_MAX_FACTS];
    const char *head, *tail;    /* JSON members for people: "ptrun":{…},"model":{…} and "summary":{…}; only written */
} ptrun_manifest;

/* "FILE.ptrun.json" into `path`. */
void ptrun_manifest_path(const char *output, ptrun_buf *path);

/* Replace the manifest beside `output`. OUTPUT_FAILED, OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_manifest_write(const char *output, const ptrun_manifest *manifest,
                                                 ptrun_error *err);

/* Read the manifest beside `output`, compare its facts with those of `wanted`, and take over its plan and
 * its state into `wanted`. RESUME_MISMATCH names the first fact that differs, or says that there is no manifest
 * or that it cannot be read; OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_manifest_resume(const char *output, ptrun_manifest *wanted, ptrun_error *err);

#endif
