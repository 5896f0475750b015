#include "base/machine.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

/* What follows "KEY<blanks>:<blanks>" in the first such line of a file of /proc. */
static bool find_value(const char *path, const char *key, char *out, size_t size)
{
    char line[512];
    size_t length = strlen(key);
    bool found = false;
    FILE *file = fopen(path, "re");
    if (!file) return false;
    while (!found && fgets(line, sizeof line, file)) {
        const char *after = line + length;
        if (strncmp(line, key, length) != 0 || *(after += strspn(after, " \t")) != ':') continue;
        after += 1 + strspn(after + 1, " \t");
        snprintf(out, size, "%.*s", (int)strcspn(after, "\n"), after);
        found = true;
    }
    fclose(file);
    return found;
}

void ptrun_machine_processor(char *out, size_t size)
{
    out[0] = '\0';
    (void)find_value("/proc/cpuinfo", "model name", out, size);
}

void ptrun_machine_system(char *out, size_t size)
{
    struct utsname name;
    out[0] = '\0';
    if (uname(&name) == 0) snprintf(out, size, "%s %s %s", name.sysname, name.release, name.machine);
}

int64_t ptrun_machine_peak_memory(void)
{
    char text[32]; /* "123456 kB" */
    return find_value("/proc/self/status", "VmHWM", text, sizeof text) ? strtoll(text, NULL, 10) * 1024 : 0;
}
