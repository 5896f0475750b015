/* A pickle as a tree of plain values. Nothing in it is executed or looked up: a class is two words, a call is
 * its name with its arguments. Enough of protocols 2 to 5 for what torch.save and torch.jit.save write.
 * Within model/ only. */
#ifndef PTRUN_MODEL_PICKLE_H
#define PTRUN_MODEL_PICKLE_H

#include "ptrun/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum ptrun_pickle_kind {
    PTRUN_PICKLE_NONE,
    PTRUN_PICKLE_BOOL,   /* number: 0 or 1 */
    PTRUN_PICKLE_INT,    /* number */
    PTRUN_PICKLE_FLOAT,  /* real */
    PTRUN_PICKLE_STRING, /* text: str, bytes, or the bytes of an integer beyond 64 bits */
    PTRUN_PICKLE_CLASS,  /* children: module and name (strings) */
    PTRUN_PICKLE_LIST,   /* children: the entries; also a tuple or set */
    PTRUN_PICKLE_DICT,   /* children: key, value, key, value, … */
    PTRUN_PICKLE_CALL,   /* children: what is called and its arguments (a list), then what was appended or set
                          */
    PTRUN_PICKLE_REF,    /* child: the persistent id */
} ptrun_pickle_kind;

/* A value's number: from 1 on, 0 for none. The same value may be reached on several ways and from below
 * itself: bound every walk. */
typedef uint32_t ptrun_pickle_id;

typedef struct ptrun_pickle_value {
    ptrun_pickle_kind kind;
    uint32_t n_children;
    uint32_t first, last;  /* links of the children: see ptrun_pickle_next */
    ptrun_pickle_id state; /* what BUILD gave a call's object: usually a dict of attributes */
    union {
        int64_t number;
        double real;
        struct {
            const char *at; /* borrowed from the pickle's bytes; no NUL behind it */
            size_t length;
        } text;
    };
} ptrun_pickle_value;

typedef struct ptrun_pickle ptrun_pickle;

/* Read one pickle from its first byte to its STOP; *used is its length, bytes beyond it are not looked at.
 * The bytes must stay readable until close. MODEL_CORRUPT (what is wrong at which byte; also more than 4
 * million values, or an operation of protocol 0 or 1), OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_pickle_open(ptrun_pickle **out, const uint8_t *bytes, size_t size,
                                              size_t *used, ptrun_error *err);
void ptrun_pickle_close(ptrun_pickle **pickle);

/* What the pickle stands for. */
ptrun_pickle_id ptrun_pickle_top(const ptrun_pickle *pickle);

/* One more than the largest number of a value. */
size_t ptrun_pickle_count(const ptrun_pickle *pickle);

/* Borrowed until close; a NONE for 0. */
const ptrun_pickle_value *ptrun_pickle_get(const ptrun_pickle *pickle, ptrun_pickle_id id);

/* Children one by one: set *link to the value's `first`, then call until the answer is 0. */
ptrun_pickle_id ptrun_pickle_next(const ptrun_pickle *pickle, uint32_t *link);

/* The child of that number from 0, or 0. */
ptrun_pickle_id ptrun_pickle_child(const ptrun_pickle *pickle, ptrun_pickle_id id, uint32_t index);

/* Whether the value is the string `text`. */
bool ptrun_pickle_is_text(const ptrun_pickle *pickle, ptrun_pickle_id id, const char *text);

/* Whether the value is the class `name` of `module`. */
bool ptrun_pickle_is_class(const ptrun_pickle *pickle, ptrun_pickle_id id, const char *module,
                           const char *name);

#endif
