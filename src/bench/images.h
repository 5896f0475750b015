/* The pictures that a measurement works on: the user's, or one made for it. */
#ifndef PTRUN_BENCH_IMAGES_H
#define PTRUN_BENCH_IMAGES_H

#include "pipeline/prepare.h"
#include "source/source.h"

#include <stdatomic.h>
#include <stdbool.h>

/* Sides of the picture that is made: those of a common photograph in ImageNet. */
enum { PTRUN_BENCH_SYNTHETIC_WIDTH = 500, PTRUN_BENCH_SYNTHETIC_HEIGHT = 375 };

/* The zero value is none. */
typedef struct ptrun_bench_images {
    char **paths; /* `count` of them, owned; those that can be used, once ptrun_bench_images_look has passed */
    size_t count, capacity;
    uint64_t found;     /* inputs before `limit` */
    uint64_t failed;    /* of those that were looked at */
    int synthetic;      /* descriptor of the picture that was made, which has no name; -1 otherwise */
    int64_t first_time; /* nanoseconds from the first usable file to its tensor, the first time */
    int64_t least_time; /* the least that any image took, nanoseconds */
} ptrun_bench_images;

/* Told of every input that fails; `path` is printable only by the rules of cli/message.h. */
typedef void (*ptrun_bench_failure_fn)(void *context, const char *path, const ptrun_error *error);

/* A JPEG of 500 x 375 pixels in memory, always the same: slopes, edges and grain, so that it costs what a
 * photograph does. FILE_UNREADABLE (the system has no files in memory), OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_bench_images_make(ptrun_bench_images *out, ptrun_error *err);

/* Every input of `source`; where there are more than `limit`, that many of them evenly spread. Inputs that are
 * failures already (a folder that cannot be read) are told. LIST_UNREADABLE, OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_bench_images_collect(ptrun_bench_images *out, ptrun_source *source, uint64_t limit,
                                                       ptrun_bench_failure_fn failure, void *context, ptrun_error *err);

/* Prepare every image once and drop those that fail; each is told. Afterwards the files are in the system's cache.
 * Stops early where *stop is set: what was not looked at is dropped. OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_bench_images_look(ptrun_bench_images *images, ptrun_preparer *preparer,
                                                    const atomic_int *stop, ptrun_bench_failure_fn failure,
                                                    void *context, ptrun_error *err);

/* Accepts the zero value; zero afterwards. */
void ptrun_bench_images_release(ptrun_bench_images *images);

#endif
