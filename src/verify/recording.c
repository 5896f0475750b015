#include "verify/recording.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "verify/npy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FILE     ((size_t)1 << 30)
#define MAX_ELEMENTS ((int64_t)1 << 28)
#define INDEX_RECORD "extra/ptrun.json"
#define INDEX_MEMBER "recording.npy"

const char *ptrun_stage_name(ptrun_stage stage)
{
    static const char *const names[] = {"file", "decoded", "resized", "tensor", "logits", "top"};
    return names[stage];
}

/* What a fault of this recording is called. */
static ptrun_status fault(const ptrun_recording *recording)
{
    return recording->model ? PTRUN_GOLDENS_INVALID : PTRUN_RECORDING_INVALID;
}

/* ---- the index ---- */

/* A key that is not known would be a stage that is silently not compared. */
static ptrun_status get_object(const ptrun_recording *r, ptrun_json_node node, const char *const *keys,
                               ptrun_error *err)
{
    ptrun_status status = ptrun_json_expect(node, PTRUN_JSON_OBJECT, fault(r), err);
    return status == PTRUN_OK ? ptrun_json_only(node, keys, fault(r), err) : status;
}

static ptrun_status get_text(const ptrun_recording *r, ptrun_json_node node, const char **out,
                             ptrun_error *err)
{
    *out = NULL;
    return node.value ? ptrun_json_get_string(node, fault(r), out, err) : PTRUN_OK;
}

static ptrun_status get_sha256(const ptrun_recording *r, ptrun_json_node node, const char **out,
                               ptrun_error *err)
{
    ptrun_status status = get_text(r, node, out, err);
    if (status != PTRUN_OK || !*out) return status;
    if (strlen(*out) == 64 && strspn(*out, "0123456789abcdef") == 64) return PTRUN_OK;
    return ptrun_fail(err, fault(r), "%s: 64 lower-case hexadecimal digits are wanted", node.path);
}

static ptrun_status read_shape(const ptrun_recording *r, ptrun_json_node node, ptrun_recorded_array *out,
                               ptrun_error *err)
{
    ptrun_status status = ptrun_json_expect(node, PTRUN_JSON_ARRAY, fault(r), err);
    if (status != PTRUN_OK) return status;
    if (ptrun_json_count(node) > PTRUN_RECORDED_MAX_RANK)
        return ptrun_fail(err, fault(r), "%s: more than %d dimensions", node.path, PTRUN_RECORDED_MAX_RANK);
    out->count = 1;
    for (ptrun_json_node dim = ptrun_json_at(node, 0); dim.value && status == PTRUN_OK;
         dim = ptrun_json_next(node, dim)) {
        int64_t *place = &out->dims[out->rank++];
        status = ptrun_json_get_int(dim, 1, MAX_ELEMENTS, fault(r), place, err);
        if (status == PTRUN_OK && *place > MAX_ELEMENTS / out->count)
            status = ptrun_fail(err, fault(r), "%s: too many elements", node.path);
        out->count *= *place;
    }
    return status;
}

/* Numbers, or null for what JSON cannot say (NaN). */
static ptrun_status read_values(const ptrun_recording *r, ptrun_json_node node, ptrun_recorded_array *out,
                                ptrun_error *err)
{
    ptrun_status status = ptrun_json_expect(node, PTRUN_JSON_ARRAY, fault(r), err);
    if (status != PTRUN_OK) return status;
    if ((int64_t)ptrun_json_count(node) != out->count)
        return ptrun_fail(err, fault(r), "%s: %zu numbers, but the shape has %lld", node.path,
                          ptrun_json_count(node), (long long)out->count);
    out->values = ptrun_mem_alloc((size_t)out->count, sizeof *out->values);
    if (!out->values) return ptrun_fail_memory(err, "the recording");
    float *place = out->values;
    for (ptrun_json_node number = ptrun_json_at(node, 0); number.value && status == PTRUN_OK;
         number = ptrun_json_next(node, number)) {
        double value = NAN;
        if (ptrun_json_kind_of(number) != PTRUN_JSON_NULL)
            status = ptrun_json_get_double(number, fault(r), &value, err);
        *place++ = (float)value;
    }
    return status;
}

static ptrun_status read_array(const ptrun_recording *r, ptrun_json_node node, ptrun_recorded_array *out,
                               ptrun_error *err)
{
    static const char *const keys[] = {"shape", "sha256", "file", "values", NULL};
    if (!node.value) return PTRUN_OK;
    ptrun_json_node values = ptrun_json_member(node, "values");
    ptrun_status status = get_object(r, node, keys, err);
    if (status == PTRUN_OK) status = read_shape(r, ptrun_json_member(node, "shape"), out, err);
    if (status == PTRUN_OK) status = get_sha256(r, ptrun_json_member(node, "sha256"), &out->sha256, err);
    if (status == PTRUN_OK) status = get_text(r, ptrun_json_member(node, "file"), &out->file, err);
    if (status == PTRUN_OK && values.value) status = read_values(r, values, out, err);
    out->known = true;
    return status;
}

/* Logits are compared by value; the stages before them by their digest at least. */
static ptrun_status check_sample(const ptrun_recording *r, const ptrun_recorded_sample *sample,
                                 ptrun_json_node node, ptrun_error *err)
{
    bool any = false;
    for (int stage = PTRUN_STAGE_DECODED; stage <= PTRUN_STAGE_LOGITS; stage++) {
        const ptrun_recorded_array *array = &sample->arrays[stage];
        any |= array->known;
        if (array->values && stage < PTRUN_STAGE_TENSOR)
            return ptrun_fail(err, fault(r), "%s.%s.values: only float32 stages have them", node.path,
                              ptrun_stage_name((ptrun_stage)stage));
        if (!array->known || array->file || array->values) continue;
        if (stage == PTRUN_STAGE_LOGITS || !array->sha256)
            return ptrun_fail(err, fault(r), "%s.%s: \"file\"%s is wanted", node.path,
                              ptrun_stage_name((ptrun_stage)stage),
                              stage == PTRUN_STAGE_LOGITS ? " or \"values\"" : " or \"sha256\"");
    }
    return any ? PTRUN_OK : ptrun_fail(err, fault(r), "%s: nothing is recorded of it", node.path);
}

static ptrun_status read_sample(const ptrun_recording *r, ptrun_json_node node, ptrun_recorded_sample *out,
                                ptrun_error *err)
{
    static const char *const keys[] = {"name",    "file",   "sha256", "decoded",
                                       "resized", "tensor", "logits", NULL};
    ptrun_json_node file = ptrun_json_member(node, "file");
    ptrun_status status = get_object(r, node, keys, err);
    if (status == PTRUN_OK) status = ptrun_json_get_string(file, fault(r), &out->file, err);
    if (status == PTRUN_OK) status = get_text(r, ptrun_json_member(node, "name"), &out->name, err);
    if (!out->name) out->name = out->file;
    if (status == PTRUN_OK) status = get_sha256(r, ptrun_json_member(node, "sha256"), &out->sha256, err);
    for (int stage = PTRUN_STAGE_DECODED; stage <= PTRUN_STAGE_LOGITS && status == PTRUN_OK; stage++)
        status = read_array(r, ptrun_json_member(node, ptrun_stage_name((ptrun_stage)stage)),
                            &out->arrays[stage], err);
    return status == PTRUN_OK ? check_sample(r, out, node, err) : status;
}

static ptrun_status read_with(ptrun_recording *r, ptrun_json_node node, ptrun_error *err)
{
    if (!node.value) return PTRUN_OK;
    ptrun_json_node threads = ptrun_json_member(node, "threads");
    ptrun_status status = ptrun_json_expect(node, PTRUN_JSON_OBJECT, fault(r), err);
    if (status == PTRUN_OK) status = get_text(r, ptrun_json_member(node, "torch"), &r->with.torch, err);
    if (status == PTRUN_OK) status = get_text(r, ptrun_json_member(node, "pillow"), &r->with.pillow, err);
    if (status == PTRUN_OK) status = get_text(r, ptrun_json_member(node, "machine"), &r->with.machine, err);
    if (status == PTRUN_OK)
        status = get_text(r, ptrun_json_member(node, "cpu_capability"), &r->with.cpu_capability, err);
    if (status == PTRUN_OK && threads.value)
        status = ptrun_json_get_int(threads, 0, INT32_MAX, fault(r), &r->with.threads, err);
    return status;
}

/* `node`: {"recorded_with": …, "images": […]} */
static ptrun_status read_index(ptrun_recording *r, ptrun_json_node node, ptrun_error *err)
{
    static const char *const keys[] = {"format", "recorded_with", "images", NULL};
    ptrun_json_node images = ptrun_json_member(node, "images");
    ptrun_status status = get_object(r, node, keys, err);
    if (status == PTRUN_OK) status = read_with(r, ptrun_json_member(node, "recorded_with"), err);
    if (status == PTRUN_OK) status = ptrun_json_expect(images, PTRUN_JSON_ARRAY, fault(r), err);
    if (status != PTRUN_OK) return status;
    size_t count = ptrun_json_count(images);
    if (count == 0)
        return ptrun_fail(err, r->model ? PTRUN_GOLDENS_MISSING : fault(r), "%s: no image was recorded",
                          images.path);
    r->samples = ptrun_mem_zalloc(count, sizeof *r->samples);
    if (!r->samples) return ptrun_fail_memory(err, "the recording");
    for (ptrun_json_node image = ptrun_json_at(images, 0); image.value && status == PTRUN_OK;
         image = ptrun_json_next(images, image))
        status = read_sample(r, image, &r->samples[r->count++], err);
    return status;
}

/* ---- files ---- */

/* A member of an .npz as its array. */
static ptrun_status fetch_member(const ptrun_recording *r, const char *member, ptrun_buf *file,
                                 ptrun_npy *array, ptrun_error *err)
{
    ptrun_error cause = {0};
    const ptrun_model_record *record = ptrun_archive_find(&r->archive, member);
    if (!record) return ptrun_fail(err, fault(r), "no array \"%.200s\" in it", member);
    ptrun_status status = ptrun_model_record_read(record, MAX_FILE, file, &cause);
    if (status == PTRUN_OUT_OF_MEMORY) return ptrun_fail_memory(err, "the recording");
    if (status != PTRUN_OK) return ptrun_fail(err, fault(r), "%s", ptrun_error_message(&cause));
    if (ptrun_npy_parse(array, ptrun_buf_text(file), file->length)) return PTRUN_OK;
    return ptrun_fail(err, fault(r), "\"%.200s\": not an array in C order", member);
}

/* The array NAME of an .npz; `like`: what its type and shape must be, NULL: bytes. */
static ptrun_status fetch_array(const ptrun_recording *r, const char *name, const ptrun_recorded_array *like,
                                size_t item_size, ptrun_buf *out, ptrun_error *err)
{
    ptrun_buf member = {0}, file = {0};
    ptrun_npy array;
    ptrun_buf_printf(&member, "%s.npy", name);
    ptrun_status status = member.failed ? ptrun_fail_memory(err, "the recording")
                                        : fetch_member(r, member.data, &file, &array, err);
    const char *dtype = item_size == 1 ? "|u1" : "<f4";
    bool same = status == PTRUN_OK && ptrun_str_equal(array.dtype, dtype);
    if (same && like)
        same = array.rank == like->rank && memcmp(array.dims, like->dims, sizeof array.dims) == 0;
    if (status == PTRUN_OK && !same)
        status = ptrun_fail(err, fault(r), "array \"%.200s\": not of type %s and the shape in the index",
                            name, dtype);
    if (status == PTRUN_OK) ptrun_buf_put(out, array.elements, array.size);
    ptrun_buf_release(&member);
    ptrun_buf_release(&file);
    return status;
}

static ptrun_status fetch_record(const ptrun_recording *r, const char *name, ptrun_buf *out, ptrun_error *err)
{
    ptrun_buf path = {0};
    ptrun_buf_printf(&path, "extra/%s", name);
    const ptrun_model_record *record = ptrun_model_file_find(r->model, ptrun_buf_text(&path));
    ptrun_status status = PTRUN_OK;
    if (path.failed) status = ptrun_fail_memory(err, "the goldens");
    else if (!record) status = ptrun_fail(err, fault(r), "no record \"extra/%.200s\"", name);
    else status = ptrun_model_record_read(record, MAX_FILE, out, err);
    ptrun_buf_release(&path);
    return status;
}

static ptrun_status fetch_file(const ptrun_recording *r, const char *name, ptrun_buf *out, ptrun_error *err)
{
    ptrun_buf path = {0};
    ptrun_bytes bytes = {0};
    ptrun_buf_printf(&path, "%s%s", name[0] == '/' ? "" : r->folder, name);
    ptrun_status status = path.failed ? ptrun_fail_memory(err, "the recording")
                                      : ptrun_fs_read(path.data, MAX_FILE, &bytes, err);
    if (status == PTRUN_OK) ptrun_buf_put(out, bytes.data, bytes.size);
    else ptrun_error_prefix(err, "%.200s: ", name);
    ptrun_bytes_release(&bytes);
    ptrun_buf_release(&path);
    return status;
}

static ptrun_status fetch(const ptrun_recording *r, const char *name, const ptrun_recorded_array *like,
                          size_t item_size, ptrun_buf *out, ptrun_error *err)
{
    ptrun_status status = r->model    ? fetch_record(r, name, out, err)
                          : r->folder ? fetch_file(r, name, out, err)
                                      : fetch_array(r, name, like, item_size, out, err);
    return status == PTRUN_OK && out->failed ? ptrun_fail_memory(err, "the recording") : status;
}

ptrun_status ptrun_recording_image(const ptrun_recording *recording, const ptrun_recorded_sample *sample,
                                   ptrun_buf *out, ptrun_error *err)
{
    return fetch(recording, sample->file, NULL, 1, out, err);
}

ptrun_status ptrun_recording_array(const ptrun_recording *recording, const ptrun_recorded_array *array,
                                   size_t item_size, ptrun_buf *out, ptrun_error *err)
{
    size_t wanted = (size_t)array->count * item_size, before = out->length;
    ptrun_error cause = {0};
    if (array->values) {
        ptrun_buf_put(out, array->values, wanted);
        return out->failed ? ptrun_fail_memory(err, "the recording") : PTRUN_OK;
    }
    ptrun_status status = fetch(recording, array->file, array, item_size, out, &cause);
    if (status == PTRUN_OUT_OF_MEMORY) return ptrun_fail_memory(err, "the recording");
    if (status != PTRUN_OK) return ptrun_fail(err, fault(recording), "%s", ptrun_error_message(&cause));
    if (out->length - before == wanted) return PTRUN_OK;
    return ptrun_fail(err, fault(recording), "%.200s: %zu bytes, but the shape needs %zu", array->file,
                      out->length - before, wanted);
}

/* ---- opening ---- */

ptrun_status ptrun_recording_from_model(ptrun_recording *out, const ptrun_model_file *model, ptrun_error *err)
{
    *out = (ptrun_recording){.model = model};
    ptrun_buf text = {0};
    const ptrun_model_record *record = ptrun_model_file_find(model, INDEX_RECORD);
    ptrun_status status = record
                              ? ptrun_model_record_read(record, MAX_FILE, &text, err)
                              : ptrun_fail(err, PTRUN_GOLDENS_MISSING, "it has no ptrun.json, so no goldens");
    if (status == PTRUN_OK)
        status =
            ptrun_json_parse(&out->index, ptrun_buf_text(&text), text.length, PTRUN_GOLDENS_INVALID, err);
    ptrun_json_node goldens =
        status == PTRUN_OK ? ptrun_json_member(ptrun_json_root(out->index), "goldens") : (ptrun_json_node){0};
    if (status == PTRUN_OK && !goldens.value)
        status = ptrun_fail(err, PTRUN_GOLDENS_MISSING, "its ptrun.json has no goldens");
    if (status == PTRUN_OK) status = read_index(out, goldens, err);
    ptrun_buf_release(&text);
    if (status != PTRUN_OK) ptrun_recording_release(out);
    return status;
}

static ptrun_status read_npz(ptrun_recording *r, ptrun_error *err)
{
    ptrun_error cause = {0};
    ptrun_buf file = {0};
    ptrun_npy array;
    ptrun_status status = ptrun_archive_open(&r->archive, r->bytes.data, r->bytes.size, &cause);
    if (status == PTRUN_OUT_OF_MEMORY) return ptrun_fail_memory(err, "the recording");
    if (status != PTRUN_OK) return ptrun_fail(err, fault(r), "%s", ptrun_error_message(&cause));
    status = fetch_member(r, INDEX_MEMBER, &file, &array, err);
    if (status == PTRUN_OK) status = ptrun_json_parse(&r->index, array.elements, array.size, fault(r), err);
    ptrun_buf_release(&file);
    return status;
}

static ptrun_status read_json(ptrun_recording *r, const char *path, ptrun_error *err)
{
    const char *slash = strrchr(path, '/');
    r->folder = ptrun_mem_strdup(path, slash ? (size_t)(slash - path) + 1 : 0);
    if (!r->folder) return ptrun_fail_memory(err, "the recording");
    return ptrun_json_parse(&r->index, r->bytes.size ? (const char *)r->bytes.data : "", r->bytes.size,
                            fault(r), err);
}

static ptrun_status check_format(const ptrun_recording *r, ptrun_json_node root, ptrun_error *err)
{
    const char *format;
    ptrun_json_node node = ptrun_json_member(root, "format");
    ptrun_status status = ptrun_json_expect(root, PTRUN_JSON_OBJECT, fault(r), err);
    if (status == PTRUN_OK) status = ptrun_json_get_string(node, fault(r), &format, err);
    if (status != PTRUN_OK || ptrun_str_equal(format, PTRUN_RECORDING_FORMAT)) return status;
    return ptrun_fail(err, fault(r), "%s: \"%s\" is wanted", node.path, PTRUN_RECORDING_FORMAT);
}

ptrun_status ptrun_recording_read(ptrun_recording *out, const char *path, ptrun_error *err)
{
    *out = (ptrun_recording){0};
    ptrun_error cause = {0};
    ptrun_status status = ptrun_fs_map(path, &out->bytes, &cause);
    if (status == PTRUN_OUT_OF_MEMORY) return ptrun_fail_memory(err, "the recording");
    if (status != PTRUN_OK)
        return ptrun_fail(err, PTRUN_RECORDING_INVALID, "%s", ptrun_error_message(&cause));
    bool zip = out->bytes.size > 1 && memcmp(out->bytes.data, "PK", 2) == 0;
    status = zip ? read_npz(out, err) : read_json(out, path, err);
    if (status == PTRUN_OK) status = check_format(out, ptrun_json_root(out->index), err);
    if (status == PTRUN_OK) status = read_index(out, ptrun_json_root(out->index), err);
    if (status != PTRUN_OK) ptrun_recording_release(out);
    return status;
}

void ptrun_recording_release(ptrun_recording *recording)
{
    for (size_t i = 0; i < recording->count; i++)
        for (int stage = 0; stage < PTRUN_N_STAGES; stage++) free(recording->samples[i].arrays[stage].values);
    free(recording->samples);
    free(recording->folder);
    ptrun_json_close(&recording->index);
    ptrun_archive_release(&recording->archive);
    ptrun_bytes_release(&recording->bytes);
    *recording = (ptrun_recording){0};
}
