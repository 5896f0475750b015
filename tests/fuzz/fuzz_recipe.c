/* libFuzzer target: any bytes as a recipe. Beside the sanitizers' silence it asks that a refusal says where,
 * and that a recipe that was written is read as the same recipe again.
 *
 *   clang -std=c11 -D_GNU_SOURCE -g -O1 -fsanitize=fuzzer,address,undefined -Iinclude -Isrc \
 *     tests/fuzz/fuzz_recipe.c src/model/[!.]*.c src/json/[!.]*.c src/base/[!.]*.c src/prep/recipe.c \
 *     src/prep/geometry.c -lcjson -lz -lnettle -lpthread -ldl -lm -o fuzz_recipe */
#include "model/recipe_json.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

static void require(bool condition)
{
    if (!condition) abort();
}

static ptrun_status read_bytes(ptrun_recipe *recipe, const void *bytes, size_t size, ptrun_error *err)
{
    static const bool wanted[PTRUN_RECIPE_N_KEYS] = {true, true, true, true, true};
    bool has[PTRUN_RECIPE_N_KEYS];
    ptrun_json *json;
    ptrun_status status = ptrun_json_parse(&json, bytes, size, PTRUN_RECIPE_INVALID, err);
    if (status == PTRUN_OK) status = ptrun_recipe_read(recipe, ptrun_json_root(json), wanted, has, err);
    ptrun_json_close(&json);
    return status;
}

static void write_text(ptrun_buf *buf, const ptrun_recipe *recipe)
{
    ptrun_json_writer w = {.buf = buf};
    ptrun_recipe_write(&w, recipe);
    require(!buf->failed);
}

static void check_round_trip(const ptrun_recipe *recipe)
{
    ptrun_recipe again = {0};
    ptrun_error err = {0};
    ptrun_buf once = {0}, twice = {0};
    write_text(&once, recipe);
    require(read_bytes(&again, once.data, once.length, &err) == PTRUN_OK);
    write_text(&twice, &again);
    require(strcmp(once.data, twice.data) == 0);
    require(recipe->n_steps == again.n_steps);
    require(memcmp(recipe->steps, again.steps, sizeof again.steps) == 0); /* the floats too, bit by bit */
    ptrun_buf_release(&once);
    ptrun_buf_release(&twice);
    ptrun_recipe_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    ptrun_recipe recipe = {0};
    ptrun_error err = {0};
    ptrun_status status = read_bytes(&recipe, bytes, size, &err);
    require(status == err.status &&
            (status == PTRUN_OK || (status == PTRUN_RECIPE_INVALID && err.detail[0])));
    if (status == PTRUN_OK) {
        (void)!ptrun_recipe_check(&recipe, &err);
        check_round_trip(&recipe);
    }
    ptrun_recipe_release(&recipe);
    return 0;
}
