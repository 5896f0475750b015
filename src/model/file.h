/* A model file: its bytes, what kind of file it is, its records, whether they are whole. Nothing here
 * loads it: only the archive's own tables are read, so a hostile file costs no more than its size. */
#ifndef PTRUN_MODEL_FILE_H
#define PTRUN_MODEL_FILE_H

#include "base/buf.h"
#include "ptrun/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One record (member) of the archive; strings and bytes are borrowed from the file. */
typedef struct ptrun_model_record {
    const char *name; /* without the archive's top folder: "data/0", "extra/ptrun.json"; NUL-terminated */
    const uint8_t *stored; /* the bytes as they lie in the file */
    uint64_t stored_size;
    uint64_t size; /* after inflating */
    uint32_t crc;
    uint16_t method; /* 0: stored, 8: deflated */
} ptrun_model_record;

/* An open model file. Immutable after opening: any number of threads may read it. Opaque. */
typedef struct ptrun_model_file ptrun_model_file;

/* Map the file, find out what it is and read the archive's tables (central directory against local
 * headers, names, overlaps, sizes). Anything but a TorchScript archive is refused with its own status:
 * MODEL_NOT_FOUND, MODEL_UNREADABLE, MODEL_EMPTY, MODEL_TRUNCATED, MODEL_CORRUPT, MODEL_IS_*,
 * MODEL_TOO_OLD, MODEL_UNKNOWN_FORMAT, OUT_OF_MEMORY; the detail says what was found. */
PTRUN_MUST_USE ptrun_status ptrun_model_file_open(ptrun_model_file **out, const char *path, ptrun_error *err);
void ptrun_model_file_close(ptrun_model_file **file);

const uint8_t *ptrun_model_file_bytes(const ptrun_model_file *file, size_t *size);

size_t ptrun_model_file_count(const ptrun_model_file *file);
const ptrun_model_record *ptrun_model_file_record(const ptrun_model_file *file, size_t index);

/* The record of that name, or NULL. */
const ptrun_model_record *ptrun_model_file_find(const ptrun_model_file *file, const char *name);

/* Append the record's content to `out`. MODEL_CORRUPT (a wrong CRC-32, compressed data that does not give
 * exactly the size that the archive says, more than `limit` bytes; the detail names the record),
 * OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_model_record_read(const ptrun_model_record *record, size_t limit,
                                                    ptrun_buf *out, ptrun_error *err);

/* The same checks without keeping the content: a little memory, whatever the size. Any thread. */
PTRUN_MUST_USE ptrun_status ptrun_model_record_check(const ptrun_model_record *record, ptrun_error *err);

/* Whether the archive is whole: ptrun_model_record_check of every record, then that the tensors of its
 * pickles can be followed and lie within their records (ptrun_model_facts_read), beyond which LibTorch would
 * read. The first fault: MODEL_CORRUPT, OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_model_file_check(const ptrun_model_file *file, ptrun_error *err);

/* SHA-256 of the whole file as 64 lower-case hex digits and a NUL. */
void ptrun_model_file_sha256(const ptrun_model_file *file, char hex[65]);

#endif
