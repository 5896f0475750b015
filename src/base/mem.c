#include "base/mem.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
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

#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
static bool huge_pages_are_for_who_asks(void)
{
    char modes[64] = "";
    int fd = open("/sys/kernel/mm/transparent_hugepage/enabled", O_RDONLY | O_CLOEXEC);
    if (fd < 0) return false;
    ssize_t length = read(fd, modes, sizeof modes - 1);
    close(fd);
    return length > 0 && strstr(modes, "[madvise]");
}

void ptrun_mem_ask_for_huge_pages(char **argv)
{
    if (getenv("GLIBC_TUNABLES") || !huge_pages_are_for_who_asks()) return;
    if (setenv("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1", 0) == 0) execv("/proc/self/exe", argv);
}
#else
void ptrun_mem_ask_for_huge_pages(char **argv)
{
    (void)argv;
}
#endif
