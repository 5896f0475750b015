/* What the machine is, and what this process has taken of it. Any thread. */
#ifndef PTRUN_BASE_MACHINE_H
#define PTRUN_BASE_MACHINE_H

#include <stddef.h>
#include <stdint.h>

/* "Linux 6.1.0 x86_64", cut to `size`. */
void ptrun_machine_system(char *out, size_t size);

/* The most memory in bytes that this process has had in RAM at a time; 0 where the system does not say. Of this
 * program alone: getrusage() would count the process that started it, too. */
int64_t ptrun_machine_peak_memory(void);

#endif
