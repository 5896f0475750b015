#include "engine/device.h"

#include "check.h"

static void parse(const char *text, bool good, ptrun_device_kind kind, int32_t index)
{
    ptrun_device device = {PTRUN_DEVICE_CPU, 77};
    CHECK(ptrun_device_parse(text, &device) == good);
    if (good) CHECK(device.kind == kind && device.index == index);
    else CHECK(device.kind == PTRUN_DEVICE_CPU && device.index == 77); /* left alone */
}

static void text(ptrun_device device, const char *expected)
{
    char out[PTRUN_DEVICE_TEXT_SIZE];
    ptrun_device_text(out, device);
    CHECK_TEXT(out, expected);
}

int main(void)
{
    parse("cpu", true, PTRUN_DEVICE_CPU, 0);
    parse("cuda", true, PTRUN_DEVICE_CUDA, 0);
    parse("cuda:0", true, PTRUN_DEVICE_CUDA, 0);
    parse("cuda:15", true, PTRUN_DEVICE_CUDA, 15);
    parse("cuda:255", true, PTRUN_DEVICE_CUDA, 255);
    static const char *const wrong[] = {"",         "CPU",     "cpu:0",   "cuda:", "cuda:-1",
                                        "cuda:256", "cuda:1x", "cuda: 1", "gpu",   "cud"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) parse(wrong[i], false, PTRUN_DEVICE_CPU, 0);
    text((ptrun_device){PTRUN_DEVICE_CPU, 0}, "cpu");
    text((ptrun_device){PTRUN_DEVICE_CUDA, 0}, "cuda:0");
    text((ptrun_device){PTRUN_DEVICE_CUDA, 255}, "cuda:255");
    return CHECK_DONE();
}
