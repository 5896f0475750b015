#include "base/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

bool ptrun_mem_mul(size_t a, size_t b, size_t *product)
{
    if (b && a > SIZE_MAX / b) return false;
    *product = a * b;
    return true;
}

void *ptrun_mem_alloc(size_t count, size_t size)
{
    return ptrun_mem_resize(NULL, count, size);
}

void *ptrun_mem_zalloc(size_t count, size_t size)
{
    return calloc(count ? count : 1, size ? size : 1);
}

void *ptrun_mem_resize(void *old, size_t count, size_t size)
{
    size_t bytes;
    if (!ptrun_mem_mul(count, size, &bytes) || bytes > PTRDIFF_MAX) return NULL;
    return realloc(old, bytes ? bytes : 1);
}

char *ptrun_mem_strdup(const char *text, size_t length)
{
    char *copy = length < SIZE_MAX ? ptrun_mem_alloc(length + 1, 1) : NULL;
    if (!copy) return NULL;
    if (length) memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

void ptrun_mem_release(void *pointer_to_pointer)
{
    void *pointer;
    memcpy(&pointer, pointer_to_pointer, sizeof pointer);
    free(pointer);
    memset(pointer_to_pointer, 0, sizeof pointer);
}

void ptrun_mem_keep(void)
{
#ifdef __GLIBC__
    mallopt(M_ARENA_MAX, 1); /* the arenas of other threads are made of pieces of 64 MiB, which come and go */
    mallopt(M_MMAP_THRESHOLD, 256 << 20);
    mallopt(M_TRIM_THRESHOLD, 512 << 20);
#endif
}

/* malloc takes its heap from the kernel at the end of the data segment: let it take much at once, and mark that. */
void ptrun_mem_use_huge_pages(void)
{
#ifdef __GLIBC__
    enum { PAGE = 2 << 20, GROWTH = 128 << 20, SPARE = 384 << 20 };
    uintptr_t before = (uintptr_t)sbrk(0);
    mallopt(M_TOP_PAD, SPARE);
    void *volatile grown = malloc(GROWTH); /* volatile: or the compiler leaves both calls out */
    free(grown);
    mallopt(M_TOP_PAD, 0);
    uintptr_t first = (before + PAGE - 1) / PAGE * PAGE, end = (uintptr_t)sbrk(0) / PAGE * PAGE;
    if (first < end) (void)madvise((void *)first, end - first, MADV_HUGEPAGE);
#endif
}
