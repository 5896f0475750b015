#include "base/error.h"
#include "base/hash.h"
#include "model/file.h"

#include <limits.h>
#include <zlib.h>

enum { BLOCK = 32768 };

/* What becomes of the content, piece by piece. */
typedef struct {
    uint32_t crc;
    ptrun_buf *out; /* NULL: only the checksum is wanted */
} sink;

static void put(sink *s, const void *bytes, size_t length)
{
    s->crc = ptrun_crc32(s->crc, bytes, length);
    if (s->out) ptrun_buf_put(s->out, bytes, length);
}

static ptrun_status corrupt(const ptrun_model_record *record, const char *what, ptrun_error *err)
{
    return ptrun_fail(err, PTRUN_MODEL_CORRUPT, "record \"%.200s\": %s", record->name, what);
}

/* One stream that fills `size` exactly and uses all of `stored_size`; zlib counts input in unsigned int. */
static ptrun_status inflate_all(const ptrun_model_record *record, z_stream *stream, sink *s, ptrun_error *err)
{
    uint64_t rest = record->stored_size, room = record->size;
    int status = Z_OK;
    while (status == Z_OK) {
        uint8_t block[BLOCK];
        uInt given = rest < UINT_MAX ? (uInt)rest : UINT_MAX;
        stream->next_in = (z_const Bytef *)(record->stored + (record->stored_size - rest));
        stream->avail_in = given;
        stream->next_out = block;
        stream->avail_out = BLOCK;
        status = inflate(stream, Z_NO_FLUSH);
        size_t made = BLOCK - stream->avail_out;
        if (made > room) return corrupt(record, "its compressed data is damaged", err);
        rest -= given - stream->avail_in;
        room -= made;
        put(s, block, made);
    }
    if (status == Z_MEM_ERROR) return ptrun_fail_memory(err, "inflating a record");
    bool whole = status == Z_STREAM_END && rest == 0 && room == 0;
    return whole ? PTRUN_OK : corrupt(record, "its compressed data is damaged", err);
}

static ptrun_status inflate_record(const ptrun_model_record *record, sink *s, ptrun_error *err)
{
    z_stream stream = {0};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return ptrun_fail_memory(err, "inflating a record");
    ptrun_status status = inflate_all(record, &stream, s, err);
    inflateEnd(&stream);
    return status;
}

static ptrun_status walk(const ptrun_model_record *record, sink *s, ptrun_error *err)
{
    ptrun_status status = PTRUN_OK;
    if (record->method == 0) put(s, record->stored, (size_t)record->stored_size);
    else status = inflate_record(record, s, err);
    if (status != PTRUN_OK) return status;
    if (s->crc != record->crc) return corrupt(record, "its checksum (CRC-32) is wrong", err);
    return s->out && s->out->failed ? ptrun_fail_memory(err, "a record of the model") : PTRUN_OK;
}

ptrun_status ptrun_model_record_read(const ptrun_model_record *record, size_t limit, ptrun_buf *out,
                                     ptrun_error *err)
{
    if (record->size > limit) return corrupt(record, "it is too large", err);
    return walk(record, &(sink){.out = out}, err);
}

ptrun_status ptrun_model_record_check(const ptrun_model_record *record, ptrun_error *err)
{
    return walk(record, &(sink){0}, err);
}
