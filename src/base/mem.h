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

#endif
