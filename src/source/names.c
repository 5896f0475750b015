#include "source/names.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* An entry: how many bytes it shares, twice the number of the others (and 1 where it is no ordinary file, followed by its
 * kind and reason), the other bytes. Numbers are in groups of 7 bits, the lowest first, with the top bit set in all
 * but the last. */
enum { BLOCK_SIZE = 16384, NUMBERS_SIZE = 4 * 10 }; /* four numbers of 64 bits */

struct ptrun_names_block {
    ptrun_names_block *next;
    size_t first; /* index of its first entry */
    size_t length, capacity;
    unsigned char bytes[];
};

static bool add_block(ptrun_names *names, size_t wanted)
{
    size_t capacity = BLOCK_SIZE - sizeof(ptrun_names_block);
    if (capacity < wanted) capacity = wanted;
    ptrun_names_block *block = ptrun_mem_alloc(sizeof *block + capacity, 1);
    if (!block) return false;
    *block = (ptrun_names_block){.first = names->count, .capacity = capacity};
    if (names->last) names->last->next = block;
    else names->first = block;
    names->last = block;
    return true;
}

static void put_number(ptrun_names_block *block, size_t number)
{
    for (; number >= 0x80; number >>= 7) block->bytes[block->length++] = (unsigned char)(number | 0x80);
    block->bytes[block->length++] = (unsigned char)number;
}

static size_t take_number(ptrun_names_reader *reader)
{
    size_t number = 0;
    for (unsigned shift = 0;; shift += 7) {
        unsigned char byte = reader->block->bytes[reader->offset++];
        number |= (size_t)(byte & 0x7F) << shift;
        if (byte < 0x80) return number;
    }
}

static size_t count_shared(const ptrun_buf *previous, const char *path, size_t length)
{
    size_t most = length < previous->length ? length : previous->length, shared = 0;
    while (shared < most && previous->data[shared] == path[shared]) shared++;
    return shared;
}

/* Remember `path` for the one that comes behind it, `shared` bytes of which are there already. */
static bool remember(ptrun_buf *previous, const char *path, size_t length, size_t shared)
{
    previous->length = shared;
    ptrun_buf_put(previous, path + shared, length - shared);
    if (!previous->failed) return true;
    ptrun_buf_clear(previous); /* the next path shares nothing, which is always right */
    return false;
}

bool ptrun_names_add(ptrun_names *names, const char *path, size_t length, ptrun_name_kind kind, int reason)
{
    size_t shared = count_shared(&names->previous, path, length);
    if (!names->last || names->last->capacity - names->last->length < NUMBERS_SIZE + length - shared) {
        if (!add_block(names, NUMBERS_SIZE + length)) return false;
        shared = 0;
    }
    if (!remember(&names->previous, path, length, shared)) return false;
    ptrun_names_block *block = names->last;
    bool ordinary = kind == PTRUN_NAME_FILE && reason == 0;
    put_number(block, shared);
    put_number(block, (length - shared) * 2 + !ordinary);
    if (!ordinary) {
        put_number(block, (size_t)kind);
        put_number(block, (size_t)reason);
    }
    memcpy(block->bytes + block->length, path + shared, length - shared);
    block->length += length - shared;
    names->count++;
    return true;
}

static void begin_block(ptrun_names_reader *reader, const ptrun_names_block *block)
{
    reader->block = block;
    reader->offset = 0;
    reader->next = block->first;
    ptrun_buf_clear(&reader->path);
}

static void take_entry(ptrun_names_reader *reader)
{
    size_t shared = take_number(reader), number = take_number(reader), length = number / 2;
    bool ordinary = number % 2 == 0;
    reader->kind = ordinary ? PTRUN_NAME_FILE : (ptrun_name_kind)take_number(reader);
    reader->reason = ordinary ? 0 : (int)take_number(reader);
    reader->path.length = shared;
    ptrun_buf_put(&reader->path, reader->block->bytes + reader->offset, length);
    reader->offset += length;
    reader->next++;
}

bool ptrun_names_read(const ptrun_names *names, size_t index, ptrun_names_reader *reader)
{
    if (!reader->block || index < reader->block->first) begin_block(reader, names->first);
    else if (index < reader->next) begin_block(reader, reader->block);
    while (reader->block->next && index >= reader->block->next->first) begin_block(reader, reader->block->next);
    while (reader->next <= index && !reader->path.failed) take_entry(reader);
    if (reader->path.failed) reader->block = NULL; /* begins anew */
    return !reader->path.failed;
}

void ptrun_names_reader_release(ptrun_names_reader *reader)
{
    ptrun_buf_release(&reader->path);
    *reader = (ptrun_names_reader){0};
}

void ptrun_names_release(ptrun_names *names)
{
    for (ptrun_names_block *block = names->first, *next; block; block = next) {
        next = block->next;
        free(block);
    }
    ptrun_buf_release(&names->previous);
    *names = (ptrun_names){0};
}
