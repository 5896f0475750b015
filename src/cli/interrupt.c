#include "cli/interrupt.h"

#include "cli/exit_code.h"

#include <signal.h>
#include <stdbool.h>
#include <time.h>
#include <unistd.h>

enum { GRACE_SECONDS = 3 };

/* A handler can be told nothing otherwise; the atomic is lock-free, so it may write it. */
static atomic_int received;
static timer_t grace;
static bool has_grace;

static void on_signal(int number)
{
    int first = 0;
    if (!atomic_compare_exchange_strong(&received, &first, number)) _exit(PTRUN_EXIT_SIGNAL + first);
    if (has_grace) timer_settime(grace, 0, &(struct itimerspec){.it_value.tv_sec = GRACE_SECONDS}, NULL);
}

void ptrun_interrupt_install(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    const int signals[] = {SIGINT, SIGTERM, SIGRTMIN};
    struct sigevent again = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN};
    has_grace = timer_create(CLOCK_MONOTONIC, &again, &grace) == 0;
    for (int i = 0; i < 3; i++) {
        struct sigaction before;
        if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler == SIG_IGN) continue; /* nohup */
        sigaction(signals[i], &action, NULL);
    }
}

const atomic_int *ptrun_interrupt_flag(void)
{
    return &received;
}
