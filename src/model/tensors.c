#include "model/tensors.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_DEPTH = 200 };

/* Classes of typed storages (torch/csrc/jit/serialization/pickler.cpp: the dtype's name and "Storage"). Sizes
 * of types that share bytes are not told. */
static const struct {
    const char *storage, *dtype;
    int32_t item_size;
} storages[] = {
    {"FloatStorage", "float32", 4},
    {"DoubleStorage", "float64", 8},
    {"HalfStorage", "float16", 2},
    {"BFloat16Storage", "bfloat16", 2},
    {"LongStorage", "int64", 8},
    {"IntStorage", "int32", 4},
    {"ShortStorage", "int16", 2},
    {"CharStorage", "int8", 1},
    {"ByteStorage", "uint8", 1},
    {"BoolStorage", "bool", 1},
    {"ComplexFloatStorage", "complex64", 8},
    {"ComplexDoubleStorage", "complex128", 16},
    {"QInt8Storage", "qint8", 1},
    {"QUInt8Storage", "quint8", 1},
    {"QInt32Storage", "qint32", 4},
    {"QUInt4x2Storage", "quint4x2", 0},
    {"QUInt2x4Storage", "quint2x4", 0},
};

/* The walk. `owner` and `attribute` tell whose attribute a value directly is; 0 where it lies deeper. */
typedef struct {
    ptrun_model_facts *facts;
    const ptrun_pickle *pickle;
    const char *folder;
    ptrun_code *code;
    bool constants;
    uint8_t *seen; /* by value */
    ptrun_buf name;
    size_t capacity; /* of facts->tensors */
    ptrun_error *err;
} walk;

static ptrun_status visit(walk *w, ptrun_pickle_id id, ptrun_pickle_id owner, ptrun_pickle_id attribute,
                          int depth);

static ptrun_status corrupt(walk *w, const char *what)
{
    char name[128] = "";
    ptrun_str_append_printable(name, sizeof name, ptrun_buf_text(&w->name), w->name.length);
    return ptrun_fail(w->err, PTRUN_MODEL_CORRUPT, "tensor \"%s\": %s", name, what);
}

static const ptrun_pickle_value *child_of(const walk *w, ptrun_pickle_id id, uint32_t index)
{
    return ptrun_pickle_get(w->pickle, ptrun_pickle_child(w->pickle, id, index));
}

static bool copy_text(const ptrun_pickle_value *value, char *out, size_t size)
{
    if (value->kind != PTRUN_PICKLE_STRING || value->text.length >= size) return false;
    if (memchr(value->text.at, '\0', value->text.length)) return false;
    memcpy(out, value->text.at, value->text.length);
    out[value->text.length] = '\0';
    return true;
}

/* The role of an attribute by the lists in its class's code. */
static ptrun_status find_role(walk *w, ptrun_pickle_id owner, ptrun_pickle_id attribute,
                              ptrun_tensor_role *role)
{
    char module[512], class[256], name[256];
    *role = w->constants ? PTRUN_TENSOR_CONSTANT : PTRUN_TENSOR_ATTRIBUTE;
    if (w->constants || !owner || !copy_text(child_of(w, owner, 0), module, sizeof module) ||
        !copy_text(child_of(w, owner, 1), class, sizeof class) ||
        !copy_text(ptrun_pickle_get(w->pickle, attribute), name, sizeof name))
        return PTRUN_OK;
    ptrun_code_class found;
    ptrun_status status = ptrun_code_find(w->code, module, class, &found, w->err);
    if (ptrun_code_lists(found, "__parameters__", name)) *role = PTRUN_TENSOR_PARAMETER;
    if (ptrun_code_lists(found, "__buffers__", name)) *role = PTRUN_TENSOR_BUFFER;
    return status;
}

/* ("storage", torch.FloatStorage, key, location, number of elements) */
static ptrun_status read_storage(walk *w, ptrun_pickle_id id, ptrun_model_tensor *tensor)
{
    char class[64], key[256];
    const ptrun_pickle_value *location = child_of(w, id, 3), *elements = child_of(w, id, 4);
    if (!ptrun_pickle_is_text(w->pickle, ptrun_pickle_child(w->pickle, id, 0), "storage") ||
        child_of(w, id, 1)->kind != PTRUN_PICKLE_CLASS || !copy_text(child_of(w, id, 2), key, sizeof key) ||
        !copy_text(location, tensor->device, sizeof tensor->device) || elements->kind != PTRUN_PICKLE_INT ||
        elements->number < 0)
        return corrupt(w, "its storage cannot be followed");
    tensor->dtype = "other";
    if (!copy_text(child_of(w, ptrun_pickle_child(w->pickle, id, 1), 1), class, sizeof class))
        return PTRUN_OK;
    for (size_t i = 0; i < sizeof storages / sizeof *storages; i++) {
        if (!ptrun_str_equal(class, storages[i].storage)) continue;
        tensor->dtype = storages[i].dtype;
        tensor->item_size = storages[i].item_size;
    }
    char name[sizeof key + 16];
    snprintf(name, sizeof name, "%s%s", w->folder, key);
    const ptrun_model_record *record = ptrun_model_file_find(w->code->file, name);
    if (record && tensor->item_size &&
        (uint64_t)elements->number > record->size / (uint64_t)tensor->item_size)
        return corrupt(w, "its storage is larger than its record");
    return PTRUN_OK;
}

static ptrun_status read_dims(walk *w, ptrun_pickle_id list, ptrun_model_tensor *tensor)
{
    const ptrun_pickle_value *sizes = ptrun_pickle_get(w->pickle, list);
    if (sizes->kind != PTRUN_PICKLE_LIST || sizes->n_children > PTRUN_MODEL_MAX_RANK)
        return corrupt(w, "its shape cannot be followed");
    uint32_t link = sizes->first;
    tensor->count = 1;
    for (ptrun_pickle_id id; (id = ptrun_pickle_next(w->pickle, &link));) {
        const ptrun_pickle_value *size = ptrun_pickle_get(w->pickle, id);
        if (size->kind != PTRUN_PICKLE_INT || size->number < 0 ||
            __builtin_mul_overflow(tensor->count, size->number, &tensor->count))
            return corrupt(w, "its shape is impossible");
        tensor->dims[tensor->rank++] = size->number;
    }
    return PTRUN_OK;
}

static ptrun_status add_total(walk *w, const ptrun_model_tensor *tensor)
{
    ptrun_tensor_total *total = w->facts->totals, *end = total + w->facts->n_totals;
    while (total < end && (total->role != tensor->role || !ptrun_str_equal(total->dtype, tensor->dtype)))
        total++;
    if (total == end) {
        if (w->facts->n_totals == PTRUN_MODEL_MAX_DTYPES)
            return PTRUN_OK; /* there are fewer dtypes and roles */
        w->facts->n_totals++;
        *total = (ptrun_tensor_total){.dtype = tensor->dtype, .role = tensor->role};
    }
    total->tensors++;
    if (__builtin_add_overflow(total->elements, tensor->count, &total->elements) ||
        __builtin_mul_overflow(total->elements, (int64_t)tensor->item_size, &total->bytes))
        return corrupt(w, "its shape is impossible");
    return PTRUN_OK;
}

static ptrun_status keep(walk *w, ptrun_model_tensor tensor)
{
    ptrun_model_facts *facts = w->facts;
    if (facts->n_tensors == w->capacity) {
        size_t capacity = w->capacity ? 2 * w->capacity : 64;
        ptrun_model_tensor *grown = ptrun_mem_resize(facts->tensors, capacity, sizeof *grown);
        if (!grown) return ptrun_fail_memory(w->err, "the model's tensors");
        facts->tensors = grown;
        w->capacity = capacity;
    }
    tensor.name = ptrun_mem_strdup(ptrun_buf_text(&w->name), w->name.length);
    if (!tensor.name) return ptrun_fail_memory(w->err, "the model's tensors");
    facts->tensors[facts->n_tensors++] = tensor;
    return add_total(w, &tensor);
}

/* Arguments of torch._utils._rebuild_tensor_v2 and its like: storage, offset, size, stride, … */
static ptrun_status read_tensor(walk *w, ptrun_pickle_id arguments, ptrun_pickle_id owner,
                                ptrun_pickle_id attribute)
{
    ptrun_model_tensor tensor = {0};
    ptrun_pickle_id reference = ptrun_pickle_child(w->pickle, arguments, 0);
    if (ptrun_pickle_get(w->pickle, reference)->kind != PTRUN_PICKLE_REF)
        return corrupt(w, "its storage cannot be followed");
    ptrun_status status = read_storage(w, ptrun_pickle_child(w->pickle, reference, 0), &tensor);
    if (status == PTRUN_OK) status = read_dims(w, ptrun_pickle_child(w->pickle, arguments, 2), &tensor);
    if (status == PTRUN_OK) status = find_role(w, owner, attribute, &tensor.role);
    return status == PTRUN_OK ? keep(w, tensor) : status;
}

static bool is_tensor(const walk *w, ptrun_pickle_id class)
{
    return ptrun_pickle_is_class(w->pickle, class, "torch._utils", "_rebuild_tensor_v2") ||
           ptrun_pickle_is_class(w->pickle, class, "torch._utils", "_rebuild_tensor") ||
           ptrun_pickle_is_class(w->pickle, class, "torch._utils", "_rebuild_qtensor");
}

/* Visit a value under a longer name: ".key", ".3". */
static ptrun_status visit_named(walk *w, ptrun_pickle_id key, uint32_t index, ptrun_pickle_id id,
                                ptrun_pickle_id owner, int depth)
{
    size_t length = w->name.length;
    const ptrun_pickle_value *name = ptrun_pickle_get(w->pickle, key);
    if (length) ptrun_buf_putc(&w->name, '.');
    if (key && name->kind == PTRUN_PICKLE_STRING) ptrun_buf_put(&w->name, name->text.at, name->text.length);
    else
        ptrun_buf_printf(&w->name, "%s%lld", w->constants && !length ? "c" : "",
                         key ? (long long)name->number : (long long)index);
    if (w->name.failed) return ptrun_fail_memory(w->err, "a tensor's name");
    ptrun_status status = visit(w, id, owner, key, depth);
    w->name.length = length;
    w->name.data[length] = '\0';
    return status;
}

static ptrun_status visit_list(walk *w, const ptrun_pickle_value *list, int depth)
{
    uint32_t link = list->first, index = 0;
    ptrun_status status = PTRUN_OK;
    for (ptrun_pickle_id id; status == PTRUN_OK && (id = ptrun_pickle_next(w->pickle, &link)); index++)
        status = visit_named(w, 0, index, id, 0, depth);
    return status;
}

static ptrun_status visit_dict(walk *w, const ptrun_pickle_value *dict, ptrun_pickle_id owner, int depth)
{
    uint32_t link = dict->first;
    ptrun_status status = PTRUN_OK;
    for (ptrun_pickle_id key; status == PTRUN_OK && (key = ptrun_pickle_next(w->pickle, &link));)
        status = visit_named(w, key, 0, ptrun_pickle_next(w->pickle, &link), owner, depth);
    return status;
}

/* An object's arguments, what was appended to it, and its state; attributes are the state's keys. */
static ptrun_status visit_object(walk *w, const ptrun_pickle_value *object, int depth)
{
    uint32_t link = object->first;
    ptrun_pickle_id class = ptrun_pickle_next(w->pickle, &link), id;
    const ptrun_pickle_value *state = ptrun_pickle_get(w->pickle, object->state);
    ptrun_status status = PTRUN_OK;
    if (ptrun_pickle_get(w->pickle, class)->kind != PTRUN_PICKLE_CLASS) class = 0;
    while (status == PTRUN_OK && (id = ptrun_pickle_next(w->pickle, &link)))
        status = visit(w, id, 0, 0, depth);
    if (status != PTRUN_OK || !object->state) return status;
    return state->kind == PTRUN_PICKLE_DICT ? visit_dict(w, state, class, depth)
                                            : visit(w, object->state, 0, 0, depth);
}

static ptrun_status visit(walk *w, ptrun_pickle_id id, ptrun_pickle_id owner, ptrun_pickle_id attribute,
                          int depth)
{
    const ptrun_pickle_value *value = ptrun_pickle_get(w->pickle, id);
    if (w->seen[id]) return PTRUN_OK;
    w->seen[id] = 1;
    if (depth > MAX_DEPTH) return corrupt(w, "it lies too deep");
    switch (value->kind) {
    case PTRUN_PICKLE_CALL:
        if (is_tensor(w, ptrun_pickle_child(w->pickle, id, 0)))
            return read_tensor(w, ptrun_pickle_child(w->pickle, id, 1), owner, attribute);
        return visit_object(w, value, depth + 1);
    case PTRUN_PICKLE_LIST: return visit_list(w, value, depth + 1);
    case PTRUN_PICKLE_DICT: return visit_dict(w, value, 0, depth + 1);
    default: return PTRUN_OK;
    }
}

ptrun_status ptrun_tensors_collect(ptrun_model_facts *facts, const ptrun_pickle *pickle, const char *folder,
                                   ptrun_code *code, ptrun_error *err)
{
    walk w = {.facts = facts,
              .pickle = pickle,
              .folder = folder,
              .code = code,
              .capacity = facts->n_tensors,
              .err = err};
    w.constants = ptrun_str_equal(folder, "constants/");
    w.seen = ptrun_mem_zalloc(ptrun_pickle_count(pickle), 1);
    if (!w.seen) return ptrun_fail_memory(err, "the model's tensors");
    ptrun_status status = visit(&w, ptrun_pickle_top(pickle), 0, 0, 0);
    ptrun_buf_release(&w.name);
    free(w.seen);
    return status;
}
