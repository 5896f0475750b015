/* How a run uses the machine: decided once, from numbers that are the same every time the same command
 * runs on the same machine, so that the same command gives the same bytes. */
#ifndef PTRUN_PIPELINE_PLAN_H
#define PTRUN_PIPELINE_PLAN_H

#include "engine/tune.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the plan follows from; 0 where the user did not choose. */
typedef struct ptrun_plan_request {
    int32_t cpus;        /* that this process may use */
    int32_t jobs, batch, forwards, threads;
    bool total_known;
    uint64_t total;      /* inputs */
    size_t model_bytes;  /* size of the model's file: a small model is not worth several threads */
    bool accelerator;    /* the forward runs elsewhere: one at a time keeps it busy */
    bool fixed_size;     /* every image gives a tensor of the same size; else images go one by one */
} ptrun_plan_request;

typedef struct ptrun_plan {
    int32_t jobs;     /* image workers */
    int32_t batch;    /* images in one forward */
    int32_t forwards; /* side by side: instances of the model; changes no result */
    int32_t threads;  /* of the engine, for each forward */
} ptrun_plan;

/* Every figure is at least 1; `batch` is never larger than a known number of inputs. */
ptrun_plan ptrun_plan_make(const ptrun_plan_request *request);

enum { PTRUN_PLAN_SPLITS = 4 };

/* Ways to share the processors between forwards, the plan's first, then fewer forwards of more threads; what the user
 * chose stands. Returns how many. */
size_t ptrun_plan_splits(const ptrun_plan_request *request, const ptrun_plan *plan, ptrun_split out[PTRUN_PLAN_SPLITS]);

#endif
