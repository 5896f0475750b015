/* libFuzzer target: any bytes as a model file and as a pickle. Beside the sanitizers' silence it asks that a
 * refusal is a model's and says why, that records lie in the file, and that a name finds its record.
 *
 *   clang -std=c11 -D_GNU_SOURCE -g -O1 -fsanitize=fuzzer,address,undefined -Iinclude -Isrc \
 *     tests/fuzz/fuzz_model_file.c src/model/[!.]*.c src/json/[!.]*.c src/base/[!.]*.c src/prep/recipe.c \
 *     src/prep/geometry.c -lcjson -lz -lnettle -lpthread -ldl -lm -o fuzz_model_file */
#include "model/archive.h"
#include "model/kind.h"
#include "model/weights.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool condition)
{
    if (!condition) abort();
}

static void use_records(const ptrun_archive *archive, const uint8_t *bytes, size_t size)
{
    ptrun_error err = {0};
    for (size_t i = 0; i < archive->count; i++) {
        const ptrun_model_record *record = &archive->records[i];
        require(record->stored >= bytes && record->stored_size <= size);
        require((size_t)(record->stored - bytes) <= size - record->stored_size);
        require(ptrun_archive_find(archive, record->name) == record);
        if (ptrun_model_record_check(record, &err) != PTRUN_OK) require(err.status == PTRUN_MODEL_CORRUPT);
        err = (ptrun_error){0};
        ptrun_buf content = {0};
        if (ptrun_model_record_read(record, 1 << 20, &content, &err) == PTRUN_OK)
            require(content.length == record->size);
        ptrun_buf_release(&content);
        err = (ptrun_error){0};
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    ptrun_error err = {0};
    ptrun_archive archive = {0};
    ptrun_status status;
    if (!ptrun_kind_is_zip(bytes, size)) status = ptrun_kind_refuse(bytes, size, &err);
    else status = ptrun_archive_open(&archive, bytes, size, &err);
    require(status == err.status);
    if (archive.count > 0) {
        use_records(&archive, bytes, size);
        status = ptrun_kind_check_archive(&archive, &err);
    }
    require(status == err.status &&
            (status == PTRUN_OK || (status >= PTRUN_MODEL_NOT_FOUND && err.detail[0])));
    ptrun_archive_release(&archive);

    err = (ptrun_error){0};
    status = ptrun_weights_refuse_file(bytes, size, &err);
    require(status == PTRUN_MODEL_IS_PICKLE || status == PTRUN_MODEL_IS_STATE_DICT);
    return 0;
}
