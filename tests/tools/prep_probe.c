/* Resizes for the parity tests, many in one process. Reads commands from standard input, each a line and, for
 * resize, the pixels:
 *   resize WIDTH HEIGHT CHANNELS NEW_WIDTH NEW_HEIGHT FILTER X Y COLUMNS ROWS    then the image's bytes
 *   size WIDTH HEIGHT SHORTER MAX_SIZE
 * and answers each with a line, "ok N" and N bytes of pixels, "ok WIDTH HEIGHT", or "error WORD". */
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

/* Read the arguments and pixels of a resize command and answer it; false where they are not whole. */
static bool do_resize(ptrun_resize_scratch *scratch, ptrun_image *in, ptrun_image *out)
{
    int width, height, channels, new_width, new_height, x, y, columns, rows;
    char word[16];
    ptrun_filter filter;
    if (scanf("%d %d %d %d %d %15s %d %d %d %d", &width, &height, &channels, &new_width, &new_height, word,
              &x, &y, &columns, &rows) != 10)
        return false;
    ptrun_error err = {0};
    if (getchar() != '\n' || !find_filter(word, &filter) ||
        ptrun_image_reshape(in, width, height, channels, &err))
        return false;
    size_t size = (size_t)width * (size_t)height * (size_t)channels;
    if (fread(in->pixels, 1, size, stdin) != size) return false;

    ptrun_window window = {x, y, columns, rows};
    if (ptrun_resize(in, new_width, new_height, filter, window, scratch, out, &err)) {
        answer_error(&err);
        return true;
    }
    size = (size_t)columns * (size_t)rows * (size_t)channels;
    printf("ok %zu\n", size);
    return fwrite(out->pixels, 1, size, stdout) == size;
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
    ptrun_resize_scratch scratch = {0};
    ptrun_image in = {0}, out = {0};
    char command[16];
    bool whole = true;
    while (whole && scanf("%15s", command) == 1) {
        whole = command[0] == 'r' ? do_resize(&scratch, &in, &out) : do_size();
        fflush(stdout);
    }
    ptrun_image_release(&in);
    ptrun_image_release(&out);
    ptrun_resize_scratch_release(&scratch);
    return whole ? 0 : 1;
}
