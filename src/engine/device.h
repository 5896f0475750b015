/* Text of devices: "cpu", "cuda", "cuda:1". */
#ifndef PTRUN_ENGINE_DEVICE_H
#define PTRUN_ENGINE_DEVICE_H

#include "ptrun/device.h"

#include <stdbool.h>

enum { PTRUN_DEVICE_TEXT_SIZE = 24 };

/* False for anything but cpu, cuda, cuda:N (0 <= N <= 255). */
bool ptrun_device_parse(const char *text, ptrun_device *out);

/* "cpu" or "cuda:N". */
void ptrun_device_text(char out[PTRUN_DEVICE_TEXT_SIZE], ptrun_device device);

#endif
