#include "base/machine.h"

#include <stdio.h>
#include <sys/utsname.h>

void ptrun_machine_system(char *out, size_t size)
{
    struct utsname name;
    out[0] = '\0';
    if (uname(&name) == 0) snprintf(out, size, "%s %s %s", name.sysname, name.release, name.machine);
}

int64_t ptrun_machine_peak_memory(void)
{
    char line[256];
    long long kilobytes = 0;
    FILE *file = fopen("/proc/self/status", "re");
    if (!file) return 0;
    while (fgets(line, sizeof line, file) && sscanf(line, "VmHWM: %lld kB", &kilobytes) != 1) {}
    fclose(file);
    return kilobytes * 1024;
}
