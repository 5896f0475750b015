/* What a TorchScript archive says about itself, without loading it: the format, the class of the model, the
 * signature of forward, and every tensor with name, role, dtype, shape and device. It is read from the
 * pickles data.pkl and constants.pkl, in which nothing is executed, and from the text of the code. */
#ifndef PTRUN_MODEL_FACTS_H
#define PTRUN_MODEL_FACTS_H

#include "model/file.h"

typedef enum ptrun_tensor_role {
    PTRUN_TENSOR_PARAMETER, /* named in the __parameters__ of its module's class */
    PTRUN_TENSOR_BUFFER,    /* named in its __buffers__ */
    PTRUN_TENSOR_ATTRIBUTE, /* in the module in any other way: a list, packed weights of a quantised layer */
    PTRUN_TENSOR_CONSTANT,  /* of the code: all weights of a frozen model */
    PTRUN_TENSOR_N_ROLES,
} ptrun_tensor_role;

enum { PTRUN_MODEL_MAX_RANK = 16, PTRUN_MODEL_DEVICE_SIZE = 32, PTRUN_MODEL_MAX_DTYPES = 32 };

/* One tensor. A tensor that is reached in two ways is one.
 *   name    as torch names it, "layer1.0.conv1.weight"; "c0", "c1", … for constants; the bytes as they came
 *   dtype   torch's word, "float32", "int64", "quint8"; "other" for a storage that is not known here; static
 *   device  where it was when it was saved: "cpu", "cuda:0" */
typedef struct ptrun_model_tensor {
    char *name;
    ptrun_tensor_role role;
    const char *dtype;
    int32_t item_size; /* bytes of an element; 0 for dtype "other" and for those of less than a byte */
    char device[PTRUN_MODEL_DEVICE_SIZE];
    int32_t rank;
    int64_t dims[PTRUN_MODEL_MAX_RANK];
    int64_t count; /* elements: the product of dims */
} ptrun_model_tensor;

/* All tensors of one dtype and role. */
typedef struct ptrun_tensor_total {
    const char *dtype;
    ptrun_tensor_role role;
    size_t tensors;
    int64_t elements;
    int64_t bytes; /* 0 where item_size is */
} ptrun_tensor_total;

typedef struct ptrun_model_facts {
    int64_t format;   /* TorchScript's file format (record "version"); 0: not a number */
    bool mobile;      /* holds bytecode for the mobile interpreter as well */
    bool training;    /* saved in training mode */
    bool xnnpack;     /* weights are packed for XNNPACK, which few builds of LibTorch can load */
    char *class_name; /* the model's Python class: "ResNet" */
    char *signature;  /* of forward, on one line: "(self, x: Tensor) -> Tensor"; NULL where there is none */
    ptrun_model_tensor *tensors; /* in the order in which they were saved, constants last */
    size_t n_tensors;
    ptrun_tensor_total totals[PTRUN_MODEL_MAX_DTYPES]; /* in the order of their first tensor */
    size_t n_totals;
} ptrun_model_facts;

/* "parameter", "buffer", "attribute", "constant". Static. */
const char *ptrun_tensor_role_name(ptrun_tensor_role role);

/* MODEL_CORRUPT where a pickle cannot be followed, where a tensor's numbers are impossible or its storage is
 * larger than its record (LibTorch would read beyond it), or a record that is read here is damaged;
 * OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_model_facts_read(ptrun_model_facts *out, const ptrun_model_file *file,
                                                   ptrun_error *err);

/* Accepts the zero value; zero afterwards. */
void ptrun_model_facts_release(ptrun_model_facts *facts);

#endif
