/* How many processors this process may use. */
#ifndef PTRUN_BASE_CPU_H
#define PTRUN_BASE_CPU_H

/* Processors of the affinity mask, but no more than the cgroup (v2) quota rounded up; at least 1. */
int ptrun_cpu_usable(void);

#endif
