#include "cli/inspection.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/str.h"

enum { MAX_DESCRIPTION = 64 << 20 };

static void add_problem(ptrun_inspection *out, const ptrun_error *problem)
{
    if (out->n_problems < PTRUN_INSPECTION_PROBLEMS) out->problems[out->n_problems++] = *problem;
}

/* A step of the inspection: what it cannot read is a problem, unless memory ran out. */
static ptrun_status settle(ptrun_inspection *out, ptrun_status status, const ptrun_error *problem,
                           ptrun_error *err)
{
    if (status == PTRUN_OUT_OF_MEMORY) *err = *problem;
    else if (status != PTRUN_OK) add_problem(out, problem);
    return status == PTRUN_OUT_OF_MEMORY ? status : PTRUN_OK;
}

/* Size and digest, whatever the file is. What hinders reading is told by opening the model. */
static void read_bytes(ptrun_inspection *out)
{
    ptrun_bytes bytes;
    ptrun_error ignored = {0};
    uint8_t digest[32];
    out->readable = ptrun_fs_map(out->path, &bytes, &ignored) == PTRUN_OK;
    if (!out->readable) return;
    out->size = bytes.size;
    ptrun_sha256(bytes.data, bytes.size, digest);
    ptrun_str_hex32(out->sha256, digest);
    ptrun_bytes_release(&bytes);
}

static ptrun_status read_records(ptrun_inspection *out, ptrun_error *err)
{
    ptrun_status status = ptrun_inventory_read(&out->inventory, out->file, err);
    if (status != PTRUN_OK) return status;
    if (out->inventory.n_damaged) add_problem(out, &out->inventory.fault);
    return PTRUN_OK;
}

static ptrun_status read_facts(ptrun_inspection *out, ptrun_error *err)
{
    ptrun_error problem = {0};
    ptrun_status status = ptrun_model_facts_read(&out->facts, out->file, &problem);
    out->has_facts = status == PTRUN_OK;
    if (out->inventory.n_damaged && status == PTRUN_MODEL_CORRUPT)
        return PTRUN_OK; /* that is known already */
    return settle(out, status, &problem, err);
}

static ptrun_status read_recipe(ptrun_inspection *out, ptrun_recipe_request *request, ptrun_error *err)
{
    ptrun_error problem = {0};
    request->model_path = out->path;
    request->model = out->file;
    ptrun_status status = ptrun_recipe_resolve(request, &out->recipe, &problem);
    out->has_recipe = status == PTRUN_OK;
    return settle(out, status, &problem, err);
}

/* The origin is for people: what cannot be parsed is the recipe's problem, and told there. */
static ptrun_status read_description(ptrun_inspection *out, ptrun_error *err)
{
    ptrun_buf text = {0};
    ptrun_error ignored = {0};
    const ptrun_model_record *record = ptrun_model_file_find(out->file, "extra/ptrun.json");
    if (!record) return PTRUN_OK;
    ptrun_status status = ptrun_model_record_read(record, MAX_DESCRIPTION, &text, &ignored);
    if (status == PTRUN_OK)
        status = ptrun_json_parse(&out->description, ptrun_buf_text(&text), text.length, PTRUN_RECIPE_INVALID,
                                  &ignored);
    ptrun_buf_release(&text);
    return status == PTRUN_OUT_OF_MEMORY ? ptrun_fail_memory(err, "the model's description") : PTRUN_OK;
}

/* A model without goldens is no worse for it. */
static ptrun_status read_goldens(ptrun_inspection *out, ptrun_error *err)
{
    ptrun_error problem = {0};
    ptrun_status status = ptrun_recording_from_model(&out->goldens, out->file, &problem);
    out->has_goldens = status == PTRUN_OK;
    bool told = status == PTRUN_GOLDENS_MISSING || !out->description;
    return told && status != PTRUN_OUT_OF_MEMORY ? PTRUN_OK : settle(out, status, &problem, err);
}

ptrun_status ptrun_inspection_read(ptrun_inspection *out, const char *path, ptrun_recipe_request *request,
                                   ptrun_error *err)
{
    *out = (ptrun_inspection){.path = path};
    ptrun_error problem = {0};
    read_bytes(out);
    ptrun_status status = ptrun_model_file_open(&out->file, path, &problem);
    if (status != PTRUN_OK) return settle(out, status, &problem, err);
    status = read_records(out, err);
    if (status == PTRUN_OK) status = read_facts(out, err);
    if (status == PTRUN_OK) status = read_recipe(out, request, err);
    if (status == PTRUN_OK) status = read_description(out, err);
    if (status == PTRUN_OK) status = read_goldens(out, err);
    return status;
}

const char *ptrun_inspection_origin_key(size_t index)
{
    static const char *const keys[] = {"source", "weights",     "method", "dtype",       "quantize",
                                       "torch",  "torchvision", "timm",   "transformers"};
    return index < sizeof keys / sizeof *keys ? keys[index] : NULL;
}

const char *ptrun_inspection_origin(const ptrun_inspection *inspection, const char *key)
{
    const char *text = NULL;
    ptrun_error ignored = {0};
    if (!inspection->description) return NULL;
    ptrun_json_node origin = ptrun_json_member(ptrun_json_root(inspection->description), "origin");
    if (ptrun_json_get_string(ptrun_json_member(origin, key), PTRUN_RECIPE_INVALID, &text, &ignored) !=
        PTRUN_OK)
        return NULL;
    return text;
}

void ptrun_inspection_release(ptrun_inspection *inspection)
{
    ptrun_json_close(&inspection->description);
    ptrun_recording_release(&inspection->goldens);
    ptrun_recipe_in_force_release(&inspection->recipe);
    ptrun_model_facts_release(&inspection->facts);
    ptrun_inventory_release(&inspection->inventory);
    ptrun_model_file_close(&inspection->file);
    *inspection = (ptrun_inspection){0};
}
