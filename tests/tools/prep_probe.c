/* Resizes for the parity tests, many in one process. Reads commands from standard input, each a line and, for
 * resize, the pixels:
 *   resize WIDTH HEIGHT CHANNELS NEW_WIDTH NEW_HEIGHT FILTER X Y COLUMNS ROWS    then the image's bytes
 *   time RUNS WIDTH …                                                             the same
 *   size WIDTH HEIGHT SHORTER MAX_SIZE
 * and answers each with a line, "ok N" and N bytes of pixels, "ok NANOSECONDS" of the fastest run, "ok WIDTH
 * HEIGHT", or "error WORD". */
#include "base/clock.h"
#include "base/error.h"
#include "base/str.h"
#include "prep/resize.h"

#include <stdio.h>

static bool find_filter(const char *word, ptrun_filter *out)
{
    for (int i = 0; ptrun_filter_name((ptrun_filter)i); i++) {
        *out = (ptrun_filter)i;
        if (ptrun_str_equal(ptrun_filter_name(*out), word)) return true;
    }
    return false;
}

static void answer_error(const ptrun_error *err)
{
    printf("error %s\n", ptrun_status_word(err->status));
}

typedef struct {
    ptrun_image in, out;
    ptrun_resize_scratch scratch;
    int width, height;
    ptrun_filter filter;
    ptrun_window window;
} job;

/* The arguments and pixels of a resize; false where they are not whole. */
static bool read_job(job *j)
{
    int width, height, channels, x, y, columns, rows;
    char word[16];
    if (scanf("%d %d %d %d %d %15s %d %d %d %d", &width, &height, &channels, &j->width, &j->height, word, &x,
              &y, &columns, &rows) != 10)
        return false;
    ptrun_error err = {0};
    if (getchar() != '\n' || !find_filter(word, &j->filter) ||
        ptrun_image_reshape(&j->in, width, height, channels, &err))
        return false;
    size_t size = (size_t)width * (size_t)height * (size_t)channels;
    j->window = (ptrun_window){x, y, columns, rows};
    return fread(j->in.pixels, 1, size, stdin) == size;
}

static ptrun_status run_job(job *j, ptrun_error *err)
{
    return ptrun_resize(&j->in, j->width, j->height, j->filter, j->window, &j->scratch, &j->out, err);
}

static bool do_resize(job *j)
{
    ptrun_error err = {0};
    if (!read_job(j)) return false;
    if (run_job(j, &err)) {
        answer_error(&err);
        return true;
    }
    size_t size = (size_t)j->out.width * (size_t)j->out.height * (size_t)j->out.channels;
    printf("ok %zu\n", size);
    return fwrite(j->out.pixels, 1, size, stdout) == size;
}

static bool do_time(job *j)
{
    int runs;
    if (scanf("%d", &runs) != 1 || !read_job(j)) return false;
    int64_t fastest = INT64_MAX;
    ptrun_error err = {0};
    for (int i = 0; i < runs && err.status == PTRUN_OK; i++) {
        int64_t begun = ptrun_clock_now();
        (void)!run_job(j, &err);
        int64_t taken = ptrun_clock_now() - begun;
        if (taken < fastest) fastest = taken;
    }
    if (err.status) answer_error(&err);
    else printf("ok %lld\n", (long long)fastest);
    return true;
}

static bool do_size(void)
{
    int width, height, shorter, max_size;
    if (scanf("%d %d %d %d", &width, &height, &shorter, &max_size) != 4) return false;
    ptrun_recipe recipe = {.n_steps = 1};
    recipe.steps[0] = (ptrun_step){.kind = PTRUN_STEP_RESIZE};
    recipe.steps[0].resize.shorter = shorter;
    recipe.steps[0].resize.max_size = max_size;
    ptrun_error err = {0};
    int32_t out_width, out_height;
    if (ptrun_recipe_output_size(&recipe, width, height, &out_width, &out_height, &err)) answer_error(&err);
    else printf("ok %d %d\n", (int)out_width, (int)out_height);
    return true;
}

int main(void)
{
    job j = {.scratch = {.kernel = NULL}};
    char command[16];
    bool whole = true;
    while (whole && scanf("%15s", command) == 1) {
        whole = command[0] == 'r' ? do_resize(&j) : command[0] == 't' ? do_time(&j) : do_size();
        fflush(stdout);
    }
    ptrun_image_release(&j.in);
    ptrun_image_release(&j.out);
    ptrun_resize_scratch_release(&j.scratch);
    return whole ? 0 : 1;
}
