/* Arrays as NumPy saves them: format .npy, versions 1 to 3 (numpy 2.4, numpy/lib/_format_impl.py). Within
 * verify/ only. */
#ifndef PTRUN_VERIFY_NPY_H
#define PTRUN_VERIFY_NPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An array in C order; `elements` is borrowed from the file's bytes. */
typedef struct ptrun_npy {
    char dtype[8]; /* "<f4", "|u1" */
    int32_t rank;
    int64_t dims[8];
    const uint8_t *elements;
    size_t size; /* bytes */
} ptrun_npy;

/* False for what is no such file, for Fortran order, and for more than 8 dimensions. That dims, dtype and
 * size agree is the caller's to check. */
bool ptrun_npy_parse(ptrun_npy *out, const void *bytes, size_t size);

#endif
