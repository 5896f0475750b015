/* Memory with checked sizes. Every function returns NULL instead of a wrapped size. Any thread. */
#ifndef PTRUN_BASE_MEM_H
#define PTRUN_BASE_MEM_H

#include <stdbool.h>
#include <stddef.h>

/* count * size bytes, uninitialised, or NULL. At least one byte is asked for. Given to the caller: free(). */
void *ptrun_mem_alloc(size_t count, size_t size);

/* As ptrun_mem_alloc, zeroed. */
void *ptrun_mem_zalloc(size_t count, size_t size);

/* Grow to count * size bytes. On failure NULL, and `old` stays as it was. */
void *ptrun_mem_resize(void *old, size_t count, size_t size);

/* A copy of `length` bytes with a terminating NUL, or NULL. Given to the caller: free(). */
char *ptrun_mem_strdup(const char *text, size_t length);

/* *product = a * b; false where it does not fit. */
bool ptrun_mem_mul(size_t a, size_t b, size_t *product);

/* free(*pointer) and clear it; a NULL content is fine. */
void ptrun_mem_release(void *pointer_to_pointer);

/* Let the process keep what is freed, up to half a gigabyte, for what is allocated next. A forward takes and frees tens
 * of megabytes again and again; returned to the kernel each time, they would have to be cleared anew: measured, a fifth of
 * the time of a ResNet-18. Once, before other threads start. Does nothing where the C library is not glibc. */
void ptrun_mem_keep(void);

/* Let the heap's next half gigabyte be huge pages, where the kernel gives them to who asks. For long runs: a forward takes
 * 2 to 4 % less, but fresh huge pages cost a single image more than they save where a virtual machine has to fetch them from
 * its host. After ptrun_mem_keep; does nothing where malloc is not glibc's. */
void ptrun_mem_use_huge_pages(void);

#endif
