/* A growing string of bytes. The zero value {0} is an empty buffer.
 *
 * Failure is sticky: once memory ran out, `failed` is set and every later append does nothing, so
 * that a writer checks once at the end. One thread at a time. */
#ifndef PTRUN_BASE_BUF_H
#define PTRUN_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

typedef struct ptrun_buf {
    char *data;    /* NUL-terminated after any append; owned; NULL while nothing was appended */
    size_t length; /* without the NUL */
    size_t capacity;
    bool failed;
} ptrun_buf;

void ptrun_buf_put(ptrun_buf *buf, const void *bytes, size_t length);
void ptrun_buf_puts(ptrun_buf *buf, const char *text);
void ptrun_buf_putc(ptrun_buf *buf, char c);
void ptrun_buf_printf(ptrun_buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* As RFC 4648 with padding. */
void ptrun_buf_put_base64(ptrun_buf *buf, const void *bytes, size_t length);

/* The text so far; "" for an empty buffer. Borrowed until the next append. */
const char *ptrun_buf_text(const ptrun_buf *buf);

/* Forget the content, keep the memory; clears `failed`. */
void ptrun_buf_clear(ptrun_buf *buf);

/* Give the memory back; the buffer is {0} afterwards. */
void ptrun_buf_release(ptrun_buf *buf);

#endif
