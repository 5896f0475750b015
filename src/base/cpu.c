#include "base/cpu.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Processors of the affinity mask; a machine may have more than a cpu_set_t's 1024. */
static int affinity_count(void)
{
    for (int room = CPU_SETSIZE; room <= 1 << 20; room *= 4) {
        cpu_set_t *set = CPU_ALLOC((size_t)room);
        if (!set) break;
        size_t size = CPU_ALLOC_SIZE((size_t)room);
        int count = sched_getaffinity(0, size, set) == 0 ? CPU_COUNT_S(size, set) : 0;
        CPU_FREE(set);
        if (count > 0) return count;
    }
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int)online : 1;
}

/* quota / period rounded up, or 0 where `path` sets none. Format of v2's cpu.max: "200000 100000" or "max …". */
static int quota_of(const char *path)
{
    FILE *file = fopen(path, "re");
    if (!file) return 0;
    long long quota = 0, period = 0;
    int fields = fscanf(file, "%lld %lld", &quota, &period);
    fclose(file);
    return fields == 2 && quota > 0 && period > 0 ? (int)((quota + period - 1) / period) : 0;
}

/* The tightest quota from the process's own group (cgroup v2) up to the root. */
static int cgroup_quota(void)
{
    char line[3072], path[4096];
    FILE *file = fopen("/proc/self/cgroup", "re");
    if (!file) return 0;
    char *group = NULL;
    while (!group && fgets(line, sizeof line, file))
        if (strncmp(line, "0::/", 4) == 0) group = line + 3;
    fclose(file);
    if (!group) return 0;
    group[strcspn(group, "\n")] = '\0';
    int tightest = 0;
    for (;;) {
        snprintf(path, sizeof path, "/sys/fs/cgroup%s/cpu.max", strcmp(group, "/") == 0 ? "" : group);
        int quota = quota_of(path);
        if (quota && (!tightest || quota < tightest)) tightest = quota;
        char *slash = strrchr(group, '/');
        if (!slash || slash == group) break;
        *slash = '\0';
    }
    snprintf(path, sizeof path, "/sys/fs/cgroup/cpu.max"); /* inside a namespace the root itself is limited */
    int quota = quota_of(path);
    return quota && (!tightest || quota < tightest) ? quota : tightest;
}

int ptrun_cpu_usable(void)
{
    int count = affinity_count(), quota = cgroup_quota();
    return quota && quota < count ? quota : count;
}

/* x86 has "model name", Arm "CPU part" beside "CPU implementer": the first processor's lines. */
void ptrun_cpu_model(char *out, size_t size)
{
    static const char *const names[] = {"model name", "CPU implementer", "CPU part"};
    char line[512];
    size_t length = 0;
    *out = '\0';
    FILE *file = fopen("/proc/cpuinfo", "re");
    while (file && fgets(line, sizeof line, file) && line[0] != '\n')
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            const char *value = strchr(line, ':');
            if (!value || strncmp(line, names[i], strlen(names[i])) != 0 || length >= size) continue;
            line[strcspn(line, "\n")] = '\0';
            length += (size_t)snprintf(out + length, size - length, "%s%s", length ? " " : "", value + 1 + strspn(value + 1, " "));
        }
    if (file) fclose(file);
    if (!*out) snprintf(out, size, "unknown");
}
