#include "model/labels.h"

#include "base/error.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"

#include <string.h>

enum { MAX_BYTES = 64 << 20 };

static ptrun_status add_label(ptrun_recipe *recipe, const char *line, size_t length, ptrun_error *err)
{
    size_t number = recipe->n_labels + 1;
    if (length && line[length - 1] == '\r') length--;
    if (!ptrun_str_is_utf8(line, length))
        return ptrun_fail(err, PTRUN_LABELS_INVALID, "line %zu: not UTF-8", number);
    if (memchr(line, '\0', length))
        return ptrun_fail(err, PTRUN_LABELS_INVALID, "line %zu: a NUL character", number);
    char **place = &recipe->labels[recipe->n_labels++];
    if (length == 0) return PTRUN_OK;
    *place = ptrun_mem_strdup(line, length);
    return *place ? PTRUN_OK : ptrun_fail_memory(err, "the labels");
}

static size_t count_lines(const char *text, const char *end)
{
    size_t count = 1;
    for (const char *p = text; (p = memchr(p, '\n', (size_t)(end - p))); p++) count++;
    return count;
}

static ptrun_status split_lines(ptrun_recipe *recipe, const char *text, const char *end, ptrun_error *err)
{
    recipe->labels = ptrun_mem_zalloc(count_lines(text, end), sizeof *recipe->labels);
    if (!recipe->labels) return ptrun_fail_memory(err, "the labels");
    ptrun_status status = PTRUN_OK;
    while (text < end && status == PTRUN_OK) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *line_end = newline ? newline : end;
        status = add_label(recipe, text, (size_t)(line_end - text), err);
        text = newline ? newline + 1 : end;
    }
    return status;
}

ptrun_status ptrun_labels_read(ptrun_recipe *recipe, const char *path, ptrun_error *err)
{
    ptrun_bytes bytes;
    ptrun_error cause = {0};
    ptrun_status status = ptrun_fs_read_given(path, MAX_BYTES, &bytes, &cause);
    if (status == PTRUN_OUT_OF_MEMORY) return ptrun_fail_memory(err, "the labels");
    if (status != PTRUN_OK) return ptrun_fail(err, PTRUN_LABELS_INVALID, "%s", ptrun_error_message(&cause));
    const char *text = (const char *)bytes.data;
    size_t skip = bytes.size >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    if (bytes.size == skip) status = ptrun_fail(err, PTRUN_LABELS_INVALID, "%s", "the file holds no label");
    else status = split_lines(recipe, text + skip, text + bytes.size, err);
    ptrun_bytes_release(&bytes);
    return status;
}
