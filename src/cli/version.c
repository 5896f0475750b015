#include "cli/version.h"

#include "base/hash.h"
#include "base/str.h"
#include "image/decoder.h"
#include "json/json.h"

#include <stdio.h>
#include <string.h>

enum { LIBRARY_SIZE = 128 };

/* The libraries one by one, as often as they are used: false beyond the last. */
static bool use(size_t index, char name[LIBRARY_SIZE])
{
    size_t n_decoders;
    const ptrun_decoder *decoders = ptrun_decoder_table(&n_decoders);
    if (index < n_decoders) {
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

/* The next library that was not named before; a decoder without one names no number. */
static bool next_library(size_t *index, char name[LIBRARY_SIZE])
{
    for (; use(*index, name); ++*index) {
        char earlier[LIBRARY_SIZE];
        bool fresh = strpbrk(name, "0123456789") != NULL;
        for (size_t i = 0; i < *index && fresh && use(i, earlier); i++)
            fresh = !ptrun_str_equal(name, earlier);
        if (!fresh) continue;
        ++*index;
        return true;
    }
    return false;
}

void ptrun_version_text(ptrun_buf *out, const char *indent)
{
    char name[LIBRARY_SIZE];
    ptrun_buf_printf(out, "%sptrun %s\n", indent, PTRUN_VERSION);
    for (size_t i = 0; next_library(&i, name);) ptrun_buf_printf(out, "%s%s\n", indent, name);
}

void ptrun_version_json(ptrun_json_writer *w)
{
    char name[LIBRARY_SIZE];
    ptrun_json_begin_array(w);
    for (size_t i = 0; next_library(&i, name);) ptrun_json_put_text(w, name);
    ptrun_json_end_array(w);
}
