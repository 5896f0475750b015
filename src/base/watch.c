#include "base/watch.h"

#include "base/clock.h"
#include "base/thread.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum { NANOSECONDS = 1000000000 };

/* As with crashes, global: what is watched over is the process. */
static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t thread;
    bool on;
    unsigned seconds;
    void (*stalled)(void *context);
    void *context;
    int under_way;
    uint64_t events; /* calls begun and ended */
} watch = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int64_t process_cpu(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (int64_t)now.tv_sec * NANOSECONDS + now.tv_nsec;
}

/* Wait until `deadline`, or until something changes. */
static void wait_until(int64_t deadline)
{
    const struct timespec time = {.tv_sec = deadline / NANOSECONDS, .tv_nsec = deadline % NANOSECONDS};
    pthread_cond_timedwait(&watch.changed, &watch.lock, &time);
}

/* Whether nothing begins or ends for the whole time. The lock is held. */
static bool nothing_happens(void)
{
    const int64_t length = (int64_t)watch.seconds * NANOSECONDS, busy = length / 4;
    const uint64_t before = watch.events;
    for (int patience = 1; patience >= 0; patience--) {
        const int64_t deadline = ptrun_clock_now() + length, cpu = process_cpu();
        while (watch.on && watch.events == before && ptrun_clock_now() < deadline) wait_until(deadline);
        if (!watch.on || watch.events != before) return false;
        if (process_cpu() - cpu >= busy) break;
    }
    return true;
}

static void *keep_watch(void *unused)
{
    (void)unused;
    pthread_mutex_lock(&watch.lock);
    while (watch.on) {
        if (watch.under_way == 0) {
            pthread_cond_wait(&watch.changed, &watch.lock);
        } else if (nothing_happens()) {
            watch.stalled(watch.context);
            break;
        }
    }
    pthread_mutex_unlock(&watch.lock);
    return NULL;
}

void ptrun_watch_begin(unsigned seconds, void (*stalled)(void *context), void *context)
{
    pthread_condattr_t attributes;
    pthread_mutex_lock(&watch.lock);
    if (seconds > 0 && !watch.on) {
        watch.seconds = seconds, watch.stalled = stalled, watch.context = context;
        watch.under_way = 0;
        pthread_condattr_init(&attributes);
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        pthread_cond_init(&watch.changed, &attributes);
        pthread_condattr_destroy(&attributes);
        watch.on = true;
        if (ptrun_thread_start(&watch.thread, keep_watch, NULL) != 0) {
            watch.on = false;
            pthread_cond_destroy(&watch.changed);
        }
    }
    pthread_mutex_unlock(&watch.lock);
}

void ptrun_watch_end(const void *context)
{
    pthread_mutex_lock(&watch.lock);
    bool mine = watch.on && watch.context == context;
    if (mine) {
        watch.on = false;
        pthread_cond_signal(&watch.changed);
    }
    pthread_mutex_unlock(&watch.lock);
    if (!mine) return;
    pthread_join(watch.thread, NULL);
    pthread_cond_destroy(&watch.changed);
}

static void note(int change)
{
    pthread_mutex_lock(&watch.lock);
    if (watch.on) {
        watch.under_way += change;
        watch.events++;
        pthread_cond_signal(&watch.changed);
    }
    pthread_mutex_unlock(&watch.lock);
}

void ptrun_watch_enter(void)
{
    note(1);
}

void ptrun_watch_leave(void)
{
    note(-1);
}
