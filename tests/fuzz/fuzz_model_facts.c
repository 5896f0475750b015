/* libFuzzer target: any bytes as the pickles and the code of a TorchScript archive whose checksums are right.
 * The input is data.pkl, constants.pkl and code/__torch__.py, with "\n---\n" between. Beside the sanitizers'
 * silence it asks that tensors keep to what was promised.
 *
 *   clang -std=c11 -D_GNU_SOURCE -g -O1 -fsanitize=fuzzer,address,undefined -Iinclude -Isrc -Itests/unit \
 *     tests/fuzz/fuzz_model_facts.c src/model/[!.]*.c src/json/[!.]*.c src/base/[!.]*.c src/prep/recipe.c \
 *     src/prep/geometry.c -lcjson -lz -lnettle -lpthread -ldl -lm -o fuzz_model_facts */
#include "model/facts.h"
#include "zip_maker.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define SEPARATOR "\n---\n"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool condition)
{
    if (!condition) abort();
}

/* The next part as a record; an empty one is one NUL. */
static zip_entry take_part(const char *name, const char **at, const char *end)
{
    const char *separator = memmem(*at, (size_t)(end - *at), SEPARATOR, strlen(SEPARATOR));
    const char *part = *at, *part_end = separator ? separator : end;
    *at = separator ? separator + strlen(SEPARATOR) : end;
    if (part == part_end) return (zip_entry){name, "\0", false, 1};
    return (zip_entry){name, part, false, (size_t)(part_end - part)};
}

static ptrun_status open_archive(ptrun_model_file **file, const zip_entry *entries, size_t count)
{
    ptrun_buf zip = {0};
    char path[32];
    ptrun_error err = {0};
    int fd = memfd_create("model", 0);
    zip_make(&zip, entries, count, (zip_style){.descriptors = true});
    require(fd >= 0 && write(fd, zip.data, zip.length) == (ssize_t)zip.length);
    ptrun_buf_release(&zip);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    ptrun_status status = ptrun_model_file_open(file, path, &err);
    close(fd);
    return status;
}

static void use_facts(const ptrun_model_facts *facts)
{
    size_t tensors = 0;
    for (size_t i = 0; i < facts->n_tensors; i++) {
        const ptrun_model_tensor *tensor = &facts->tensors[i];
        require(tensor->name && tensor->dtype && tensor->role < PTRUN_TENSOR_N_ROLES && tensor->count >= 0);
        require(tensor->rank >= 0 && tensor->rank <= PTRUN_MODEL_MAX_RANK);
        require(memchr(tensor->device, '\0', sizeof tensor->device) != NULL);
    }
    for (size_t i = 0; i < facts->n_totals; i++) tensors += facts->totals[i].tensors;
    require(tensors == facts->n_tensors && facts->class_name);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    const char *at = (const char *)bytes, *end = at + size;
    zip_entry entries[6];
    entries[0] = take_part("m/data.pkl", &at, end);
    entries[1] = take_part("m/constants.pkl", &at, end);
    entries[2] = take_part("m/code/__torch__.py", &at, end);
    entries[3] = (zip_entry){"m/version", "3\n", false, 0};
    entries[4] = (zip_entry){"m/data/0", "0123456789abcdef", false, 0};
    entries[5] = (zip_entry){"m/constants/0", "0123456789abcdef", false, 0};

    ptrun_model_file *file;
    ptrun_model_facts facts;
    ptrun_error err = {0}, check = {0};
    require(open_archive(&file, entries, 6) == PTRUN_OK);
    ptrun_status status = ptrun_model_facts_read(&facts, file, &err);
    require(status == err.status && (status == PTRUN_OK || (status == PTRUN_MODEL_CORRUPT && err.detail[0])));
    require(ptrun_model_file_check(file, &check) == status);
    if (status == PTRUN_OK) use_facts(&facts);
    ptrun_model_facts_release(&facts);
    ptrun_model_file_close(&file);
    return 0;
}
