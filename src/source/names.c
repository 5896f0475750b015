#include "source/names.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

/* Room for one more element; doubles. */
static bool grow(void *array_pointer, size_t count, size_t *capacity, size_t size)
{
    if (count < *capacity) return true;
    size_t wanted = *capacity ? *capacity * 2 : 64;
    void *old, *grown;
    memcpy(&old, array_pointer, sizeof old);
    grown = ptrun_mem_resize(old, wanted, size);
    if (!grown) return false;
    memcpy(array_pointer, &grown, sizeof grown);
    *capacity = wanted;
    return true;
}

bool ptrun_names_add(ptrun_names *names, int32_t folder, const char *name, size_t length, ptrun_name_kind kind,
                     int reason)
{
    if (!grow(&names->entries, names->count, &names->capacity, sizeof *names->entries)) return false;
    uint64_t offset = names->arena.length;
    ptrun_buf_put(&names->arena, name, length);
    ptrun_buf_putc(&names->arena, '\0');
    if (names->arena.failed) return false;
    names->entries[names->count++] =
        (ptrun_name){.offset = offset, .folder = folder, .kind = (uint16_t)kind, .reason = (uint16_t)reason};
    return true;
}

bool ptrun_names_add_folder(ptrun_names *names, const char *path, int32_t *folder)
{
    if (names->n_folders >= INT32_MAX ||
        !grow(&names->folders, names->n_folders, &names->folder_capacity, sizeof *names->folders))
        return false;
    uint64_t offset = names->arena.length;
    size_t length = strlen(path);
    ptrun_buf_put(&names->arena, path, length);
    if (length && path[length - 1] != '/') ptrun_buf_putc(&names->arena, '/');
    ptrun_buf_putc(&names->arena, '\0');
    if (names->arena.failed) return false;
    *folder = (int32_t)names->n_folders;
    names->folders[names->n_folders++] = offset;
    return true;
}

void ptrun_names_path(const ptrun_names *names, size_t index, ptrun_buf *path)
{
    const ptrun_name *entry = &names->entries[index];
    ptrun_buf_clear(path);
    if (entry->folder != PTRUN_NAMES_NO_FOLDER) ptrun_buf_puts(path, names->arena.data + names->folders[entry->folder]);
    ptrun_buf_puts(path, names->arena.data + entry->offset);
}

void ptrun_names_release(ptrun_names *names)
{
    ptrun_buf_release(&names->arena);
    free(names->entries);
    free(names->folders);
    *names = (ptrun_names){0};
}
