#include "base/crash.h"

#include "base/error.h"

#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* The one global state of the program: a signal handler can be told nothing otherwise. */
static struct {
    char before[1024]; /* text up to the reason */
    char after[1024];  /* text behind the reason */
    int exit_code;
    int outer_exit_code;
    char note_path[1024]; /* "": no note is taken */
    char note[128];
    bool again;
    char **arguments; /* of main(); NULL: not known */
    sigset_t mask;    /* as the process was started */
    atomic_flag entered;
} crash = {.entered = ATOMIC_FLAG_INIT};

static void put(const char *text)
{
    ssize_t ignored = write(STDERR_FILENO, text, strlen(text));
    (void)ignored;
}

/* Decimal digits without printf, which a signal handler must not call. */
static void put_number(int number)
{
    char digits[12], *p = digits + sizeof digits - 1;
    *p = '\0';
    do *--p = (char)('0' + number % 10);
    while ((number /= 10) > 0);
    put(p);
}

static void take_note(void)
{
    int fd = crash.note_path[0] ? open(crash.note_path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    if (fd < 0) return;
    ssize_t written = write(fd, crash.note, strlen(crash.note));
    close(fd);
    if (written <= 0 || !crash.again || !crash.arguments) return; /* without a note it would crash for ever */
    put(")\n  it starts again without that\n");
    alarm(0);
    sigprocmask(SIG_SETMASK, &crash.mask, NULL);
    execv("/proc/self/exe", crash.arguments);
}

static void on_signal(int number)
{
    if (atomic_flag_test_and_set(&crash.entered)) /* another thread is already reporting */
        for (;;) pause();
    put(crash.before);
    if (number == SIGALRM) {
        put("it did not come back in time");
    } else {
        put("signal ");
        put_number(number);
    }
    take_note();
    put(crash.after);
    _exit(crash.exit_code);
}

/* A file name must not drive the terminal. */
static void copy_printable(char *out, size_t size, const char *text)
{
    size_t length = 0;
    for (; text[length] && length + 1 < size; length++)
        out[length] = (unsigned char)text[length] < ' ' || text[length] == 0x7F ? '?' : text[length];
    out[length] = '\0';
}

static void describe(const char *file, const char *stage, ptrun_status status, int exit_code)
{
    char name[640];
    copy_printable(name, sizeof name, file);
    snprintf(crash.before, sizeof crash.before, "ptrun: %s: %s (", name, stage);
    const char *hint = ptrun_status_hint(status);
    snprintf(crash.after, sizeof crash.after, ") [%s]\n%s%s%s", ptrun_status_word(status), hint ? "  hint: " : "",
             hint ? hint : "", hint ? "\n" : "");
    crash.exit_code = exit_code;
}

/* The stack lives as long as the process. */
void ptrun_crash_protect_thread(void)
{
    size_t size = 64 * 1024;
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) return;
    sigaltstack(&(stack_t){.ss_sp = memory, .ss_size = size}, NULL);
}

/* The strings stay where they are, but parsing options moves the pointers. */
static char **copy_arguments(char **arguments)
{
    size_t count = 0;
    while (arguments[count]) count++;
    char **copy = calloc(count + 1, sizeof *copy);
    if (copy) memcpy(copy, arguments, count * sizeof *copy);
    return copy;
}

void ptrun_crash_install(int exit_code, char **arguments)
{
    crash.outer_exit_code = exit_code;
    crash.arguments = copy_arguments(arguments);
    sigprocmask(SIG_SETMASK, NULL, &crash.mask);
    ptrun_crash_guard_end();
    ptrun_crash_protect_thread();
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
    sigemptyset(&action.sa_mask);
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGSYS, SIGALRM};
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) sigaction(signals[i], &action, NULL);
}

void ptrun_crash_guard_begin(const char *file, const char *stage, ptrun_status status, int exit_code, unsigned seconds)
{
    describe(file, stage, status, exit_code);
    alarm(seconds);
}

void ptrun_crash_guard_note(const char *path, const char *text, bool again)
{
    snprintf(crash.note, sizeof crash.note, "%s\n", text);
    crash.again = again;
    snprintf(crash.note_path, sizeof crash.note_path, "%s", strlen(path) < sizeof crash.note_path ? path : "");
}

void ptrun_crash_guard_end(void)
{
    alarm(0);
    crash.note_path[0] = '\0';
    describe("internal", "a crash in ptrun itself", PTRUN_INTERNAL, crash.outer_exit_code);
}
