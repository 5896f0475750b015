#include "check.h"
#include "base/fs.h"
#include "bench/images.h"

#include <stdlib.h>

static int told;

static void tell(void *context, const char *path, const ptrun_error *error)
{
    (void)path;
    CHECK(error->status == *(const ptrun_status *)context);
    told++;
}

/* Nothing is read: names that need not exist are names, too. */
static ptrun_source *source_of(const char *const *names, size_t count)
{
    const ptrun_source_options options = {.arguments = names, .n_arguments = count};
    ptrun_source *source = NULL;
    ptrun_error err = {0};
    CHECK(ptrun_source_open(&source, &options, &err) == PTRUN_OK);
    return source;
}

static void check_spread(void)
{
    char text[100][8];
    const char *names[100];
    ptrun_bench_images images;
    ptrun_error err = {0};
    ptrun_status none = PTRUN_OK;
    for (int i = 0; i < 100; i++) {
        snprintf(text[i], sizeof text[i], "%d", i);
        names[i] = text[i];
    }
    for (uint64_t limit = 1; limit <= 128; limit++) {
        ptrun_source *source = source_of(names, 100);
        CHECK(ptrun_bench_images_collect(&images, source, limit, tell, &none, &err) == PTRUN_OK);
        CHECK(images.found == 100 && images.count == (limit < 100 ? limit : 100) && images.synthetic < 0);
        for (size_t i = 1; i < images.count; i++) {
            long gap = strtol(images.paths[i], NULL, 10) - strtol(images.paths[i - 1], NULL, 10);
            CHECK(gap >= (long)(100 / images.count) && gap <= (long)(99 / images.count) + 1);
        }
        ptrun_bench_images_release(&images);
        ptrun_source_close(&source);
    }
    CHECK(told == 0);
}

static ptrun_prep *prep_of(const ptrun_recipe *recipe)
{
    ptrun_prep *prep = NULL;
    ptrun_error err = {0};
    CHECK(ptrun_prep_open(&prep, recipe, &err) == PTRUN_OK);
    return prep;
}

/* The same picture everywhere: its pixels, not its file, which libjpeg-turbo may write another way. */
static void check_synthetic(ptrun_preparer *preparer)
{
    ptrun_bench_images a, b;
    ptrun_bytes first, second;
    ptrun_error err = {0};
    ptrun_status none = PTRUN_OK;
    atomic_int stop = 0;
    CHECK(ptrun_bench_images_make(&a, &err) == PTRUN_OK && ptrun_bench_images_make(&b, &err) == PTRUN_OK);
    CHECK(a.count == 1 && a.synthetic >= 0 && a.synthetic != b.synthetic);
    CHECK(ptrun_fs_read(a.paths[0], 0, &first, &err) == PTRUN_OK && ptrun_fs_read(b.paths[0], 0, &second, &err) == PTRUN_OK);
    CHECK(first.size == second.size && memcmp(first.data, second.data, first.size) == 0);
    CHECK(first.size > 30000 && first.size < 300000); /* what a photograph of that size takes */
    CHECK(ptrun_bench_images_look(&a, preparer, &stop, tell, &none, &err) == PTRUN_OK && a.count == 1 && a.failed == 0);
    CHECK(ptrun_prepare_info(preparer)->width == 500 && ptrun_prepare_info(preparer)->height == 375);
    CHECK(a.first_time > 0 && a.least_time == a.first_time);
    ptrun_bytes_release(&first);
    ptrun_bytes_release(&second);
    ptrun_bench_images_release(&a);
    ptrun_bench_images_release(&b);
    ptrun_bench_images_release(&b); /* as often as one likes */
}

static void check_missing(ptrun_preparer *preparer)
{
    const char *const names[] = {"/no/such/file", "/no/such/image", "/no/such/picture"};
    ptrun_source *source = source_of(names, 3);
    ptrun_bench_images images;
    ptrun_error err = {0};
    ptrun_status missing = PTRUN_FILE_NOT_FOUND;
    atomic_int stop = 0;
    CHECK(ptrun_bench_images_collect(&images, source, 9, tell, &missing, &err) == PTRUN_OK && told == 0);
    CHECK(ptrun_bench_images_look(&images, preparer, &stop, tell, &missing, &err) == PTRUN_OK);
    CHECK(told == 3 && images.failed == 3 && images.count == 0);
    ptrun_bench_images_release(&images);
    ptrun_source_close(&source);

    source = source_of(names, 3);
    stop = 1; /* what was not looked at is no failure */
    CHECK(ptrun_bench_images_collect(&images, source, 9, tell, &missing, &err) == PTRUN_OK);
    CHECK(ptrun_bench_images_look(&images, preparer, &stop, tell, &missing, &err) == PTRUN_OK);
    CHECK(told == 3 && images.failed == 0 && images.count == 0);
    ptrun_bench_images_release(&images);
    ptrun_source_close(&source);
}

int main(void)
{
    const ptrun_recipe recipe = {0};
    ptrun_prep *prep = prep_of(&recipe);
    ptrun_preparer *preparer = NULL;
    ptrun_error err = {0};
    CHECK(ptrun_preparer_open(&preparer, prep, PTRUN_IMAGE_MAX_PIXELS, &err) == PTRUN_OK);
    check_spread();
    check_synthetic(preparer);
    check_missing(preparer);
    ptrun_preparer_close(&preparer);
    ptrun_prep_close(&prep);
    return CHECK_DONE();
}
