#include "report/thumb.h"

#include "base/cpu.h"
#include "base/fs.h"
#include "base/thread.h"
#include "image/encode.h"
#include "prep/resize.h"

#include <stdatomic.h>

enum { MAX_PIXELS = 40000000, MAX_BYTES = 256 << 20, QUALITY = 80, MOST_HELPERS = 3 };

/* Memory of one thread, used again from picture to picture. */
typedef struct {
    ptrun_image image, scratch, small;
    ptrun_resize_scratch resize;
} workshop;

typedef struct {
    ptrun_thumb *thumbs;
    size_t count;
    atomic_size_t next;
} work;

static int32_t scaled(int64_t side, int64_t longer)
{
    int64_t small = longer > PTRUN_THUMB_SIDE ? side * PTRUN_THUMB_SIDE / longer : side;
    return small > 0 ? (int32_t)small : 1;
}

/* Twice the size is enough to begin with: a large JPEG need not be decoded in full. */
static ptrun_status decode(workshop *shop, const char *path, ptrun_error *err)
{
    const ptrun_image_request request = {.max_pixels = MAX_PIXELS, .enough = 2 * PTRUN_THUMB_SIDE};
    ptrun_bytes bytes = {0};
    ptrun_image_info info = {0};
    ptrun_status status = ptrun_fs_read(path, MAX_BYTES, &bytes, err);
    if (status == PTRUN_OK)
        status = ptrun_image_decode(bytes.data, bytes.size, &request, &shop->image, &info, err);
    ptrun_bytes_release(&bytes);
    if (status != PTRUN_OK) return status;
    return ptrun_image_orient(&shop->image, info.orientation, &shop->scratch, err);
}

static ptrun_status make(workshop *shop, ptrun_thumb *thumb)
{
    ptrun_error ignored = {0}; /* the status says enough for a picture on a page */
    ptrun_status status = decode(shop, thumb->path, &ignored);
    if (status != PTRUN_OK) return status;
    const ptrun_image *image = &shop->image;
    int32_t longer = image->width > image->height ? image->width : image->height;
    int32_t width = scaled(image->width, longer), height = scaled(image->height, longer);
    thumb->width = width, thumb->height = height;
    status = ptrun_resize(image, width, height, PTRUN_FILTER_BILINEAR, (ptrun_window){0, 0, width, height},
                          &shop->resize, &shop->small, &ignored);
    return status == PTRUN_OK ? ptrun_image_encode_jpeg(&shop->small, QUALITY, &thumb->jpeg, &ignored)
                              : status;
}

static void *make_some(void *argument)
{
    work *w = argument;
    workshop shop = {0};
    for (size_t i; (i = atomic_fetch_add(&w->next, 1)) < w->count;)
        if (w->thumbs[i].path) w->thumbs[i].status = make(&shop, &w->thumbs[i]);
    ptrun_image_release(&shop.image);
    ptrun_image_release(&shop.scratch);
    ptrun_image_release(&shop.small);
    ptrun_resize_scratch_release(&shop.resize);
    return NULL;
}

void ptrun_thumbs_make(ptrun_thumb *thumbs, size_t count)
{
    work w = {.thumbs = thumbs, .count = count};
    pthread_t helpers[MOST_HELPERS];
    int n = 0, wanted = ptrun_cpu_usable() - 1;
    while (n < wanted && n < MOST_HELPERS && ptrun_thread_start(&helpers[n], make_some, &w) == 0) n++;
    make_some(&w);
    while (n > 0) pthread_join(helpers[--n], NULL);
}

void ptrun_thumbs_release(ptrun_thumb *thumbs, size_t count)
{
    for (size_t i = 0; i < count; i++) ptrun_buf_release(&thumbs[i].jpeg);
}
