#include "check.h"
#include "bench/profile.h"

static const char *const *texts; /* of one forward each */

static ptrun_status fake_profile(ptrun_engine_model *model, const ptrun_tensor *input, ptrun_engine_text_fn put,
                                 void *context, ptrun_error *err)
{
    (void)model, (void)input;
    const char *text = *texts++;
    if (!text) return err->status = PTRUN_INFERENCE_FAILED;
    size_t half = strlen(text) / 2; /* text comes in pieces */
    if (put(context, text, half) != 0 || put(context, text + half, strlen(text) - half) != 0) return err->status = PTRUN_STOPPED;
    return PTRUN_OK;
}

static ptrun_status make(ptrun_bench_profile *out, const char *const *given, int32_t forwards)
{
    const ptrun_engine_api engine = {.profile = fake_profile};
    const ptrun_tensor input = {0};
    ptrun_error err = {0};
    texts = given;
    ptrun_status status = ptrun_bench_profile_make(out, &engine, NULL, &input, forwards, &err);
    CHECK(status == err.status && (status == PTRUN_OK || out->items == NULL));
    return status;
}

#define OPERATOR(name, count, total, self)                                                                             \
    "{\"name\":\"" name "\",\"count\":" #count ",\"total_ns\":" #total ",\"self_ns\":" #self "}"
#define FORWARD(time, operators) "{\"forward_ns\":" #time ",\"operators\":[" operators "]}"

static void check_average(void)
{
    const char *const two[] = {FORWARD(4000000, OPERATOR("a", 1, 3000000, 1000000) "," OPERATOR("b", 2, 2000000, 2000000)),
                               FORWARD(6000000, OPERATOR("b", 2, 4000000, 4000000) "," OPERATOR("c", 1, 1000000, 500000))};
    ptrun_bench_profile profile;
    CHECK(make(&profile, two, 2) == PTRUN_OK && profile.forwards == 2 && profile.count == 3 && profile.forward == 5);
    CHECK_TEXT(profile.items[0].name, "b"); /* the dearest first */
    CHECK(profile.items[0].count == 2 && profile.items[0].total == 3 && profile.items[0].self == 3);
    CHECK_TEXT(profile.items[1].name, "a");
    CHECK(profile.items[1].count == 0.5 && profile.items[1].total == 1.5 && profile.items[1].self == 0.5);
    CHECK_TEXT(profile.items[2].name, "c");
    ptrun_bench_profile_release(&profile);
    CHECK(profile.items == NULL && profile.count == 0);
    const char *const none[] = {FORWARD(1000000, "")};
    CHECK(make(&profile, none, 1) == PTRUN_OK && profile.count == 0 && profile.forward == 1);
    ptrun_bench_profile_release(&profile);
}

static void check_broken(void)
{
    const ptrun_engine_api silent = {0};
    ptrun_bench_profile profile;
    ptrun_error err = {0};
    const char *const fails_later[] = {FORWARD(1, OPERATOR("a", 1, 1, 1)), NULL};
    const char *const no_json[] = {"{\"forward_ns\":1,"}, *const no_list[] = {"{\"forward_ns\":1,\"operators\":{}}"};
    const char *const no_time[] = {"{\"operators\":[]}"}, *const no_name[] = {FORWARD(1, "{\"count\":1}")};
    CHECK(ptrun_bench_profile_make(&profile, &silent, NULL, NULL, 1, &err) == PTRUN_ENGINE_FAILED);
    CHECK(make(&profile, fails_later, 2) == PTRUN_INFERENCE_FAILED);
    CHECK(make(&profile, no_json, 1) == PTRUN_ENGINE_FAILED && make(&profile, no_list, 1) == PTRUN_ENGINE_FAILED);
    CHECK(make(&profile, no_time, 1) == PTRUN_ENGINE_FAILED && make(&profile, no_name, 1) == PTRUN_ENGINE_FAILED);
}

int main(void)
{
    check_average();
    check_broken();
    return CHECK_DONE();
}
