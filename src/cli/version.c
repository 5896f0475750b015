#include "cli/version.h"

#include "base/hash.h"
#include "base/str.h"
#include "image/decoder.h"
#include "json/json.h"

#include <stdio.h>

enum { LIBRARY_SIZE = 128 };

/* Several decoders may share a library; it is named at its first row. */
static bool is_repeated(const ptrun_decoder *rows, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (ptrun_str_equal(rows[i].version(), rows[index].version())) return true;
    return false;
}

/* The libraries one by one: false beyond the last. An empty name is to be passed over. */
static bool library(size_t index, char name[LIBRARY_SIZE])
{
    size_t n_decoders;
    const ptrun_decoder *decoders = ptrun_decoder_table(&n_decoders);
    name[0] = '\0';
    if (index < n_decoders) {
        if (decoders[index].decode && !is_repeated(decoders, index))
            snprintf(name, LIBRARY_SIZE, "%s", decoders[index].version());
        return true;
    }
    switch (index - n_decoders) {
    case 0: snprintf(name, LIBRARY_SIZE, "zlib %s", ptrun_crc32_library()); return true;
    case 1: snprintf(name, LIBRARY_SIZE, "nettle %s", ptrun_sha256_library()); return true;
    case 2: snprintf(name, LIBRARY_SIZE, "cJSON %s", ptrun_json_library()); return true;
    default: return false;
    }
}

void ptrun_version_text(ptrun_buf *out, const char *indent)
{
    char name[LIBRARY_SIZE];
    ptrun_buf_printf(out, "%sptrun %s\n", indent, PTRUN_VERSION);
    for (size_t i = 0; library(i, name); i++)
        if (name[0]) ptrun_buf_printf(out, "%s%s\n", indent, name);
}

void ptrun_version_json(ptrun_json_writer *w)
{
    char name[LIBRARY_SIZE];
    ptrun_json_begin_array(w);
    for (size_t i = 0; library(i, name); i++)
        if (name[0]) ptrun_json_put_text(w, name);
    ptrun_json_end_array(w);
}
