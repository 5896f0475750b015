#include "model/inventory.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_CODE = 64 << 20 };

/* Check every record. A damaged one is remembered; running out of memory is a failure. */
static ptrun_status check_records(ptrun_inventory *out, const ptrun_model_file *file, ptrun_error *err)
{
    size_t count = ptrun_model_file_count(file);
    out->whole = ptrun_mem_zalloc(count, sizeof *out->whole);
    if (!out->whole) return ptrun_fail_memory(err, "the list of records");
    for (size_t i = 0; i < count; i++) {
        const ptrun_model_record *record = ptrun_model_file_record(file, i);
        ptrun_error fault = {0};
        ptrun_status status = ptrun_model_record_check(record, &fault);
        if (status == PTRUN_OUT_OF_MEMORY) return ptrun_fail_memory(err, "a record of the model");
        out->content += record->size;
        out->whole[i] = status == PTRUN_OK;
        if (!out->whole[i] && out->n_damaged++ == 0) out->fault = fault;
    }
    return PTRUN_OK;
}

/* A record of one line of text, as far as it fits; "" where it is missing or damaged. */
static void read_line(char out[PTRUN_INVENTORY_TEXT], const ptrun_model_file *file, const char *name)
{
    ptrun_buf text = {0};
    ptrun_error ignored = {0};
    const ptrun_model_record *record = ptrun_model_file_find(file, name);
    if (record && ptrun_model_record_read(record, 1024, &text, &ignored) == PTRUN_OK)
        (void)ptrun_str_append_printable(out, PTRUN_INVENTORY_TEXT, ptrun_buf_text(&text),
                                         strcspn(ptrun_buf_text(&text), "\r\n"));
    ptrun_buf_release(&text);
}

static void count_device(ptrun_inventory *out, const char *name, size_t length)
{
    char text[PTRUN_INVENTORY_TEXT] = "";
    (void)ptrun_str_append_printable(text, sizeof text, name, length);
    for (size_t i = 0; i < out->n_devices; i++) {
        if (!ptrun_str_equal(out->devices[i].name, text)) continue;
        out->devices[i].count++;
        return;
    }
    if (out->n_devices == PTRUN_INVENTORY_DEVICES) return;
    ptrun_code_device *device = &out->devices[out->n_devices++];
    memcpy(device->name, text, sizeof text);
    device->count = 1;
}

/* TorchScript prints a device constant as torch.device("cuda:0"). */
static void find_devices(ptrun_inventory *out, const char *text)
{
    static const char word[] = "torch.device(\"";
    for (const char *at = strstr(text, word); at; at = strstr(at, word)) {
        at += sizeof word - 1;
        count_device(out, at, strcspn(at, "\""));
    }
}

static ptrun_status read_code(ptrun_inventory *out, const ptrun_model_file *file, ptrun_error *err)
{
    ptrun_status status = PTRUN_OK;
    for (size_t i = 0; i < ptrun_model_file_count(file) && status != PTRUN_OUT_OF_MEMORY; i++) {
        const ptrun_model_record *record = ptrun_model_file_record(file, i);
        size_t length = strlen(record->name);
        ptrun_buf text = {0};
        ptrun_error ignored = {0};
        if (!ptrun_str_starts_with(record->name, "code/") || length < 3 ||
            !ptrun_str_equal(record->name + length - 3, ".py"))
            continue;
        status = ptrun_model_record_read(record, MAX_CODE, &text, &ignored);
        if (status == PTRUN_OK) find_devices(out, ptrun_buf_text(&text));
        ptrun_buf_release(&text);
    }
    return status == PTRUN_OUT_OF_MEMORY ? ptrun_fail_memory(err, "the model's code") : PTRUN_OK;
}

ptrun_status ptrun_inventory_read(ptrun_inventory *out, const ptrun_model_file *file, ptrun_error *err)
{
    *out = (ptrun_inventory){0};
    read_line(out->byteorder, file, "byteorder");
    read_line(out->serialization_id, file, ".data/serialization_id");
    ptrun_status status = check_records(out, file, err);
    if (status == PTRUN_OK) status = read_code(out, file, err);
    if (status != PTRUN_OK) ptrun_inventory_release(out);
    return status;
}

void ptrun_inventory_release(ptrun_inventory *inventory)
{
    free(inventory->whole);
    *inventory = (ptrun_inventory){0};
}
