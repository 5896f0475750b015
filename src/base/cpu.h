/* How many processors this process may use. */
#ifndef PTRUN_BASE_CPU_H
#define PTRUN_BASE_CPU_H

#include <stddef.h>

/* Processors of the affinity mask, but no more than the cgroup (v2) quota rounded up; at least 1. */
int ptrun_cpu_usable(void);

/* What the processor calls itself ("AMD EPYC 9R14"), cut to `size`; "unknown" where it does not say. */
void ptrun_cpu_model(char *out, size_t size);

#endif
