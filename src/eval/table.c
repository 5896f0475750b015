#include "eval/table.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_SLOTS = 64 };

uint64_t ptrun_table_hash(const void *key, size_t length)
{
    const unsigned char *bytes = key;
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < length; i++) hash = (hash ^ bytes[i]) * UINT64_C(1099511628211);
    return hash ^ hash >> 32; /* the low bits choose the slot */
}

static size_t slot_of(const ptrun_table *table, const void *key, size_t length, uint64_t hash)
{
    size_t slot = (size_t)hash & (table->n_slots - 1);
    for (; table->slots[slot]; slot = (slot + 1) & (table->n_slots - 1)) {
        const ptrun_table_entry *entry = &table->entries[table->slots[slot] - 1];
        if (entry->hash == hash && entry->length == length &&
            memcmp(ptrun_table_key(table, entry), key, length) == 0)
            break;
    }
    return slot;
}

ptrun_table_entry *ptrun_table_find(const ptrun_table *table, const void *key, size_t length)
{
    if (table->count == 0) return NULL;
    uint32_t index = table->slots[slot_of(table, key, length, ptrun_table_hash(key, length))];
    return index ? &table->entries[index - 1] : NULL;
}

/* Room for one more entry, at most half of the slots taken. */
static bool grow(ptrun_table *table)
{
    if (table->n_slots > 2 * table->count) return true;
    size_t n_slots = table->n_slots ? 2 * table->n_slots : FIRST_SLOTS;
    if (n_slots > UINT32_MAX) return false;
    ptrun_table_entry *entries = ptrun_mem_resize(table->entries, n_slots / 2, sizeof *entries);
    if (!entries) return false;
    table->entries = entries;
    uint32_t *slots = ptrun_mem_zalloc(n_slots, sizeof *slots);
    if (!slots) return false;
    free(table->slots);
    table->slots = slots, table->n_slots = n_slots;
    for (size_t i = 0; i < table->count; i++) {
        size_t slot = (size_t)entries[i].hash & (n_slots - 1);
        while (slots[slot]) slot = (slot + 1) & (n_slots - 1);
        slots[slot] = (uint32_t)i + 1;
    }
    return true;
}

ptrun_table_entry *ptrun_table_add(ptrun_table *table, const void *key, size_t length, int64_t value)
{
    if (!grow(table)) return NULL;
    uint64_t hash = ptrun_table_hash(key, length);
    size_t slot = slot_of(table, key, length, hash);
    if (table->slots[slot]) return &table->entries[table->slots[slot] - 1];
    size_t offset = table->keys.length;
    ptrun_buf_put(&table->keys, key, length);
    ptrun_buf_putc(&table->keys, '\0');
    if (table->keys.failed) return NULL;
    ptrun_table_entry *entry = &table->entries[table->count++];
    *entry = (ptrun_table_entry){.offset = offset, .length = length, .hash = hash, .value = value};
    table->slots[slot] = (uint32_t)table->count;
    return entry;
}

const char *ptrun_table_key(const ptrun_table *table, const ptrun_table_entry *entry)
{
    return table->keys.data + entry->offset;
}

void ptrun_table_release(ptrun_table *table)
{
    ptrun_buf_release(&table->keys);
    free(table->entries);
    free(table->slots);
    *table = (ptrun_table){0};
}
