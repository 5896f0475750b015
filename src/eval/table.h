/* A hash table from byte strings to numbers. Keys are copied; entries keep the order in which they came. */
#ifndef PTRUN_EVAL_TABLE_H
#define PTRUN_EVAL_TABLE_H

#include "base/buf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ptrun_table_entry {
    size_t offset, length; /* of the key in `keys` */
    uint64_t hash;
    int64_t value;
} ptrun_table_entry;

/* The zero value is empty. */
typedef struct ptrun_table {
    ptrun_buf keys; /* each with a NUL behind it */
    ptrun_table_entry *entries;
    size_t count;
    uint32_t *slots; /* index of the entry plus 1; 0: free; a power of two of them */
    size_t n_slots;
} ptrun_table;

/* The entry of the key, or NULL. Borrowed until the next ptrun_table_add. */
ptrun_table_entry *ptrun_table_find(const ptrun_table *table, const void *key, size_t length);

/* The entry of the key, made with `value` where there is none. NULL where memory runs out. */
ptrun_table_entry *ptrun_table_add(ptrun_table *table, const void *key, size_t length, int64_t value);

/* Borrowed until the next ptrun_table_add. */
const char *ptrun_table_key(const ptrun_table *table, const ptrun_table_entry *entry);

/* The hash that the table uses: FNV-1a, 64 bits, its halves mixed. */
uint64_t ptrun_table_hash(const void *key, size_t length);

void ptrun_table_release(ptrun_table *table);

#endif
