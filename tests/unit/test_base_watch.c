#include "check.h"

#include "base/watch.h"

#include <stdatomic.h>
#include <time.h>

static void sleep_ms(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

static void on_stall(void *context)
{
    atomic_fetch_add((atomic_int *)context, 1);
}

/* Told once, also where the call sleeps and the process gets no processor. */
static void test_stall(void)
{
    atomic_int told = 0;
    ptrun_watch_begin(1, on_stall, &told);
    ptrun_watch_enter();
    for (int i = 0; i < 300 && atomic_load(&told) == 0; i++) sleep_ms(100);
    ptrun_watch_leave();
    CHECK(atomic_load(&told) == 1);
    ptrun_watch_end(&told);
}

/* Calls that come back, and the time between them, are no stall; other watches are no end of this one. */
static void test_no_stall(void)
{
    atomic_int told = 0, other = 0;
    ptrun_watch_begin(1000, on_stall, &told);
    ptrun_watch_begin(1, on_stall, &other);
    for (int i = 0; i < 5; i++) {
        ptrun_watch_enter();
        ptrun_watch_enter();
        ptrun_watch_leave();
        ptrun_watch_leave();
    }
    ptrun_watch_end(&other);
    ptrun_watch_end(&told);
    CHECK(atomic_load(&told) == 0 && atomic_load(&other) == 0);
}

/* Without a watch nothing happens; idle time is not watched. */
static void test_idle(void)
{
    atomic_int told = 0;
    ptrun_watch_begin(0, on_stall, &told);
    ptrun_watch_enter();
    ptrun_watch_leave();
    ptrun_watch_end(&told);
    ptrun_watch_begin(1, on_stall, &told);
    sleep_ms(2300);
    ptrun_watch_end(&told);
    CHECK(atomic_load(&told) == 0);
}

int main(void)
{
    test_no_stall();
    test_stall();
    test_idle();
    return CHECK_DONE();
}
