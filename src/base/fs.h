/* Files. Nothing here blocks on a FIFO or a device: a name is opened without blocking and must turn
 * out to be a regular file. Interrupted system calls are tried again. Any thread. */
#ifndef PTRUN_BASE_FS_H
#define PTRUN_BASE_FS_H

#include "base/buf.h"
#include "ptrun/status.h"

#include <stddef.h>
#include <stdint.h>

/* A file's content, read or mapped. The zero value is nothing. */
typedef struct ptrun_bytes {
    const uint8_t *data; /* NULL where size is 0 */
    size_t size;
    void *owned;         /* heap block or mapping; private */
    size_t mapped;       /* length of the mapping; 0: heap; private */
} ptrun_bytes;

/* Read a regular file into memory. FILE_NOT_FOUND, NOT_A_REGULAR_FILE, FILE_UNREADABLE,
 * IMAGE_TOO_LARGE (more than `limit` bytes; 0: no limit), OUT_OF_MEMORY. The caller releases *out. */
PTRUN_MUST_USE ptrun_status ptrun_fs_read(const char *path, size_t limit, ptrun_bytes *out,
                                          ptrun_error *err);

/* The same for a file that the user named for an option: a pipe is read to its end as well, so that the shell's
 * <(COMMAND) can be given. Waits for a pipe's writer, but not for one that never was. */
PTRUN_MUST_USE ptrun_status ptrun_fs_read_given(const char *path, size_t limit, ptrun_bytes *out,
                                                ptrun_error *err);

/* Map a regular file read-only. Statuses as ptrun_fs_read. */
PTRUN_MUST_USE ptrun_status ptrun_fs_map(const char *path, ptrun_bytes *out, ptrun_error *err);

/* Read a descriptor (standard input) to its end into `out` (appended). FILE_UNREADABLE,
 * IMAGE_TOO_LARGE, OUT_OF_MEMORY. */
PTRUN_MUST_USE ptrun_status ptrun_fs_read_fd(int fd, size_t limit, ptrun_buf *out, ptrun_error *err);

/* Write everything, in as many calls as it takes. OUTPUT_FAILED, or OUTPUT_CLOSED where the reader
 * of a pipe went away. */
PTRUN_MUST_USE ptrun_status ptrun_fs_write_all(int fd, const void *bytes, size_t length,
                                               ptrun_error *err);

/* Replace `path` by `bytes` as a whole: a new file beside it, then rename; an output that is no
 * regular file (a device, a pipe) is written in place. OUTPUT_FAILED, OUTPUT_CLOSED. */
PTRUN_MUST_USE ptrun_status ptrun_fs_replace(const char *path, const void *bytes, size_t length,
                                             ptrun_error *err);

/* Accepts the zero value; zero afterwards. */
void ptrun_bytes_release(ptrun_bytes *bytes);

#endif
