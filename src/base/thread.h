/* Threads beside the main thread. */
#ifndef PTRUN_BASE_THREAD_H
#define PTRUN_BASE_THREAD_H

#include <pthread.h>

/* pthread_create for a thread that leaves signals to the main thread, but for those of its own faults. 0, or an errno. */
int ptrun_thread_start(pthread_t *thread, void *(*run)(void *), void *argument);

#endif
