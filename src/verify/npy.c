#include "verify/npy.h"

#include <string.h>

enum { MAX_DIM = INT32_MAX };

/* The header's text, a Python dict of literals that NumPy always writes in the same way. */
typedef struct {
    const char *at, *end;
} text;

static bool skip(text *t, const char *word)
{
    size_t length = strlen(word);
    if ((size_t)(t->end - t->at) < length || memcmp(t->at, word, length) != 0) return false;
    t->at += length;
    return true;
}

static bool read_dim(text *t, int64_t *dim)
{
    const char *begin = t->at;
    for (*dim = 0; t->at < t->end && *t->at >= '0' && *t->at <= '9' && *dim <= MAX_DIM; t->at++)
        *dim = *dim * 10 + (*t->at - '0');
    return t->at > begin && *dim <= MAX_DIM;
}

/* "()", "(3,)", "(1, 3, 224, 224)" */
static bool read_shape(text *t, ptrun_npy *out)
{
    if (!skip(t, "(")) return false;
    while (!skip(t, ")")) {
        if (out->rank == sizeof out->dims / sizeof *out->dims || !read_dim(t, &out->dims[out->rank]))
            return false;
        out->rank++;
        if (skip(t, ",")) (void)skip(t, " ");
    }
    return true;
}

static bool read_dict(text *t, ptrun_npy *out)
{
    if (!skip(t, "{'descr': '")) return false;
    const char *quote = memchr(t->at, '\'', (size_t)(t->end - t->at));
    if (!quote || (size_t)(quote - t->at) >= sizeof out->dtype) return false;
    memcpy(out->dtype, t->at, (size_t)(quote - t->at));
    t->at = quote;
    return skip(t, "', 'fortran_order': False, 'shape': ") && read_shape(t, out);
}

bool ptrun_npy_parse(ptrun_npy *out, const void *bytes, size_t size)
{
    static const char magic[] = "\x93NUMPY";
    const uint8_t *p = bytes;
    *out = (ptrun_npy){0};
    if (size < 12 || memcmp(p, magic, sizeof magic - 1) != 0 || p[6] < 1 || p[6] > 3) return false;
    size_t begin = p[6] == 1 ? 10 : 12;
    size_t length = (size_t)p[8] | (size_t)p[9] << 8;
    if (p[6] > 1) length |= (size_t)p[10] << 16 | (size_t)p[11] << 24;
    if (length > size - begin) return false;
    text header = {(const char *)p + begin, (const char *)p + begin + length};
    out->elements = p + begin + length;
    out->size = size - begin - length;
    return read_dict(&header, out);
}
