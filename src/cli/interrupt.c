#include "cli/interrupt.h"

#include "cli/exit_code.h"

#include <signal.h>
#include <unistd.h>

static atomic_int received; /* a handler can be told nothing otherwise; lock-free, so it may write it */

static void on_signal(int number)
{
    if (atomic_exchange(&received, number)) _exit(PTRUN_EXIT_SIGNAL + number);
}

void ptrun_interrupt_install(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    static const int signals[] = {SIGINT, SIGTERM};
    for (int i = 0; i < 2; i++) {
        struct sigaction before;
        if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler == SIG_IGN) continue; /* nohup */
        sigaction(signals[i], &action, NULL);
    }
}

const atomic_int *ptrun_interrupt_flag(void)
{
    return &received;
}
