#include "pipeline/prepare.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/mem.h"

#include <unistd.h>

/* The largest picture that the pixel limit admits, uncompressed with 16 bits and alpha, is smaller. */
#define MAX_FILE_BYTES ((size_t)2 << 30)

struct ptrun_preparer {
    const ptrun_prep *prep;
    ptrun_image_request request;
    ptrun_prep_scratch *scratch;
    ptrun_image decoded, resized;
    ptrun_image_info info;
    ptrun_buf standard_input;
    ptrun_prepare_times times;
};

static ptrun_window wanted(const void *prep, const ptrun_image_info *info)
{
    return ptrun_prep_wanted(prep, info);
}

ptrun_status ptrun_preparer_open(ptrun_preparer **out, const ptrun_prep *prep, int64_t max_pixels, ptrun_error *err)
{
    *out = NULL;
    ptrun_preparer *preparer = ptrun_mem_zalloc(1, sizeof *preparer);
    if (!preparer) return ptrun_fail_memory(err, "a worker");
    preparer->prep = prep;
    preparer->request = (ptrun_image_request){.max_pixels = max_pixels, .wanted = wanted, .context = prep};
    ptrun_status status = ptrun_prep_scratch_open(&preparer->scratch, err);
    if (status != PTRUN_OK) ptrun_preparer_close(&preparer);
    *out = preparer;
    return status;
}

void ptrun_preparer_close(ptrun_preparer **preparer)
{
    if (!*preparer) return;
    ptrun_prep_scratch_close(&(*preparer)->scratch);
    ptrun_image_release(&(*preparer)->decoded);
    ptrun_buf_release(&(*preparer)->standard_input);
    ptrun_mem_release(preparer);
}

void ptrun_preparer_want_all(ptrun_preparer *preparer)
{
    preparer->request.wanted = NULL;
}

/* The time since *since is added to *stage; *since becomes now. */
static void lap(int64_t *stage, int64_t *since)
{
    int64_t now = ptrun_clock_now();
    *stage += now - *since;
    *since = now;
}

ptrun_status ptrun_prepare_bytes(ptrun_preparer *preparer, const uint8_t *bytes, size_t size, ptrun_error *err)
{
    int64_t since = ptrun_clock_now();
    ptrun_status status =
        ptrun_image_decode(bytes, size, &preparer->request, &preparer->decoded, &preparer->info, err);
    lap(&preparer->times.decode, &since);
    return status;
}

static ptrun_status read_standard_input(ptrun_preparer *preparer, ptrun_error *err)
{
    int64_t since = ptrun_clock_now();
    ptrun_buf *buf = &preparer->standard_input;
    ptrun_buf_clear(buf);
    ptrun_status status = ptrun_fs_read_fd(STDIN_FILENO, MAX_FILE_BYTES, buf, err);
    lap(&preparer->times.read, &since);
    if (status == PTRUN_OK) status = ptrun_prepare_bytes(preparer, (const uint8_t *)buf->data, buf->length, err);
    ptrun_buf_release(buf);
    return status;
}

ptrun_status ptrun_prepare_file(ptrun_preparer *preparer, const char *path, ptrun_error *err)
{
    if (!path) return read_standard_input(preparer, err);
    int64_t since = ptrun_clock_now();
    ptrun_bytes bytes;
    ptrun_status status = ptrun_fs_read(path, MAX_FILE_BYTES, &bytes, err);
    lap(&preparer->times.read, &since);
    if (status == PTRUN_OK) status = ptrun_prepare_bytes(preparer, bytes.data, bytes.size, err);
    ptrun_bytes_release(&bytes);
    return status;
}

const ptrun_image *ptrun_prepare_decoded(const ptrun_preparer *preparer)
{
    return &preparer->decoded;
}

const ptrun_image_info *ptrun_prepare_info(const ptrun_preparer *preparer)
{
    return &preparer->info;
}

static ptrun_status check_shape(const ptrun_recipe *recipe, const ptrun_image *image, ptrun_error *err)
{
    const int32_t *shape = recipe->shape;
    if (!recipe->has_shape ||
        (shape[0] == image->channels && shape[1] == image->height && shape[2] == image->width))
        return PTRUN_OK;
    return ptrun_fail(err, PTRUN_MODEL_INPUT_SHAPE, "the steps give %d x %d x %d, input.shape is %d x %d x %d",
                      image->channels, image->height, image->width, shape[0], shape[1], shape[2]);
}

ptrun_status ptrun_prepare_resize(ptrun_preparer *preparer, const ptrun_image **resized, ptrun_error *err)
{
    int64_t since = ptrun_clock_now();
    ptrun_status status = ptrun_prep_resized(preparer->prep, &preparer->decoded, preparer->info.orientation,
                                             preparer->scratch, &preparer->resized, err);
    lap(&preparer->times.resize, &since);
    *resized = &preparer->resized;
    if (status == PTRUN_OK) status = check_shape(ptrun_prep_recipe(preparer->prep), &preparer->resized, err);
    return status;
}

void ptrun_prepare_tensor(ptrun_preparer *preparer, ptrun_layout layout, float *out)
{
    int64_t since = ptrun_clock_now();
    ptrun_prep_tensor(preparer->prep, &preparer->resized, layout, out);
    lap(&preparer->times.tensor, &since);
}

const ptrun_prepare_times *ptrun_prepare_times_of(const ptrun_preparer *preparer)
{
    return &preparer->times;
}
