/* Where each key of the recipe comes from, labels files, and which source a message names. */
#include "base/error.h"
#include "base/fs.h"
#include "check.h"
#include "model/recipe_source.h"
#include "zip_maker.h"

#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/ptrun-source-XXXXXX";
static char model_path[64], sidecar_path[80], recipe_path[64], labels_path[64];

static void write_file(const char *path, const void *bytes, size_t size)
{
    ptrun_error err = {0};
    CHECK(ptrun_fs_replace(path, bytes, size, &err) == PTRUN_OK);
}

/* A model with that recipe inside; NULL for none. */
static ptrun_model_file *open_model(const char *json)
{
    const zip_entry entries[] = {{"m/data.pkl", "\x80\x02}.", false, 0},
                                 {"m/constants.pkl", "x", false, 0},
                                 {"m/version", "3\n", false, 0},
                                 {"m/extra/ptrun.json", json, true, 0}};
    ptrun_buf zip = {0};
    ptrun_model_file *file;
    zip_make(&zip, entries, json ? 4 : 3, (zip_style){.descriptors = true});
    write_file(model_path, zip.data, zip.length);
    ptrun_buf_release(&zip);
    CHECK(ptrun_model_file_open(&file, model_path, &(ptrun_error){0}) == PTRUN_OK);
    return file;
}

static void check_sources(const ptrun_recipe_in_force *in_force, const char *expected)
{
    const char *const *source = in_force->source;
    char sources[128];
    snprintf(sources, sizeof sources, "%s %s %s %s %s", source[0], source[1], source[2], source[3],
             source[4]);
    CHECK_TEXT(sources, expected);
}

/* input, steps, output, exif_orientation, labels */
static void check_resolved(ptrun_recipe_request request, const char *sources, bool defaulted)
{
    ptrun_error err = {0};
    ptrun_recipe_in_force in_force;
    CHECK(ptrun_recipe_resolve(&request, &in_force, &err) == PTRUN_OK);
    CHECK_TEXT(err.detail, "");
    if (err.status == PTRUN_OK) check_sources(&in_force, sources);
    CHECK(in_force.defaulted == defaulted);
    ptrun_recipe_in_force_release(&in_force);
}

static void check_refused(ptrun_recipe_request request, ptrun_status status, const char *detail)
{
    ptrun_error err = {0};
    ptrun_recipe_in_force in_force;
    CHECK(ptrun_recipe_resolve(&request, &in_force, &err) == status);
    CHECK_TEXT(err.detail, detail);
    CHECK(!in_force.recipe.labels);
}

#define RECIPE(members)       "{\"format\":\"ptrun-recipe/1\"," members "}"
#define FILE_TEXT(path, text) write_file(path, text, sizeof(text) - 1)

static void check_order_of_sources(void)
{
    ptrun_model_file *model = open_model(
        RECIPE("\"input\":{\"color\":\"gray\"},\"labels\":[\"in\"],\"exif_orientation\":\"apply\""));
    ptrun_recipe_request request = {.model_path = model_path, .model = model};
    check_resolved((ptrun_recipe_request){0}, "default default none none none", true);
    check_refused(request, PTRUN_RECIPE_INVALID,
                  "with \"input\" of source model and \"steps\" of source default: "
                  "$.steps[3].mean: 3 numbers, but color \"gray\" has one channel");
    FILE_TEXT(sidecar_path, RECIPE("\"steps\":[],\"exif_orientation\":\"ignore\""));
    check_resolved(request, "model sidecar none sidecar model", false);
    request.preset = "vit";
    check_resolved(request, "preset preset none sidecar model", false);
    FILE_TEXT(recipe_path, RECIPE("\"steps\":[],\"output\":{\"select\":1,\"activation\":\"none\"}"));
    request.recipe_path = recipe_path;
    check_resolved(request, "preset file file sidecar model", false);
    FILE_TEXT(labels_path, "a\n");
    request.labels_path = labels_path;
    check_resolved(request, "preset file file sidecar option", false);

    ptrun_recipe_in_force in_force;
    request.activation = PTRUN_ACTIVATION_SIGMOID;
    CHECK(ptrun_recipe_resolve(&request, &in_force, &(ptrun_error){0}) == PTRUN_OK);
    check_sources(&in_force, "preset file option sidecar option");
    CHECK(in_force.recipe.activation == PTRUN_ACTIVATION_SIGMOID && in_force.recipe.select_index == 1);
    ptrun_recipe_in_force_release(&in_force);
    ptrun_model_file_close(&model);
    unlink(sidecar_path);
}

static void check_default(void)
{
    ptrun_recipe_in_force in_force;
    CHECK(ptrun_recipe_resolve(&(ptrun_recipe_request){0}, &in_force, &(ptrun_error){0}) == PTRUN_OK);
    ptrun_buf buf = {0};
    ptrun_json_writer w = {.buf = &buf};
    ptrun_recipe_write(&w, &in_force.recipe);
    CHECK_TEXT(
        ptrun_buf_text(&buf),
        RECIPE("\"input\":{\"color\":\"rgb\"},\"steps\":[{\"op\":\"resize\",\"shorter\":256,\"filter\":"
               "\"bilinear\"},"
               "{\"op\":\"center_crop\",\"size\":[224,224]},{\"op\":\"scale\",\"divide\":255},{\"op\":"
               "\"normalize\","
               "\"mean\":[0.485,0.456,0.406],\"std\":[0.229,0.224,0.225]}],\"exif_orientation\":\"ignore\""));
    ptrun_buf_release(&buf);
    ptrun_recipe_in_force_release(&in_force);

    ptrun_recipe_request request = {.require = true};
    check_refused(request, PTRUN_RECIPE_REQUIRED, "no source of the recipe has \"input\" and \"steps\"");
    FILE_TEXT(recipe_path, RECIPE("\"steps\":[]"));
    request.recipe_path = recipe_path;
    check_refused(request, PTRUN_RECIPE_REQUIRED, "no source of the recipe has \"input\"");
    request.require = false;
    check_resolved(request, "default file none none none", true);
    request.preset = "clip";
    request.require = true;
    check_resolved(request, "preset file none none none", false);
}

static void check_faults(void)
{
    ptrun_recipe_request request = {.recipe_path = recipe_path};
    FILE_TEXT(recipe_path, "{\n\"format\": 3,}");
    check_refused(request, PTRUN_RECIPE_INVALID,
                  "in the --recipe file: line 2, column 13: a string is wanted");
    FILE_TEXT(recipe_path, RECIPE("\"steps\":[{}]"));
    check_refused(
        request, PTRUN_RECIPE_INVALID,
        "in the --recipe file: $.steps[0].op: missing; one of resize, center_crop, scale, normalize");
    FILE_TEXT(recipe_path, "");
    check_refused(request, PTRUN_RECIPE_INVALID,
                  "in the --recipe file: line 1, column 1: the text ends too early");
    request.recipe_path = "/tmp/no/such/recipe.json";
    check_refused(request, PTRUN_RECIPE_UNREADABLE, "in the --recipe file: no such file");
    request = (ptrun_recipe_request){.preset = "imagnet"};
    check_refused(request, PTRUN_RECIPE_INVALID,
                  "no such preset; there are imagenet, imagenet-v2, timm, inception, vit, clip");

    ptrun_model_file *model = open_model(RECIPE("\"labels\":[1]"));
    request = (ptrun_recipe_request){.model_path = model_path, .model = model};
    check_refused(request, PTRUN_RECIPE_INVALID,
                  "in the model's ptrun.json: $.labels[0]: a string is wanted, not 1");
    FILE_TEXT(sidecar_path, "[]");
    check_refused(request, PTRUN_RECIPE_INVALID,
                  "in the .recipe.json beside the model: $: an object is wanted, not an array");
    FILE_TEXT(recipe_path,
              RECIPE("\"input\":{},\"steps\":[],\"output\":{},\"exif_orientation\":\"apply\",\"labels\":[]"));
    request.recipe_path = recipe_path; /* a whole recipe by hand overrides what lies with the model */
    check_resolved(request, "file file file file file", false);
    ptrun_model_file_close(&model);
    unlink(sidecar_path);
}

static void check_labels(const void *bytes, size_t size, size_t count, const char *const *labels)
{
    ptrun_recipe_in_force in_force;
    write_file(labels_path, bytes, size);
    ptrun_recipe_request request = {.labels_path = labels_path};
    CHECK(ptrun_recipe_resolve(&request, &in_force, &(ptrun_error){0}) == PTRUN_OK);
    CHECK(in_force.recipe.n_labels == count);
    for (size_t i = 0; i < count && i < in_force.recipe.n_labels; i++) {
        if (labels[i]) CHECK_TEXT(in_force.recipe.labels[i], labels[i]);
        else CHECK(!in_force.recipe.labels[i]);
    }
    ptrun_recipe_in_force_release(&in_force);
}

#define LABELS(text, count, ...)                                                                             \
    check_labels(text, sizeof(text) - 1, count, (const char *const[]){__VA_ARGS__})

static void check_labels_refused(const void *bytes, size_t size, const char *detail)
{
    write_file(labels_path, bytes, size);
    check_refused((ptrun_recipe_request){.labels_path = labels_path}, PTRUN_LABELS_INVALID, detail);
}

static void check_label_files(void)
{
    LABELS("a\nb\n", 2, "a", "b");
    LABELS("a\nb", 2, "a", "b");
    LABELS("\xEF\xBB\xBF"
           "a\r\n b \r\n",
           2, "a", " b ");
    LABELS("a\n\nb\n\n", 4, "a", NULL, "b", NULL);
    LABELS("\n", 1, NULL);
    LABELS("tench, Tinca tinca\nmakeup \"case\"\n\xc3\xa9\n", 3, "tench, Tinca tinca", "makeup \"case\"",
           "é");
    check_labels_refused("", 0, "in the --labels file: the file holds no label");
    check_labels_refused("a\n\xff\n", 4, "in the --labels file: line 2: not UTF-8");
    check_labels_refused("a\0b", 3, "in the --labels file: line 1: a NUL character");
    ptrun_recipe_request request = {.labels_path = folder};
    check_refused(request, PTRUN_LABELS_INVALID, "in the --labels file: a folder, not a regular file");
}

static void check_presets(void)
{
    size_t count = 0;
    for (const char *name; (name = ptrun_recipe_preset_name(count)); count++) {
        ptrun_recipe_request request = {.preset = name, .require = true};
        check_resolved(request, "preset preset none none none", false);
    }
    CHECK(count >= 1 && strcmp(ptrun_recipe_preset_name(0), "imagenet") == 0);
    CHECK(!ptrun_recipe_preset_json("none"));
}

int main(void)
{
    if (!mkdtemp(folder)) return 1;
    snprintf(model_path, sizeof model_path, "%s/m.pt", folder);
    snprintf(sidecar_path, sizeof sidecar_path, "%s.recipe.json", model_path);
    snprintf(recipe_path, sizeof recipe_path, "%s/r.json", folder);
    snprintf(labels_path, sizeof labels_path, "%s/l.txt", folder);
    check_order_of_sources();
    check_default();
    check_faults();
    check_label_files();
    check_presets();
    unlink(model_path);
    unlink(recipe_path);
    unlink(labels_path);
    rmdir(folder);
    return CHECK_DONE();
}
