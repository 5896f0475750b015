#include "base/str.h"
#include "model/recipe_source.h"

/* Only `input` and `steps`: what a preset says nothing about is left to the model's own recipe. No shape
 * either, because these models take other sizes too. tests/parity/test_model_recipe.py holds each against
 * the package that it comes from. */
#define RGB                   "\"input\":{\"color\":\"rgb\"}"
#define PRESET(steps)         "{\"format\":\"ptrun-recipe/1\"," RGB ",\"steps\":[" steps "]}"
#define SHORTER(side, filter) "{\"op\":\"resize\",\"shorter\":" #side ",\"filter\":\"" filter "\"},"
#define SQUARE(side, filter)  "{\"op\":\"resize\"," SIDES(side) ",\"filter\":\"" filter "\"},"
#define SIDES(side)           "\"size\":[" #side "," #side "]"
#define CROP(side)            "{\"op\":\"center_crop\"," SIDES(side) "},"
#define CROP_HF(side)         "{\"op\":\"center_crop\"," SIDES(side) ",\"rounding\":\"transformers\"},"
#define OVER_255              "{\"op\":\"scale\",\"divide\":255},"
#define OVER_255_HF           "{\"op\":\"scale\",\"multiply\":0.00392156862745098},"
#define NORMALIZE(mean, std)  "{\"op\":\"normalize\",\"mean\":[" mean "],\"std\":[" std "]}"

#define IMAGENET NORMALIZE("0.485,0.456,0.406", "0.229,0.224,0.225")
#define HALF     NORMALIZE("0.5,0.5,0.5", "0.5,0.5,0.5")
#define CLIP     NORMALIZE("0.48145466,0.4578275,0.40821073", "0.26862954,0.26130258,0.27577711")

static const struct {
    const char *name, *json;
} presets[] = {
    /* torchvision: the classic evaluation transform, *_Weights.IMAGENET1K_V1 of most models */
    {"imagenet", PRESET(SHORTER(256, "bilinear") CROP(224) OVER_255 IMAGENET)},
    /* torchvision: ResNet50_Weights.IMAGENET1K_V2 and its like */
    {"imagenet-v2", PRESET(SHORTER(232, "bilinear") CROP(224) OVER_255 IMAGENET)},
    /* timm: the defaults of data/config.py at 224 pixels, crop_pct 0.875 */
    {"timm", PRESET(SHORTER(256, "bicubic") CROP(224) OVER_255 IMAGENET)},
    /* timm: inception_v3.tf_in1k, inception_v4.tf_in1k: 299 pixels, crop_pct 0.875 */
    {"inception", PRESET(SHORTER(341, "bicubic") CROP(299) OVER_255 HALF)},
    /* transformers: ViTImageProcessor */
    {"vit", PRESET(SQUARE(224, "bilinear") OVER_255_HF HALF)},
    /* transformers: CLIPImageProcessor */
    {"clip", PRESET(SHORTER(224, "bicubic") CROP_HF(224) OVER_255_HF CLIP)},
};

const char *ptrun_recipe_preset_name(size_t index)
{
    return index < sizeof presets / sizeof *presets ? presets[index].name : NULL;
}

const char *ptrun_recipe_preset_json(const char *name)
{
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++)
        if (ptrun_str_equal(presets[i].name, name)) return presets[i].json;
    return NULL;
}
