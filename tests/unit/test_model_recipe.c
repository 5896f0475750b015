/* Recipes in JSON: what is read, what is refused and in which words, and that writing is the inverse of
 * reading. */
#include "base/error.h"
#include "check.h"
#include "model/recipe_json.h"

#include <stdlib.h>

static const bool all_keys[PTRUN_RECIPE_N_KEYS] = {true, true, true, true, true};

static ptrun_status read_text(ptrun_recipe *recipe, const char *text, bool has[PTRUN_RECIPE_N_KEYS],
                              ptrun_error *err)
{
    ptrun_json *json;
    ptrun_status status = ptrun_json_parse(&json, text, strlen(text), PTRUN_RECIPE_INVALID, err);
    if (status != PTRUN_OK) return status;
    status = ptrun_recipe_read(recipe, ptrun_json_root(json), all_keys, has, err);
    ptrun_json_close(&json);
    return status == PTRUN_OK ? ptrun_recipe_check(recipe, err) : status;
}

/* A whole recipe around members of the document. */
static void check_refused(const char *members, const char *detail)
{
    ptrun_recipe recipe = {0};
    ptrun_error err = {0};
    bool has[PTRUN_RECIPE_N_KEYS];
    char text[2048];
    snprintf(text, sizeof text, "{\"format\":\"ptrun-recipe/1\",%s}", members);
    CHECK(read_text(&recipe, text, has, &err) == PTRUN_RECIPE_INVALID);
    CHECK_TEXT(err.detail, detail);
    ptrun_recipe_release(&recipe);
}

static void check_step_refused(const char *steps, const char *detail)
{
    char members[1024];
    snprintf(members, sizeof members, "\"steps\":[%s]", steps);
    check_refused(members, detail);
}

static void check_written(const char *text, const char *expected)
{
    ptrun_recipe recipe = {0};
    ptrun_error err = {0};
    bool has[PTRUN_RECIPE_N_KEYS];
    ptrun_buf buf = {0};
    ptrun_json_writer w = {.buf = &buf};
    CHECK(read_text(&recipe, text, has, &err) == PTRUN_OK);
    CHECK_TEXT(err.detail, "");
    ptrun_recipe_write(&w, &recipe);
    CHECK_TEXT(ptrun_buf_text(&buf), expected);
    ptrun_recipe_release(&recipe);
    ptrun_buf_release(&buf);
}

#define EVERYTHING                                                                                           \
    "{\"format\":\"ptrun-recipe/1\",\"input\":{\"color\":\"bgr\",\"shape\":[3,224,192]},\"steps\":["         \
    "{\"op\":\"resize\",\"shorter\":256,\"max_size\":512,\"filter\":\"lanczos\"},"                           \
    "{\"op\":\"resize\",\"size\":[300,400],\"filter\":\"nearest\"},"                                         \
    "{\"op\":\"center_crop\",\"size\":[224,192],\"rounding\":\"transformers\"},"                             \
    "{\"op\":\"scale\",\"multiply\":0.00392156862745098},"                                                   \
    "{\"op\":\"normalize\",\"mean\":[0.485,0.456,0.406],\"std\":[0.229,0.224,0.225]}],"                      \
    "\"output\":{\"activation\":\"sigmoid\",\"select\":\"logits\"},\"exif_orientation\":\"apply\","          \
    "\"labels\":[\"tench\",null,\"a \\\"b\\\" é\",\"\"]}"

#define LEAST                                                                                                \
    "{\"format\":\"ptrun-recipe/"                                                                            \
    "1\",\"input\":{\"color\":\"rgb\"},\"steps\":[],\"exif_orientation\":\"ignore\"}"

static void check_reading(void)
{
    ptrun_recipe recipe = {0};
    ptrun_error err = {0};
    bool has[PTRUN_RECIPE_N_KEYS];
    CHECK(read_text(&recipe, EVERYTHING, has, &err) == PTRUN_OK);
    for (int key = 0; key < PTRUN_RECIPE_N_KEYS; key++) CHECK(has[key]);
    CHECK(recipe.color == PTRUN_COLOR_BGR && recipe.has_shape && recipe.shape[1] == 224 &&
          recipe.shape[2] == 192);
    CHECK(recipe.n_steps == 5 && recipe.apply_orientation);
    const ptrun_step *steps = recipe.steps;
    CHECK(steps[0].resize.shorter == 256 && steps[0].resize.max_size == 512 &&
          steps[0].resize.filter == PTRUN_FILTER_LANCZOS);
    CHECK(steps[1].resize.shorter == 0 && steps[1].resize.height == 300 && steps[1].resize.width == 400);
    CHECK(steps[2].crop.height == 224 && steps[2].crop.width == 192 &&
          steps[2].crop.rounding == PTRUN_CROP_TRANSFORMERS);
    CHECK(steps[3].scale.multiply && steps[3].scale.factor == 0.00392156862745098);
    CHECK(steps[4].normalize.channels == 3 && steps[4].normalize.mean[1] == 0.456f &&
          steps[4].normalize.std[2] == 0.225f);
    CHECK(recipe.activation == PTRUN_ACTIVATION_SIGMOID && recipe.select_kind == PTRUN_SELECT_KEY);
    CHECK_TEXT(recipe.select_key, "logits");
    CHECK(recipe.n_labels == 4 && !recipe.labels[1]);
    CHECK_TEXT(recipe.labels[2], "a \"b\" é");
    ptrun_recipe_release(&recipe);
}

/* Keys that are not wanted are checked and left alone; wanted ones replace what was there. */
static void check_wanted(void)
{
    bool wanted[PTRUN_RECIPE_N_KEYS] = {false}, has[PTRUN_RECIPE_N_KEYS];
    wanted[PTRUN_RECIPE_LABELS] = wanted[PTRUN_RECIPE_OUTPUT] = true;
    ptrun_recipe recipe = {0};
    ptrun_error err = {0};
    ptrun_json *json;
    CHECK(ptrun_json_parse(&json, EVERYTHING, strlen(EVERYTHING), PTRUN_RECIPE_INVALID, &err) == PTRUN_OK);
    for (int i = 0; i < 2; i++)
        CHECK(ptrun_recipe_read(&recipe, ptrun_json_root(json), wanted, has, &err) == PTRUN_OK);
    CHECK(has[PTRUN_RECIPE_STEPS] && recipe.n_steps == 0 && recipe.color == PTRUN_COLOR_RGB &&
          !recipe.apply_orientation);
    CHECK(recipe.n_labels == 4 && recipe.select_kind == PTRUN_SELECT_KEY);
    ptrun_json_close(&json);

    const char *broken = "{\"format\":\"ptrun-recipe/1\",\"labels\":[\"new\"],\"steps\":[{\"op\":\"blur\"}]}";
    CHECK(ptrun_json_parse(&json, broken, strlen(broken), PTRUN_RECIPE_INVALID, &err) == PTRUN_OK);
    CHECK(ptrun_recipe_read(&recipe, ptrun_json_root(json), wanted, has, &err) == PTRUN_RECIPE_INVALID);
    CHECK(recipe.n_labels == 4);
    ptrun_json_close(&json);
    ptrun_recipe_release(&recipe);
}

static void check_documents(void)
{
    check_refused("\"stepz\":[]", "$.stepz: unknown key; did you mean \"steps\"?");
    check_refused("\"goldens\":1", "$.goldens: an object or an array is wanted");
    check_refused("\"input\":[]", "$.input: an object is wanted, not an array");
    check_refused("\"input\":{\"colour\":\"rgb\"}", "$.input.colour: unknown key; did you mean \"color\"?");
    check_refused("\"input\":{\"color\":\"grey\"}",
                  "$.input.color: \"grey\" is no color; one of rgb, bgr, gray");
    check_refused("\"input\":{\"color\":null}", "$.input.color: null is no color; one of rgb, bgr, gray");
    check_refused("\"input\":{\"shape\":[224,224]}", "$.input.shape: [channels, height, width] is wanted");
    check_refused("\"input\":{\"shape\":[3,0,224]}",
                  "$.input.shape[1]: an integer from 1 to 65535 is wanted, not 0");
    check_refused("\"input\":{\"shape\":[3,224.5,224]}",
                  "$.input.shape[1]: an integer from 1 to 65535 is wanted, not 224.5");
    check_refused("\"input\":{\"shape\":[1,8,8]}", "$.input.shape: 1 channels, but color \"rgb\" has 3");
    check_refused("\"input\":{\"color\":\"gray\",\"shape\":[3,8,8]}",
                  "$.input.shape: 3 channels, but color \"gray\" has 1");
    check_refused("\"input\":{\"shape\":[3,224,256]},\"steps\":[{\"op\":\"center_crop\",\"size\":[256,224]}]",
                  "$.input.shape: [224, 256] pixels, but $.steps make [256, 224]");
    check_refused("\"output\":{\"activation\":\"relu\"}",
                  "$.output.activation: \"relu\" is no activation; one of softmax, sigmoid, none");
    check_refused("\"output\":{\"select\":-1}",
                  "$.output.select: an integer from 0 to 2147483647 is wanted, not -1");
    check_refused("\"output\":{\"select\":true}", "$.output.select: an index from 0 or a key is wanted");
    check_refused("\"exif_orientation\":\"yes\"",
                  "$.exif_orientation: \"yes\" is no choice; one of ignore, apply");
    check_refused("\"labels\":[\"a\",3]", "$.labels[1]: a string is wanted, not 3");
    check_refused("\"labels\":{\"0\":\"a\"}", "$.labels: an array is wanted, not an object");

    ptrun_recipe recipe = {0};
    ptrun_error err = {0};
    bool has[PTRUN_RECIPE_N_KEYS];
    CHECK(read_text(&recipe, "{}", has, &err) == PTRUN_RECIPE_INVALID);
    CHECK_TEXT(err.detail, "$.format: missing; a string is wanted");
    err = (ptrun_error){0};
    CHECK(read_text(&recipe, "{\"format\":\"ptrun-recipe/2\"}", has, &err) == PTRUN_RECIPE_INVALID);
    CHECK_TEXT(err.detail,
               "$.format: \"ptrun-recipe/2\" is not known; this version of ptrun reads \"ptrun-recipe/1\"");
    err = (ptrun_error){0};
    CHECK(read_text(&recipe, "[]", has, &err) == PTRUN_RECIPE_INVALID);
    CHECK_TEXT(err.detail, "$: an object is wanted, not an array");
}

static void check_resizes(void)
{
    check_step_refused("{\"op\":\"resize\",\"shorter\":256,\"filter\":\"cubic\"}",
                       "$.steps[0].filter: \"cubic\" is no filter; one of nearest, box, bilinear, hamming, "
                       "bicubic, lanczos");
    check_step_refused(
        "{\"op\":\"resize\",\"shorter\":256}",
        "$.steps[0].filter: missing; one of nearest, box, bilinear, hamming, bicubic, lanczos");
    check_step_refused("{\"op\":\"resize\",\"filter\":\"box\"}",
                       "$.steps[0]: one of \"shorter\" and \"size\" is wanted");
    check_step_refused("{\"op\":\"resize\",\"shorter\":1,\"size\":[1,1],\"filter\":\"box\"}",
                       "$.steps[0]: only one of \"shorter\" and \"size\" is wanted");
    check_step_refused("{\"op\":\"resize\",\"size\":224,\"filter\":\"box\"}",
                       "$.steps[0].size: an array is wanted, not 224");
    check_step_refused("{\"op\":\"resize\",\"size\":[224],\"filter\":\"box\"}",
                       "$.steps[0].size: [height, width] is wanted");
    check_step_refused("{\"op\":\"resize\",\"size\":[224,65536],\"filter\":\"box\"}",
                       "$.steps[0].size[1]: an integer from 1 to 65535 is wanted, not 65536");
    check_step_refused("{\"op\":\"resize\",\"shorter\":256,\"max_size\":256,\"filter\":\"box\"}",
                       "$.steps[0].max_size: must be greater than \"shorter\" (256)");
    check_step_refused("{\"op\":\"resize\",\"size\":[2,2],\"max_size\":3,\"filter\":\"box\"}",
                       "$.steps[0].max_size: goes with \"shorter\" only");
}

static void check_steps(void)
{
    check_step_refused(
        "{\"op\":\"rotate\"}",
        "$.steps[0].op: \"rotate\" is no operation; one of resize, center_crop, scale, normalize");
    check_step_refused("3", "$.steps[0]: an object is wanted, not 3");
    check_step_refused("{\"op\":\"scale\",\"divide\":255,\"mean\":[0]}",
                       "$.steps[0].mean: unknown key; known here: op, divide, multiply");
    check_step_refused("{\"op\":\"center_crop\",\"size\":[1,2],\"rounding\":\"up\"}",
                       "$.steps[0].rounding: \"up\" is no rounding; one of torchvision, transformers");
    check_step_refused("{\"op\":\"center_crop\"}", "$.steps[0].size: missing; an array is wanted");
    check_step_refused("{\"op\":\"scale\"}", "$.steps[0]: one of \"divide\" and \"multiply\" is wanted");
    check_step_refused("{\"op\":\"scale\",\"divide\":1,\"multiply\":1}",
                       "$.steps[0]: only one of \"divide\" and \"multiply\" is wanted");
    check_step_refused("{\"op\":\"scale\",\"divide\":0}",
                       "$.steps[0].divide: pixels scaled by it would be infinite");
    check_step_refused("{\"op\":\"scale\",\"divide\":1e-46}",
                       "$.steps[0].divide: pixels scaled by it would be infinite");
    check_step_refused("{\"op\":\"scale\",\"divide\":1e300}",
                       "$.steps[0].divide: pixels scaled by it would be 0");
    check_step_refused("{\"op\":\"scale\",\"multiply\":0}",
                       "$.steps[0].multiply: pixels scaled by it would be 0");
    check_step_refused("{\"op\":\"scale\",\"multiply\":1e37}",
                       "$.steps[0].multiply: pixels scaled by it would be infinite");
    check_step_refused("{\"op\":\"scale\",\"divide\":\"255\"}",
                       "$.steps[0].divide: a number is wanted, not \"255\"");
    check_step_refused("{\"op\":\"normalize\",\"mean\":[0,0],\"std\":[1,1]}",
                       "$.steps[0].mean: one or three numbers are wanted");
    check_step_refused("{\"op\":\"normalize\",\"mean\":[0],\"std\":[1,1,1]}",
                       "$.steps[0].std: 3 numbers, but \"mean\" has 1");
    check_step_refused("{\"op\":\"normalize\",\"mean\":[0,0,0],\"std\":[1,0,1]}",
                       "$.steps[0].std[1]: 0 in float32, and nothing can be divided by it");
    check_step_refused("{\"op\":\"normalize\",\"mean\":[0],\"std\":[1e-50]}",
                       "$.steps[0].std[0]: 0 in float32, and nothing can be divided by it");
    check_step_refused("{\"op\":\"normalize\",\"mean\":[1e39],\"std\":[1]}",
                       "$.steps[0].mean[0]: too large for float32");
    check_step_refused("{\"op\":\"normalize\",\"mean\":[0]}", "$.steps[0].std: missing; an array is wanted");
    check_refused(
        "\"input\":{\"color\":\"gray\"},\"steps\":[{\"op\":\"normalize\",\"mean\":[0,0,0],\"std\":[1,1,1]}]",
        "$.steps[0].mean: 3 numbers, but color \"gray\" has one channel");
}

#define SCALE     "{\"op\":\"scale\",\"divide\":255}"
#define CROP      "{\"op\":\"center_crop\",\"size\":[8,8]}"
#define NORMALIZE "{\"op\":\"normalize\",\"mean\":[0],\"std\":[1]}"

static void check_allowed(const char *steps, int32_t n_steps)
{
    ptrun_recipe recipe = {0};
    bool has[PTRUN_RECIPE_N_KEYS];
    char text[1024];
    snprintf(text, sizeof text, "{\"format\":\"ptrun-recipe/1\",\"steps\":[%s]}", steps);
    CHECK(read_text(&recipe, text, has, &(ptrun_error){0}) == PTRUN_OK && recipe.n_steps == n_steps);
    ptrun_recipe_release(&recipe);
}

static void check_order(void)
{
    check_step_refused(SCALE "," CROP, "$.steps[1]: \"center_crop\" cannot come after \"scale\"");
    check_step_refused(SCALE "," SCALE, "$.steps[1]: a second \"scale\"");
    check_step_refused(NORMALIZE "," SCALE, "$.steps[1]: \"scale\" cannot come after \"normalize\"");
    check_allowed(CROP "," CROP "," SCALE "," NORMALIZE, 4);
    check_allowed(CROP "," NORMALIZE, 2);
    check_step_refused(CROP "," NORMALIZE "," NORMALIZE, "$.steps[2]: a second \"normalize\"");
    ptrun_buf steps = {0};
    for (int i = 0; i < PTRUN_RECIPE_MAX_STEPS; i++) ptrun_buf_puts(&steps, i ? "," CROP : CROP);
    check_allowed(steps.data, PTRUN_RECIPE_MAX_STEPS);
    ptrun_buf_puts(&steps, "," CROP);
    check_step_refused(steps.data, "$.steps: more than 16 steps");
    ptrun_buf_release(&steps);
}

static void check_writing(void)
{
    check_written(EVERYTHING, EVERYTHING);
    check_written(LEAST, LEAST);
    check_written("{\"format\":\"ptrun-recipe/1\"}", LEAST);
    check_written(
        "{\"format\":\"ptrun-recipe/1\",\"origin\":{\"a\":1},\"goldens\":[1],\"output\":{},\"labels\":[]}",
        LEAST);
    check_written(
        "{\"format\":\"ptrun-recipe/"
        "1\",\"output\":{\"select\":2},\"steps\":[{\"op\":\"normalize\",\"mean\":[0.1],\"std\":[1e-7]}]}",
        "{\"format\":\"ptrun-recipe/"
        "1\",\"input\":{\"color\":\"rgb\"},\"steps\":[{\"op\":\"normalize\",\"mean\":[0.1],"
        "\"std\":[1e-07]}],\"output\":{\"select\":2},\"exif_orientation\":\"ignore\"}");
}

int main(void)
{
    check_reading();
    check_wanted();
    check_documents();
    check_resizes();
    check_steps();
    check_order();
    check_writing();
    return CHECK_DONE();
}
