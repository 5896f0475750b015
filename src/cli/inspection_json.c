#include "base/error.h"
#include "cli/inspection.h"
#include "cli/recipe_args.h"

#include <stdio.h>

static void put_int(ptrun_json_writer *w, const char *key, int64_t value)
{
    ptrun_json_put_key(w, key);
    ptrun_json_put_int(w, value);
}

static void put_bool(ptrun_json_writer *w, const char *key, bool value)
{
    ptrun_json_put_key(w, key);
    ptrun_json_put_bool(w, value);
}

static void put_records(ptrun_json_writer *w, const ptrun_inspection *in)
{
    ptrun_json_put_key(w, "records");
    ptrun_json_begin_array(w);
    for (size_t i = 0; i < ptrun_model_file_count(in->file); i++) {
        const ptrun_model_record *record = ptrun_model_file_record(in->file, i);
        char crc[9];
        snprintf(crc, sizeof crc, "%08x", (unsigned)record->crc);
        ptrun_json_begin_object(w);
        ptrun_json_put_member(w, "name", record->name);
        put_int(w, "size", (int64_t)record->size);
        put_int(w, "stored", (int64_t)record->stored_size);
        ptrun_json_put_member(w, "crc32", crc);
        put_bool(w, "whole", in->inventory.whole[i]);
        ptrun_json_end_object(w);
    }
    ptrun_json_end_array(w);
}

static void put_totals(ptrun_json_writer *w, const ptrun_model_facts *facts)
{
    ptrun_json_put_key(w, "totals");
    ptrun_json_begin_array(w);
    for (size_t i = 0; i < facts->n_totals; i++) {
        const ptrun_tensor_total *total = &facts->totals[i];
        ptrun_json_begin_object(w);
        ptrun_json_put_member(w, "role", ptrun_tensor_role_name(total->role));
        ptrun_json_put_member(w, "dtype", total->dtype);
        put_int(w, "tensors", (int64_t)total->tensors);
        put_int(w, "elements", total->elements);
        put_int(w, "bytes", total->bytes);
        ptrun_json_end_object(w);
    }
    ptrun_json_end_array(w);
}

static void put_tensors(ptrun_json_writer *w, const ptrun_model_facts *facts)
{
    ptrun_json_put_key(w, "tensors");
    ptrun_json_begin_array(w);
    for (size_t i = 0; i < facts->n_tensors; i++) {
        const ptrun_model_tensor *tensor = &facts->tensors[i];
        ptrun_json_begin_object(w);
        ptrun_json_put_member(w, "name", tensor->name);
        ptrun_json_put_member(w, "role", ptrun_tensor_role_name(tensor->role));
        ptrun_json_put_member(w, "dtype", tensor->dtype);
        ptrun_json_put_member(w, "device", tensor->device);
        ptrun_json_put_key(w, "shape");
        ptrun_json_begin_array(w);
        for (int32_t d = 0; d < tensor->rank; d++) ptrun_json_put_int(w, tensor->dims[d]);
        ptrun_json_end_array(w);
        ptrun_json_end_object(w);
    }
    ptrun_json_end_array(w);
}

static void put_devices(ptrun_json_writer *w, const ptrun_inventory *inventory)
{
    ptrun_json_put_key(w, "code_devices");
    ptrun_json_begin_array(w);
    for (size_t i = 0; i < inventory->n_devices; i++) {
        ptrun_json_begin_object(w);
        ptrun_json_put_member(w, "device", inventory->devices[i].name);
        put_int(w, "places", (int64_t)inventory->devices[i].count);
        ptrun_json_end_object(w);
    }
    ptrun_json_end_array(w);
}

static void put_origin(ptrun_json_writer *w, const ptrun_inspection *in)
{
    ptrun_json_put_key(w, "origin");
    ptrun_json_begin_object(w);
    for (size_t i = 0; ptrun_inspection_origin_key(i); i++) {
        const char *text = ptrun_inspection_origin(in, ptrun_inspection_origin_key(i));
        if (text) ptrun_json_put_member(w, ptrun_inspection_origin_key(i), text);
    }
    ptrun_json_end_object(w);
}

static void put_goldens(ptrun_json_writer *w, const ptrun_inspection *in)
{
    ptrun_json_put_key(w, "goldens");
    ptrun_json_begin_object(w);
    put_int(w, "images", (int64_t)in->goldens.count);
    ptrun_json_put_member(w, "torch", in->goldens.with.torch);
    ptrun_json_put_member(w, "pillow", in->goldens.with.pillow);
    ptrun_json_put_member(w, "cpu_capability", in->goldens.with.cpu_capability);
    ptrun_json_end_object(w);
}

static void put_facts(ptrun_json_writer *w, const ptrun_inspection *in)
{
    const ptrun_model_facts *facts = &in->facts;
    put_int(w, "format", facts->format);
    ptrun_json_put_member(w, "class", facts->class_name);
    ptrun_json_put_member(w, "signature", facts->signature);
    put_bool(w, "training", facts->training);
    put_bool(w, "mobile", facts->mobile);
    put_totals(w, facts);
    put_tensors(w, facts);
}

static void put_archive(ptrun_json_writer *w, const ptrun_inspection *in)
{
    const ptrun_inventory *inventory = &in->inventory;
    ptrun_json_put_member(w, "byteorder", inventory->byteorder[0] ? inventory->byteorder : NULL);
    ptrun_json_put_member(w, "serialization_id",
                          inventory->serialization_id[0] ? inventory->serialization_id : NULL);
    put_int(w, "damaged_records", (int64_t)inventory->n_damaged);
    if (in->has_facts) put_facts(w, in);
    put_devices(w, inventory);
    if (in->has_recipe) ptrun_recipe_args_describe(&in->recipe, w);
    put_origin(w, in);
    put_goldens(w, in);
    put_records(w, in);
}

void ptrun_inspection_put_json(ptrun_json_writer *w, const ptrun_inspection *in)
{
    ptrun_json_put_key(w, "model");
    ptrun_json_begin_object(w);
    ptrun_json_put_member(w, "path", in->path);
    ptrun_json_put_member(w, "kind", in->file ? "torchscript" : NULL);
    ptrun_json_put_key(w, "size");
    if (in->readable) ptrun_json_put_int(w, (int64_t)in->size);
    else ptrun_json_put_null(w);
    ptrun_json_put_member(w, "sha256", in->readable ? in->sha256 : NULL);
    if (in->file) put_archive(w, in);
    ptrun_json_end_object(w);
    ptrun_json_put_key(w, "problems");
    ptrun_json_begin_array(w);
    for (size_t i = 0; i < in->n_problems; i++) {
        ptrun_json_begin_object(w);
        ptrun_json_put_member(w, "code", ptrun_status_word(in->problems[i].status));
        ptrun_json_put_member(w, "message", ptrun_error_message(&in->problems[i]));
        ptrun_json_put_member(w, "hint", ptrun_status_hint(in->problems[i].status));
        ptrun_json_end_object(w);
    }
    ptrun_json_end_array(w);
}
