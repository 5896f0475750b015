/* The text of a TorchScript archive's code, class by class. Within model/ only. */
#ifndef PTRUN_MODEL_CODE_H
#define PTRUN_MODEL_CODE_H

#include "base/buf.h"
#include "model/file.h"

#include <stdbool.h>

/* Texts that were read before; zero to begin with. */
typedef struct ptrun_code {
    const ptrun_model_file *file;
    struct ptrun_code_text {
        const ptrun_model_record *record;
        ptrun_buf text;
    } * texts;
    size_t count;
} ptrun_code;

/* From "class NAME(" to the next class or the end of its file. {NULL, NULL} where there is no such class. */
typedef struct ptrun_code_class {
    const char *begin, *end;
} ptrun_code_class;

/* The class `name` of `module` ("__torch__.torch.nn.modules.conv"); borrowed until release. MODEL_CORRUPT (a
 * damaged record), OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_code_find(ptrun_code *code, const char *module, const char *name,
                                            ptrun_code_class *out, ptrun_error *err);
void ptrun_code_release(ptrun_code *code);

/* Whether the class lists `attribute` in `list` ("__parameters__"). */
bool ptrun_code_lists(ptrun_code_class found, const char *list, const char *attribute);

/* The arguments and the result of a method on one line, "(self, x: Tensor) -> Tensor", without the type of
 * self; appended to `out`, nothing where there is no such method. */
void ptrun_code_signature(ptrun_code_class found, const char *method, ptrun_buf *out);

#endif
