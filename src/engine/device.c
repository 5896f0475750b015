#include "engine/device.h"

#include "base/num.h"
#include "base/str.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { HIGHEST_INDEX = 255 };

bool ptrun_device_parse(const char *text, ptrun_device *out)
{
    static const char prefix[] = "cuda:";
    int64_t index = 0;
    if (ptrun_str_equal(text, "cpu")) {
        *out = (ptrun_device){.kind = PTRUN_DEVICE_CPU};
        return true;
    }
    if (!ptrun_str_equal(text, "cuda") &&
        !(ptrun_str_starts_with(text, prefix) &&
          ptrun_num_parse_int(text + strlen(prefix), 0, HIGHEST_INDEX, &index)))
        return false;
    *out = (ptrun_device){.kind = PTRUN_DEVICE_CUDA, .index = (int32_t)index};
    return true;
}

void ptrun_device_text(char out[PTRUN_DEVICE_TEXT_SIZE], ptrun_device device)
{
    if (device.kind == PTRUN_DEVICE_CPU) snprintf(out, PTRUN_DEVICE_TEXT_SIZE, "cpu");
    else snprintf(out, PTRUN_DEVICE_TEXT_SIZE, "cuda:%" PRId32, device.index);
}
