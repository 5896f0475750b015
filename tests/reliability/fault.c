/* Preloaded into the program under test: one call of a kind fails, as it would for want of memory, space or luck.
 *
 *   PTRUN_FAULT=KIND:N[:ERRNO]    the N-th call of KIND (from 1) fails; with N+ every later one does, too
 *   PTRUN_FAULT_FD=FD             a byte is written there when it happens
 *
 * Kinds: alloc (malloc, calloc, realloc), open, read, write, close, stat, map, rename, truncate, thread. ERRNO is a
 * number; what is usual for the kind where it is not given. Calls are counted over all threads. */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define EXPORT __attribute__((visibility("default")))

static struct {
    char kind[16]; /* "" until the program begins */
    long at;
    int sticky, number, report;
    atomic_long count;
} fault;

__attribute__((constructor)) static void begin(void)
{
    const char *text = getenv("PTRUN_FAULT"), *fd = getenv("PTRUN_FAULT_FD");
    const char *colon = text ? strchr(text, ':') : NULL;
    if (!colon || (size_t)(colon - text) >= sizeof fault.kind) return;
    char *rest;
    fault.at = strtol(colon + 1, &rest, 10);
    fault.sticky = *rest == '+';
    rest += fault.sticky;
    fault.number = *rest == ':' ? (int)strtol(rest + 1, NULL, 10) : 0;
    fault.report = fd ? (int)strtol(fd, NULL, 10) : -1;
    memcpy(fault.kind, text, (size_t)(colon - text));
}

/* Whether this call is the one; then errno says why it fails. */
static int fails(const char *kind, int number)
{
    if (!fault.kind[0] || strcmp(kind, fault.kind) != 0) return 0;
    long count = atomic_fetch_add(&fault.count, 1) + 1;
    if (count < fault.at || (count > fault.at && !fault.sticky)) return 0;
    if (count == fault.at && fault.report >= 0) (void)!syscall(SYS_write, fault.report, "!", 1L);
    errno = fault.number ? fault.number : number;
    return 1;
}

/* `next` becomes the function behind ours. */
#define NEXT(name)                                                                                           \
    static _Atomic(void *) found;                                                                            \
    void *place = atomic_load(&found);                                                                       \
    if (!place) atomic_store(&found, place = dlsym(RTLD_NEXT, #name));                                       \
    __typeof__(&name) next;                                                                                  \
    memcpy(&next, &place, sizeof next)

EXPORT void *malloc(size_t size)
{
    NEXT(malloc);
    return fails("alloc", ENOMEM) ? NULL : next(size);
}

EXPORT void *calloc(size_t count, size_t size)
{
    NEXT(calloc);
    return fails("alloc", ENOMEM) ? NULL : next(count, size);
}

EXPORT void *realloc(void *old, size_t size)
{
    NEXT(realloc);
    return fails("alloc", ENOMEM) ? NULL : next(old, size);
}

static mode_t mode_of(int flags, va_list arguments)
{
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(arguments, mode_t) : 0;
}

EXPORT int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    NEXT(open);
    return fails("open", EMFILE) ? -1 : next(path, flags, mode);
}

EXPORT int openat(int folder, const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    NEXT(openat);
    return fails("open", EMFILE) ? -1 : next(folder, path, flags, mode);
}

EXPORT int __open_2(const char *path, int flags);
EXPORT int __open_2(const char *path, int flags) /* what a fortified open() becomes */
{
    return open(path, flags);
}

EXPORT ssize_t read(int fd, void *bytes, size_t length)
{
    NEXT(read);
    return fails("read", EIO) ? -1 : next(fd, bytes, length);
}

EXPORT ssize_t __read_chk(int fd, void *bytes, size_t length, size_t room);
EXPORT ssize_t __read_chk(int fd, void *bytes, size_t length, size_t room)
{
    if (length > room) abort();
    return read(fd, bytes, length);
}

EXPORT ssize_t write(int fd, const void *bytes, size_t length)
{
    NEXT(write);
    return fails("write", ENOSPC) ? -1 : next(fd, bytes, length);
}

EXPORT int close(int fd)
{
    NEXT(close);
    int result = next(fd);
    return fails("close", EIO) ? -1 : result;
}

EXPORT int stat(const char *path, struct stat *facts)
{
    NEXT(stat);
    return fails("stat", EIO) ? -1 : next(path, facts);
}

EXPORT int fstat(int fd, struct stat *facts)
{
    NEXT(fstat);
    return fails("stat", EIO) ? -1 : next(fd, facts);
}

EXPORT int fstatat(int folder, const char *path, struct stat *facts, int flags)
{
    NEXT(fstatat);
    return fails("stat", EIO) ? -1 : next(folder, path, facts, flags);
}

EXPORT void *mmap(void *wanted, size_t length, int protection, int flags, int fd, off_t offset)
{
    NEXT(mmap);
    if (fd >= 0 && fails("map", ENOMEM)) return MAP_FAILED; /* files only: thread stacks and heaps are libc's */
    return next(wanted, length, protection, flags, fd, offset);
}

EXPORT int rename(const char *from, const char *to)
{
    NEXT(rename);
    return fails("rename", EIO) ? -1 : next(from, to);
}

EXPORT int ftruncate(int fd, off_t length)
{
    NEXT(ftruncate);
    return fails("truncate", EIO) ? -1 : next(fd, length);
}

EXPORT int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*run)(void *), void *argument)
{
    NEXT(pthread_create);
    return fails("thread", EAGAIN) ? EAGAIN : next(thread, attributes, run, argument);
}
