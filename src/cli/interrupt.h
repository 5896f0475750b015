/* SIGINT and SIGTERM: the first asks the run to finish what is in flight; the second ends the process at once, and so
 * does a run that has not finished after three seconds (a forward that takes long, a file that cannot be read to its
 * end): what was computed before is written by then. */
#ifndef PTRUN_CLI_INTERRUPT_H
#define PTRUN_CLI_INTERRUPT_H

#include <stdatomic.h>

/* Catch both from now on. Once, main thread. */
void ptrun_interrupt_install(void);

/* The number of the signal that came first, else 0. For the whole process. */
const atomic_int *ptrun_interrupt_flag(void);

#endif
