/* What Python made of images, stage by stage: the goldens inside a model, or a recording made elsewhere.
 *
 * Both are an index in JSON with the same entries (docs/export.md, docs/verify.md) and files that it names:
 * records below extra/ of the model's archive; members of an .npz, where index and arrays are NumPy arrays;
 * files beside a .json. */
#ifndef PTRUN_VERIFY_RECORDING_H
#define PTRUN_VERIFY_RECORDING_H

#include "base/fs.h"
#include "model/archive.h"
#include "model/file.h"
#include "json/json.h"

#define PTRUN_RECORDING_FORMAT "ptrun-recording/1"

/* In the order in which an image goes through them. */
typedef enum ptrun_stage {
    PTRUN_STAGE_FILE,    /* bytes of the image file */
    PTRUN_STAGE_DECODED, /* uint8 (H, W, 3) RGB, before orientation and colour order */
    PTRUN_STAGE_RESIZED, /* uint8 (H, W, C), after the geometric steps */
    PTRUN_STAGE_TENSOR,  /* float32 (1, C, H, W) */
    PTRUN_STAGE_LOGITS,  /* float32, what the model returned for one image */
    PTRUN_STAGE_TOP,     /* order of the best classes; follows from the logits */
    PTRUN_N_STAGES,
} ptrun_stage;

/* "file", "decoded", "resized", "tensor", "logits", "top". Static. */
const char *ptrun_stage_name(ptrun_stage stage);

enum { PTRUN_RECORDED_MAX_RANK = 8 };

/* The array of one stage. Strings are borrowed from the recording. */
typedef struct ptrun_recorded_array {
    bool known;
    int32_t rank;
    int64_t dims[PTRUN_RECORDED_MAX_RANK];
    int64_t count;      /* elements: the product of dims */
    const char *sha256; /* of the elements, little-endian, C order; NULL: not recorded */
    const char *file;   /* that holds the elements; NULL: there is none */
    float *values;      /* float32 elements that stand in the index itself; NULL; owned */
} ptrun_recorded_array;

typedef struct ptrun_recorded_sample {
    const char *name;                            /* for people */
    const char *file;                            /* the image */
    const char *sha256;                          /* of its bytes; NULL: not recorded */
    ptrun_recorded_array arrays[PTRUN_N_STAGES]; /* those of FILE and TOP are never known */
} ptrun_recorded_sample;

/* What the recording was made with; NULL and 0 where it does not say. Borrowed from the recording. */
typedef struct ptrun_recorded_with {
    const char *torch, *pillow, *machine, *cpu_capability;
    int64_t threads;
} ptrun_recorded_with;

typedef struct ptrun_recording {
    ptrun_recorded_sample *samples;
    size_t count; /* at least 1 */
    ptrun_recorded_with with;
    ptrun_json *index;             /* from here on private */
    const ptrun_model_file *model; /* goldens; borrowed */
    ptrun_bytes bytes;             /* the file of a recording made elsewhere */
    ptrun_archive archive;         /* of an .npz */
    char *folder;                  /* of a .json, with its slash */
} ptrun_recording;

/* The goldens of the model, which is borrowed until release. GOLDENS_MISSING, GOLDENS_INVALID (with the JSON
 * path), MODEL_CORRUPT, OUT_OF_MEMORY; *out is zero then. */
PTRUN_MUST_USE ptrun_status ptrun_recording_from_model(ptrun_recording *out, const ptrun_model_file *model,
                                                       ptrun_error *err);

/* A recording made elsewhere: .npz or .json, told apart by content. RECORDING_INVALID, OUT_OF_MEMORY; *out is
 * zero then. */
PTRUN_MUST_USE ptrun_status ptrun_recording_read(ptrun_recording *out, const char *path, ptrun_error *err);

/* Accepts the zero value; zero afterwards. */
void ptrun_recording_release(ptrun_recording *recording);

/* The bytes of the sample's image, appended to `out`. FILE_* where the file of a .json cannot be read, else
 * GOLDENS_INVALID or RECORDING_INVALID; OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_recording_image(const ptrun_recording *recording,
                                                  const ptrun_recorded_sample *sample, ptrun_buf *out,
                                                  ptrun_error *err);

/* The elements of an array that has `values` or `file`: `count` of `item_size` bytes (1: uint8, 4: float32),
 * little-endian, C order, appended to `out`. GOLDENS_INVALID or RECORDING_INVALID, OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_recording_array(const ptrun_recording *recording,
                                                  const ptrun_recorded_array *array, size_t item_size,
                                                  ptrun_buf *out, ptrun_error *err);

#endif
