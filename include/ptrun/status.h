/* What went wrong, as a number that never changes its meaning and a word that users may match.
 *
 * Pure C11, also valid C++17. The list is append-only: a number or a word, once released, stays.
 * The ranges say who is concerned, and `cli/exit_code.c` derives the process's exit code from them:
 *
 *      0         success
 *      1 ..  19  the program itself (memory, internal faults, usage)
 *     20 ..  99  input lists and output files
 *    100 .. 199  one image
 *    200 .. 299  the forward pass
 *    300 .. 399  the model file
 *    400 .. 499  recipe, labels, engine, device
 */
#ifndef PTRUN_STATUS_H
#define PTRUN_STATUS_H

/* X(NAME, number, "word"): PTRUN_NAME is the enumerator, the word is what records and messages show. */
#define PTRUN_STATUS_LIST(X)                                                                       \
    X(OK, 0, "ok")                                                                                 \
    X(INTERNAL, 1, "internal")                                                                     \
    X(OUT_OF_MEMORY, 2, "out_of_memory")                                                           \
    X(USAGE, 3, "usage")                                                                           \
    X(STOPPED, 4, "stopped")                                                                       \
    X(NO_INPUTS, 20, "no_inputs")                                                                  \
    X(LIST_UNREADABLE, 21, "list_unreadable")                                                      \
    X(OUTPUT_EXISTS, 22, "output_exists")                                                          \
    X(OUTPUT_FAILED, 23, "output_failed")                                                          \
    X(OUTPUT_CLOSED, 24, "output_closed")                                                          \
    X(RESUME_MISMATCH, 25, "resume_mismatch")                                                      \
    X(TRUTH_INVALID, 26, "truth_invalid")                                                          \
    X(RECORDS_INVALID, 27, "records_invalid")                                                      \
    X(RECORDING_INVALID, 28, "recording_invalid")                                                  \
    X(FILE_NOT_FOUND, 100, "file_not_found")                                                       \
    X(FILE_UNREADABLE, 101, "file_unreadable")                                                     \
    X(NOT_A_REGULAR_FILE, 102, "not_a_regular_file")                                               \
    X(IMAGE_UNKNOWN_FORMAT, 103, "image_unknown_format")                                           \
    X(IMAGE_UNSUPPORTED, 104, "image_unsupported")                                                 \
    X(IMAGE_TRUNCATED, 105, "image_truncated")                                                     \
    X(IMAGE_CORRUPT, 106, "image_corrupt")                                                         \
    X(IMAGE_TOO_LARGE, 107, "image_too_large")                                                     \
    X(OUTPUT_NOT_FINITE, 200, "output_not_finite")                                                 \
    X(OUTPUT_SHAPE, 201, "output_shape")                                                           \
    X(INFERENCE_FAILED, 202, "inference_failed")                                                   \
    X(INFERENCE_CRASHED, 203, "inference_crashed")                                                 \
    X(INFERENCE_STALLED, 204, "inference_stalled")                                                 \
    X(OUTPUT_DEPENDS_ON_BATCH, 205, "output_depends_on_batch")                                     \
    X(MODEL_NOT_FOUND, 300, "model_not_found")                                                     \
    X(MODEL_UNREADABLE, 301, "model_unreadable")                                                   \
    X(MODEL_EMPTY, 302, "model_empty")                                                             \
    X(MODEL_TRUNCATED, 303, "model_truncated")                                                     \
    X(MODEL_CORRUPT, 304, "model_corrupt")                                                         \
    X(MODEL_UNKNOWN_FORMAT, 305, "model_unknown_format")                                           \
    X(MODEL_IS_STATE_DICT, 306, "model_is_state_dict")                                             \
    X(MODEL_IS_PICKLE, 307, "model_is_pickle")                                                     \
    X(MODEL_IS_LFS_POINTER, 308, "model_is_lfs_pointer")                                           \
    X(MODEL_IS_HTML, 309, "model_is_html")                                                         \
    X(MODEL_IS_ONNX, 310, "model_is_onnx")                                                         \
    X(MODEL_IS_SAFETENSORS, 311, "model_is_safetensors")                                           \
    X(MODEL_IS_EXPORTED_PROGRAM, 312, "model_is_exported_program")                                 \
    X(MODEL_IS_TENSORRT, 313, "model_is_tensorrt")                                                 \
    X(MODEL_IS_LEGACY_TORCHSCRIPT, 314, "model_is_legacy_torchscript")                             \
    X(MODEL_IS_XNNPACK_MOBILE, 315, "model_is_xnnpack_mobile")                                     \
    X(MODEL_IS_IMAGE, 316, "model_is_image")                                                       \
    X(MODEL_MISSING_OPERATOR, 317, "model_missing_operator")                                       \
    X(MODEL_TOO_NEW, 318, "model_too_new")                                                         \
    X(MODEL_TOO_OLD, 319, "model_too_old")                                                         \
    X(MODEL_HASH_MISMATCH, 320, "model_hash_mismatch")                                             \
    X(MODEL_INPUT_SHAPE, 321, "model_input_shape")                                                 \
    X(MODEL_LOAD_FAILED, 322, "model_load_failed")                                                 \
    X(MODEL_LOAD_CRASHED, 323, "model_load_crashed")                                               \
    X(MODEL_ON_OTHER_DEVICE, 324, "model_on_other_device")                                         \
    X(RECIPE_INVALID, 400, "recipe_invalid")                                                       \
    X(RECIPE_REQUIRED, 401, "recipe_required")                                                     \
    X(RECIPE_UNREADABLE, 402, "recipe_unreadable")                                                 \
    X(LABELS_INVALID, 403, "labels_invalid")                                                       \
    X(ENGINE_NOT_FOUND, 404, "engine_not_found")                                                   \
    X(ENGINE_INCOMPATIBLE, 405, "engine_incompatible")                                             \
    X(ENGINE_FAILED, 406, "engine_failed")                                                         \
    X(DEVICE_UNAVAILABLE, 407, "device_unavailable")                                               \
    X(OUTPUT_SELECT, 408, "output_select")                                                         \
    X(GOLDENS_MISSING, 409, "goldens_missing")                                                     \
    X(GOLDENS_INVALID, 410, "goldens_invalid")                                                     \
    X(OUTPUT_AMBIGUOUS, 411, "output_ambiguous")

typedef enum ptrun_status {
#define PTRUN_STATUS_ENUM(name, number, word) PTRUN_##name = number,
    PTRUN_STATUS_LIST(PTRUN_STATUS_ENUM)
#undef PTRUN_STATUS_ENUM
} ptrun_status;

/* A failure's result must be looked at; C has no portable spelling for that before C23. */
#if defined(__GNUC__)
#define PTRUN_MUST_USE __attribute__((warn_unused_result))
#else
#define PTRUN_MUST_USE
#endif

enum { PTRUN_ERROR_DETAIL_SIZE = 512 };

/* One failure. Owned by the caller, usually on the stack; holds no heap memory, so that running out
 * of memory can be reported. `detail` is one line of UTF-8 without the file's name (the caller knows
 * it) and without a full stop; empty where the status says it all. Reset with {0}. */
typedef struct ptrun_error {
    ptrun_status status;
    char detail[PTRUN_ERROR_DETAIL_SIZE];
} ptrun_error;

#endif
