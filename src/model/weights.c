#include "model/weights.h"

#include "base/error.h"
#include "base/str.h"
#include "model/pickle.h"

#include <string.h>

enum { NAME_SIZE = 96 };

/* What a dict holds, as far as it is told to the user. */
typedef struct {
    uint32_t tensors;
    ptrun_pickle_id first_tensor; /* key of the first one */
} contents;

/* torch._utils._rebuild_tensor_v2, _rebuild_parameter, _rebuild_qtensor, …;
 * torch._tensor._rebuild_from_type_v2 */
static bool is_tensor(const ptrun_pickle *p, ptrun_pickle_id id)
{
    if (ptrun_pickle_get(p, id)->kind != PTRUN_PICKLE_CALL) return false;
    ptrun_pickle_id class = ptrun_pickle_child(p, id, 0);
    if (ptrun_pickle_get(p, class)->kind != PTRUN_PICKLE_CLASS) return false;
    ptrun_pickle_id module = ptrun_pickle_child(p, class, 0);
    const ptrun_pickle_value *name = ptrun_pickle_get(p, ptrun_pickle_child(p, class, 1));
    return (ptrun_pickle_is_text(p, module, "torch._utils") ||
            ptrun_pickle_is_text(p, module, "torch._tensor")) &&
           name->text.length > 9 && memcmp(name->text.at, "_rebuild_", 9) == 0;
}

/* The link of the first key of a dict or collections.OrderedDict; false for anything else. */
static bool open_dict(const ptrun_pickle *p, ptrun_pickle_id id, uint32_t *link)
{
    const ptrun_pickle_value *value = ptrun_pickle_get(p, id);
    *link = value->first;
    if (value->kind == PTRUN_PICKLE_DICT) return true;
    if (value->kind != PTRUN_PICKLE_CALL) return false;
    ptrun_pickle_id class = ptrun_pickle_next(p, link);
    ptrun_pickle_next(p, link); /* the arguments, none */
    return ptrun_pickle_is_class(p, class, "collections", "OrderedDict");
}

static contents look_into(const ptrun_pickle *p, ptrun_pickle_id dict)
{
    contents found = {0};
    uint32_t link;
    if (!open_dict(p, dict, &link)) return found;
    for (ptrun_pickle_id key; (key = ptrun_pickle_next(p, &link));) {
        if (!is_tensor(p, ptrun_pickle_next(p, &link))) continue;
        if (found.tensors++ == 0) found.first_tensor = key;
    }
    return found;
}

static void show(const ptrun_pickle *p, ptrun_pickle_id id, char *out, size_t size)
{
    const ptrun_pickle_value *value = ptrun_pickle_get(p, id);
    if (value->kind == PTRUN_PICKLE_STRING)
        ptrun_str_append_printable(out, size, value->text.at, value->text.length);
}

/* The class whose instance the value is. copyreg._reconstructor(class, …) is how protocol 2 makes some;
 * before 1.6, torch.save wrote a module's class as the persistent id ("module", class, file, source). */
static ptrun_pickle_id class_of(const ptrun_pickle *p, ptrun_pickle_id id)
{
    if (ptrun_pickle_get(p, id)->kind != PTRUN_PICKLE_CALL) return 0;
    ptrun_pickle_id class = ptrun_pickle_child(p, id, 0);
    if (ptrun_pickle_is_class(p, class, "copyreg", "_reconstructor") ||
        ptrun_pickle_is_class(p, class, "copy_reg", "_reconstructor"))
        class = ptrun_pickle_child(p, ptrun_pickle_child(p, id, 1), 0);
    if (ptrun_pickle_get(p, class)->kind == PTRUN_PICKLE_REF)
        class = ptrun_pickle_child(p, ptrun_pickle_child(p, class, 0), 1);
    return ptrun_pickle_get(p, class)->kind == PTRUN_PICKLE_CLASS ? class : 0;
}

static ptrun_status refuse_state_dict(const ptrun_pickle *p, contents found, const char *note,
                                      ptrun_error *err)
{
    char name[NAME_SIZE] = "";
    show(p, found.first_tensor, name, sizeof name);
    return ptrun_fail(err, PTRUN_MODEL_IS_STATE_DICT,
                      "weights without a program: a state_dict of %u tensors (%s%s)%s",
                      (unsigned)found.tensors, name, found.tensors > 1 ? ", …" : "", note);
}

/* A dict without tensors of its own: weights, or a whole module, under one of its keys? */
static ptrun_status refuse_checkpoint(const ptrun_pickle *p, ptrun_pickle_id dict, const char *note,
                                      ptrun_error *err)
{
    uint32_t link;
    open_dict(p, dict, &link);
    for (ptrun_pickle_id key; (key = ptrun_pickle_next(p, &link));) {
        char name[NAME_SIZE] = "", class_name[NAME_SIZE] = "";
        ptrun_pickle_id value = ptrun_pickle_next(p, &link), class = class_of(p, value);
        contents found = look_into(p, value);
        show(p, key, name, sizeof name);
        if (found.tensors)
            return ptrun_fail(err, PTRUN_MODEL_IS_STATE_DICT,
                              "weights without a program: a checkpoint with %u tensors under \"%s\"%s",
                              (unsigned)found.tensors, name, note);
        if (!class || !ptrun_pickle_get(p, value)->state) continue;
        show(p, ptrun_pickle_child(p, class, 1), class_name, sizeof class_name);
        return ptrun_fail(err, PTRUN_MODEL_IS_PICKLE,
                          "a checkpoint with a pickled Python object (class %s) under \"%s\"%s", class_name,
                          name, note);
    }
    return ptrun_fail(err, PTRUN_MODEL_IS_PICKLE, "a pickled dict without tensors, not TorchScript%s", note);
}

static ptrun_status refuse_object(const ptrun_pickle *p, ptrun_pickle_id top, const char *note,
                                  ptrun_error *err)
{
    char module[NAME_SIZE] = "", name[NAME_SIZE] = "";
    ptrun_pickle_id class = class_of(p, top);
    if (!class)
        return ptrun_fail(err, PTRUN_MODEL_IS_PICKLE, "a pickled Python object, not TorchScript%s", note);
    if (is_tensor(p, top))
        return ptrun_fail(err, PTRUN_MODEL_IS_PICKLE, "a pickled tensor, not TorchScript%s", note);
    show(p, ptrun_pickle_child(p, class, 0), module, sizeof module);
    show(p, ptrun_pickle_child(p, class, 1), name, sizeof name);
    return ptrun_fail(err, PTRUN_MODEL_IS_PICKLE,
                      "a pickled Python object (class %s of %s), not TorchScript%s", name, module, note);
}

ptrun_status ptrun_weights_refuse(const uint8_t *pickle, size_t size, const char *note, ptrun_error *err)
{
    ptrun_pickle *p;
    size_t used;
    uint32_t link;
    ptrun_error cause = {0};
    ptrun_status status = ptrun_pickle_open(&p, pickle, size, &used, &cause);
    if (status == PTRUN_OUT_OF_MEMORY) return ptrun_fail_memory(err, "a pickle");
    if (status != PTRUN_OK)
        return ptrun_fail(err, PTRUN_MODEL_IS_PICKLE, "a pickled Python object, not TorchScript%s", note);
    ptrun_pickle_id top = ptrun_pickle_top(p);
    contents found = look_into(p, top);
    if (found.tensors) status = refuse_state_dict(p, found, note, err);
    else if (open_dict(p, top, &link)) status = refuse_checkpoint(p, top, note, err);
    else status = refuse_object(p, top, note, err);
    ptrun_pickle_close(&p);
    return status;
}

/* torch.serialization before 1.6: pickles of this number, of 1001, of facts about the machine, then the
 * object, then the storages. */
static const uint8_t old_magic[] = {0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19};

static bool is_old_magic(const ptrun_pickle *p)
{
    const ptrun_pickle_value *top = ptrun_pickle_get(p, ptrun_pickle_top(p));
    return top->kind == PTRUN_PICKLE_STRING && top->text.length == sizeof old_magic &&
           memcmp(top->text.at, old_magic, sizeof old_magic) == 0;
}

/* Where the object begins in a file of the old format; 0 in any other. */
static ptrun_status find_old_object(const uint8_t *bytes, size_t size, size_t *object, ptrun_error *err)
{
    size_t at = 0, used;
    *object = 0;
    for (int i = 0; i < 3; i++) {
        ptrun_pickle *p;
        ptrun_error cause = {0};
        ptrun_status status = ptrun_pickle_open(&p, bytes + at, size - at, &used, &cause);
        if (status == PTRUN_OUT_OF_MEMORY) return ptrun_fail_memory(err, "a pickle");
        if (status != PTRUN_OK) return PTRUN_OK;
        bool other = i == 0 && !is_old_magic(p);
        ptrun_pickle_close(&p);
        if (other) return PTRUN_OK;
        at += used;
    }
    *object = at;
    return PTRUN_OK;
}

ptrun_status ptrun_weights_refuse_file(const uint8_t *bytes, size_t size, ptrun_error *err)
{
    size_t object;
    ptrun_status status = find_old_object(bytes, size, &object, err);
    if (status != PTRUN_OK) return status;
    return ptrun_weights_refuse(bytes + object, size - object,
                                object ? ", in PyTorch's format before 1.6" : "", err);
}
