#include "base/fs.h"

#include "base/error.h"
#include "base/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* strerror is not for threads, strerror_r has two forms; strerrordesc_np (glibc 2.32) is neither. */
static const char *reason(int number)
{
    const char *text = strerrordesc_np(number);
    return text ? text : "unknown error";
}

static ptrun_status fail_open(int number, ptrun_error *err)
{
    if (number == ENOENT || number == ENOTDIR)
        return ptrun_fail(err, PTRUN_FILE_NOT_FOUND, "%s", "no such file");
    if (number == ENXIO)
        return ptrun_fail(err, PTRUN_NOT_A_REGULAR_FILE, "%s", "a socket or a device that is not there, not a regular file");
    return ptrun_fail(err, PTRUN_FILE_UNREADABLE, "%s", reason(number));
}

static const char *kind_name(mode_t mode)
{
    if (S_ISDIR(mode)) return "a folder";
    if (S_ISFIFO(mode)) return "a FIFO";
    if (S_ISSOCK(mode)) return "a socket";
    return "a device";
}

/* Without blocking, so that a FIFO without a writer cannot hold the run; a terminal never becomes ours. */
static ptrun_status open_file(const char *path, bool or_pipe, int *fd, size_t *size, ptrun_error *err)
{
    do *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    while (*fd < 0 && errno == EINTR);
    if (*fd < 0) return fail_open(errno, err);
    struct stat facts;
    ptrun_status status = PTRUN_OK;
    if (fstat(*fd, &facts) != 0) status = ptrun_fail(err, PTRUN_FILE_UNREADABLE, "%s", reason(errno));
    else if (!S_ISREG(facts.st_mode) && !(or_pipe && S_ISFIFO(facts.st_mode)))
        status = ptrun_fail(err, PTRUN_NOT_A_REGULAR_FILE, "%s, not a regular file", kind_name(facts.st_mode));
    else *size = (size_t)facts.st_size;
    if (status != PTRUN_OK) close(*fd);
    return status;
}

/* After a failed read or write: whether to try again. Who shares a pipe with us may have made it non-blocking; then
 * wait until it is ready. */
static bool try_again(int fd, short events)
{
    if (errno == EAGAIN) {
        struct pollfd ready = {.fd = fd, .events = events};
        return poll(&ready, 1, -1) >= 0 || errno == EINTR;
    }
    return errno == EINTR;
}

static ssize_t read_some(int fd, void *bytes, size_t length)
{
    ssize_t got;
    do got = read(fd, bytes, length);
    while (got < 0 && try_again(fd, POLLIN));
    return got;
}

/* A file may grow or shrink while it is read: `size` is where to start, the end of file is the truth. */
static ptrun_status read_content(int fd, size_t size, size_t limit, ptrun_bytes *out, ptrun_error *err)
{
    size_t capacity = size + 1, length = 0; /* one more, so that the end is seen without growing */
    uint8_t *data = NULL;
    for (;;) {
        if (limit && length > limit)
            return free(data), ptrun_fail(err, PTRUN_IMAGE_TOO_LARGE, "larger than %zu bytes", limit);
        if (!data || length == capacity) {
            if (data) capacity += capacity / 2 + 4096;
            uint8_t *grown = ptrun_mem_resize(data, capacity, 1);
            if (!grown) return free(data), ptrun_fail_memory(err, "the file's content");
            data = grown;
        }
        ssize_t got = read_some(fd, data + length, capacity - length);
        if (got < 0) {
            int number = errno;
            return free(data), ptrun_fail(err, PTRUN_FILE_UNREADABLE, "%s", reason(number));
        }
        if (got == 0) break;
        length += (size_t)got;
    }
    *out = (ptrun_bytes){.data = length ? data : NULL, .size = length, .owned = data};
    return PTRUN_OK;
}

static ptrun_status read_file(const char *path, bool or_pipe, size_t limit, ptrun_bytes *out, ptrun_error *err)
{
    *out = (ptrun_bytes){0};
    int fd;
    size_t size;
    ptrun_status status = open_file(path, or_pipe, &fd, &size, err);
    if (status != PTRUN_OK) return status;
    if (limit && size > limit) status = ptrun_fail(err, PTRUN_IMAGE_TOO_LARGE, "larger than %zu bytes", limit);
    else status = read_content(fd, size, limit, out, err);
    close(fd);
    return status;
}

ptrun_status ptrun_fs_read(const char *path, size_t limit, ptrun_bytes *out, ptrun_error *err)
{
    return read_file(path, false, limit, out, err);
}

ptrun_status ptrun_fs_read_given(const char *path, size_t limit, ptrun_bytes *out, ptrun_error *err)
{
    return read_file(path, true, limit, out, err);
}

ptrun_status ptrun_fs_map(const char *path, ptrun_bytes *out, ptrun_error *err)
{
    *out = (ptrun_bytes){0};
    int fd;
    size_t size;
    ptrun_status status = open_file(path, false, &fd, &size, err);
    if (status != PTRUN_OK) return status;
    if (size > 0) {
        void *mapping = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (mapping == MAP_FAILED) status = ptrun_fail(err, PTRUN_FILE_UNREADABLE, "%s", reason(errno));
        else *out = (ptrun_bytes){.data = mapping, .size = size, .owned = mapping, .mapped = size};
    }
    close(fd);
    return status;
}

ptrun_status ptrun_fs_read_fd(int fd, size_t limit, ptrun_buf *out, ptrun_error *err)
{
    char block[65536];
    for (;;) {
        ssize_t got = read_some(fd, block, sizeof block);
        if (got < 0) return ptrun_fail(err, PTRUN_FILE_UNREADABLE, "%s", reason(errno));
        if (got == 0) return PTRUN_OK;
        ptrun_buf_put(out, block, (size_t)got);
        if (out->failed) return ptrun_fail_memory(err, "standard input");
        if (limit && out->length > limit)
            return ptrun_fail(err, PTRUN_IMAGE_TOO_LARGE, "larger than %zu bytes", limit);
    }
}

static ptrun_status fail_write(int number, ptrun_error *err)
{
    return ptrun_fail(err, number == EPIPE ? PTRUN_OUTPUT_CLOSED : PTRUN_OUTPUT_FAILED, "%s", reason(number));
}

ptrun_status ptrun_fs_write_all(int fd, const void *bytes, size_t length, ptrun_error *err)
{
    const char *rest = bytes;
    while (length > 0) {
        ssize_t wrote = write(fd, rest, length);
        if (wrote < 0 && try_again(fd, POLLOUT)) continue;
        if (wrote < 0) return fail_write(errno, err);
        rest += wrote;
        length -= (size_t)wrote;
    }
    return PTRUN_OK;
}

static ptrun_status write_and_close(int fd, const void *bytes, size_t length, ptrun_error *err)
{
    ptrun_status status = ptrun_fs_write_all(fd, bytes, length, err);
    if (close(fd) != 0 && status == PTRUN_OK) status = fail_write(errno, err);
    return status;
}

static ptrun_status replace_regular(const char *path, const void *bytes, size_t length, ptrun_error *err)
{
    ptrun_buf temporary = {0};
    ptrun_buf_printf(&temporary, "%s.%ld.tmp", path, (long)getpid());
    if (temporary.failed) return ptrun_fail_memory(err, "a file name");
    unlink(temporary.data); /* left by a process of our number that was killed */
    int fd = open(temporary.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    ptrun_status status = fd < 0 ? fail_write(errno, err) : write_and_close(fd, bytes, length, err);
    if (fd >= 0 && status == PTRUN_OK && rename(temporary.data, path) != 0) status = fail_write(errno, err);
    if (fd >= 0 && status != PTRUN_OK) unlink(temporary.data);
    ptrun_buf_release(&temporary);
    return status;
}

ptrun_status ptrun_fs_replace(const char *path, const void *bytes, size_t length, ptrun_error *err)
{
    struct stat facts;
    if (stat(path, &facts) != 0 || S_ISREG(facts.st_mode)) return replace_regular(path, bytes, length, err);
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    if (fd < 0) return fail_write(errno, err);
    return write_and_close(fd, bytes, length, err);
}

void ptrun_bytes_release(ptrun_bytes *bytes)
{
    if (bytes->mapped) munmap(bytes->owned, bytes->mapped);
    else free(bytes->owned);
    *bytes = (ptrun_bytes){0};
}
