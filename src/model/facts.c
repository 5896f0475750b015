#include "model/facts.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "model/code.h"
#include "model/pickle.h"
#include "model/tensors.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_PICKLE = 256 << 20, MAX_VERSION = 64 };

const char *ptrun_tensor_role_name(ptrun_tensor_role role)
{
    static const char *const names[] = {"parameter", "buffer", "attribute", "constant"};
    return names[role];
}

static ptrun_status read_format(ptrun_model_facts *facts, const ptrun_model_file *file, ptrun_error *err)
{
    const ptrun_model_record *record = ptrun_model_file_find(file, ".data/version");
    if (!record) record = ptrun_model_file_find(file, "version");
    if (!record) return PTRUN_OK;
    ptrun_buf text = {0};
    ptrun_status status = ptrun_model_record_read(record, MAX_VERSION, &text, err);
    if (status == PTRUN_OK && text.length) {
        text.data[strcspn(text.data, " \r\n")] = '\0';
        ptrun_num_parse_int(text.data, 0, INT32_MAX, &facts->format);
    }
    ptrun_buf_release(&text);
    return status;
}

static ptrun_status copy_name(const ptrun_pickle *pickle, ptrun_pickle_id id, char **out, ptrun_error *err)
{
    const ptrun_pickle_value *value = ptrun_pickle_get(pickle, id);
    bool text = value->kind == PTRUN_PICKLE_STRING;
    *out = ptrun_mem_strdup(text ? value->text.at : "", text ? value->text.length : 0);
    return *out ? PTRUN_OK : ptrun_fail_memory(err, "the model's class");
}

static bool find_training(const ptrun_pickle *pickle, ptrun_pickle_id state)
{
    uint32_t link = ptrun_pickle_get(pickle, state)->first;
    for (ptrun_pickle_id key; (key = ptrun_pickle_next(pickle, &link));) {
        const ptrun_pickle_value *value = ptrun_pickle_get(pickle, ptrun_pickle_next(pickle, &link));
        if (ptrun_pickle_is_text(pickle, key, "training"))
            return value->kind == PTRUN_PICKLE_BOOL && value->number;
    }
    return false;
}

/* The class of the model and what its code says of forward. */
static ptrun_status read_class(ptrun_model_facts *facts, const ptrun_pickle *pickle, ptrun_code *code,
                               ptrun_error *err)
{
    ptrun_pickle_id top = ptrun_pickle_top(pickle), class = ptrun_pickle_child(pickle, top, 0);
    if (ptrun_pickle_get(pickle, top)->kind != PTRUN_PICKLE_CALL) class = 0;
    char *module = NULL;
    ptrun_code_class found = {0};
    ptrun_buf signature = {0};
    facts->training = class && find_training(pickle, ptrun_pickle_get(pickle, top)->state);
    ptrun_status status = copy_name(pickle, ptrun_pickle_child(pickle, class, 1), &facts->class_name, err);
    if (status == PTRUN_OK) status = copy_name(pickle, ptrun_pickle_child(pickle, class, 0), &module, err);
    if (status == PTRUN_OK) status = ptrun_code_find(code, module, facts->class_name, &found, err);
    if (status == PTRUN_OK) ptrun_code_signature(found, "forward", &signature);
    if (signature.failed) status = ptrun_fail_memory(err, "the model's signature");
    facts->signature = signature.data;
    free(module);
    return status;
}

/* Objects of optimize_for_mobile, in a pickle or in the code of the model's class. */
static bool names_xnnpack(const ptrun_buf *text)
{
    static const char namespace[] = "torch.classes.xnnpack";
    return text->length && memmem(text->data, text->length, namespace, sizeof namespace - 1);
}

static ptrun_status read_pickle(ptrun_model_facts *facts, ptrun_code *code, const char *name,
                                const char *folder, bool is_model, ptrun_error *err)
{
    ptrun_buf bytes = {0};
    ptrun_pickle *pickle = NULL;
    size_t used;
    const ptrun_model_record *record = ptrun_model_file_find(code->file, name);
    ptrun_status status = ptrun_model_record_read(record, MAX_PICKLE, &bytes, err);
    if (status == PTRUN_OK)
        status =
            ptrun_pickle_open(&pickle, (const uint8_t *)ptrun_buf_text(&bytes), bytes.length, &used, err);
    if (status == PTRUN_OK && is_model) status = read_class(facts, pickle, code, err);
    if (status == PTRUN_OK) status = ptrun_tensors_collect(facts, pickle, folder, code, err);
    facts->xnnpack = facts->xnnpack || names_xnnpack(&bytes);
    ptrun_pickle_close(&pickle);
    ptrun_buf_release(&bytes);
    return status == PTRUN_OK ? PTRUN_OK : ptrun_error_prefix(err, "in %s: ", name);
}

ptrun_status ptrun_model_facts_read(ptrun_model_facts *out, const ptrun_model_file *file, ptrun_error *err)
{
    *out = (ptrun_model_facts){.mobile = ptrun_model_file_find(file, "bytecode.pkl")};
    ptrun_code code = {.file = file};
    ptrun_status status = read_format(out, file, err);
    if (status == PTRUN_OK) status = read_pickle(out, &code, "data.pkl", "data/", true, err);
    if (status == PTRUN_OK) status = read_pickle(out, &code, "constants.pkl", "constants/", false, err);
    for (size_t i = 0; i < code.count; i++) out->xnnpack = out->xnnpack || names_xnnpack(&code.texts[i].text);
    ptrun_code_release(&code);
    if (status != PTRUN_OK) ptrun_model_facts_release(out);
    return status;
}

void ptrun_model_facts_release(ptrun_model_facts *facts)
{
    for (size_t i = 0; i < facts->n_tensors; i++) free(facts->tensors[i].name);
    free(facts->tensors);
    free(facts->class_name);
    free(facts->signature);
    *facts = (ptrun_model_facts){0};
}
