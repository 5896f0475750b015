#include "model/file.h"

#include "base/error.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/str.h"
#include "model/archive.h"
#include "model/facts.h"
#include "model/kind.h"

struct ptrun_model_file {
    ptrun_bytes bytes;
    ptrun_archive archive;
};

static ptrun_status map_file(const char *path, ptrun_bytes *bytes, ptrun_error *err)
{
    ptrun_error cause = {0};
    switch (ptrun_fs_map(path, bytes, &cause)) {
    case PTRUN_OK: return PTRUN_OK;
    case PTRUN_FILE_NOT_FOUND:
        return ptrun_fail(err, PTRUN_MODEL_NOT_FOUND, "%s", ptrun_error_message(&cause));
    case PTRUN_OUT_OF_MEMORY: return ptrun_fail_memory(err, "the model file");
    default: return ptrun_fail(err, PTRUN_MODEL_UNREADABLE, "%s", ptrun_error_message(&cause));
    }
}

static ptrun_status recognise(ptrun_model_file *file, ptrun_error *err)
{
    const uint8_t *bytes = file->bytes.data;
    size_t size = file->bytes.size;
    if (!ptrun_kind_is_zip(bytes, size)) return ptrun_kind_refuse(bytes, size, err);
    ptrun_status status = ptrun_archive_open(&file->archive, bytes, size, err);
    return status == PTRUN_OK ? ptrun_kind_check_archive(&file->archive, err) : status;
}

ptrun_status ptrun_model_file_open(ptrun_model_file **out, const char *path, ptrun_error *err)
{
    *out = NULL;
    ptrun_model_file *file = ptrun_mem_zalloc(1, sizeof *file);
    if (!file) return ptrun_fail_memory(err, "the model file");
    ptrun_status status = map_file(path, &file->bytes, err);
    if (status == PTRUN_OK) status = recognise(file, err);
    if (status != PTRUN_OK) ptrun_model_file_close(&file);
    *out = file;
    return status;
}

void ptrun_model_file_close(ptrun_model_file **file)
{
    if (*file) {
        ptrun_archive_release(&(*file)->archive);
        ptrun_bytes_release(&(*file)->bytes);
    }
    ptrun_mem_release(file);
}

const uint8_t *ptrun_model_file_bytes(const ptrun_model_file *file, size_t *size)
{
    *size = file->bytes.size;
    return file->bytes.data;
}

size_t ptrun_model_file_count(const ptrun_model_file *file)
{
    return file->archive.count;
}

const ptrun_model_record *ptrun_model_file_record(const ptrun_model_file *file, size_t index)
{
    return &file->archive.records[index];
}

const ptrun_model_record *ptrun_model_file_find(const ptrun_model_file *file, const char *name)
{
    return ptrun_archive_find(&file->archive, name);
}

ptrun_status ptrun_model_file_check(const ptrun_model_file *file, ptrun_error *err)
{
    for (size_t i = 0; i < file->archive.count; i++) {
        ptrun_status status = ptrun_model_record_check(&file->archive.records[i], err);
        if (status != PTRUN_OK) return status;
    }
    ptrun_model_facts facts; /* read only for what it refuses */
    ptrun_status status = ptrun_model_facts_read(&facts, file, err);
    ptrun_model_facts_release(&facts);
    return status;
}

void ptrun_model_file_sha256(const ptrun_model_file *file, char hex[65])
{
    uint8_t digest[32];
    ptrun_sha256(file->bytes.data, file->bytes.size, digest);
    ptrun_str_hex32(hex, digest);
}
