/* The two passes of a resize, once for each instruction set, behind one table. All give the same bytes:
 * integer sums do not depend on their order. */
#ifndef PTRUN_PREP_RESIZE_KERNEL_H
#define PTRUN_PREP_RESIZE_KERNEL_H

#include "prep/weights.h"

#include <stddef.h>

/* One pass. Rows are `in_stride` and `out_stride` bytes apart. */
typedef struct ptrun_resize_pass {
    const ptrun_axis *axis;
    int32_t base;  /* the source position (column or row) that `in` stands at: axis->start[] counts from 0 */
    int32_t end;   /* the source position after the last one that may be read */
    int32_t lines; /* horizontal: rows to resize; vertical: bytes in a row */
    int32_t channels; /* 1 or 3 interleaved (horizontal) */
    const uint8_t *in;
    size_t in_stride;
    uint8_t *out;
    size_t out_stride;
    void *memory; /* as many bytes as the kernel asked for, aligned to 64 */
} ptrun_resize_pass;

typedef struct ptrun_resize_kernel {
    const char *name; /* "avx512" */
    bool (*usable)(void);
    size_t (*memory)(const ptrun_axis *axis); /* bytes that a pass along `axis` needs */
    void (*horizontal)(const ptrun_resize_pass *pass);
    void (*vertical)(const ptrun_resize_pass *pass);
} ptrun_resize_kernel;

extern const ptrun_resize_kernel ptrun_resize_plain, ptrun_resize_avx2, ptrun_resize_avx512,
    ptrun_resize_neon;

/* The fastest kernel that this processor can run, or the one that the environment variable PTRUN_CPU
 * names (plain, avx2, avx512, neon), so that tests can compare them; a name that is unknown or cannot run
 * here is no choice. Static. */
const ptrun_resize_kernel *ptrun_resize_kernel_choose(void);

#endif
