/* Monotonic time. Any thread. */
#ifndef PTRUN_BASE_CLOCK_H
#define PTRUN_BASE_CLOCK_H

#include <stdint.h>

/* Nanoseconds since some fixed moment; never goes back. */
int64_t ptrun_clock_now(void);

/* Nanoseconds of processor time that this thread has used. */
int64_t ptrun_clock_thread_cpu(void);

#endif
