#include "base/buf.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Room for `more` bytes and a NUL; at least doubles, so that appending is linear in all. */
static bool reserve(ptrun_buf *buf, size_t more)
{
    if (buf->failed) return false;
    if (more < SIZE_MAX / 2 - buf->length && buf->length + more < buf->capacity) return true;
    size_t capacity = buf->capacity ? buf->capacity * 2 : 256;
    if (more >= SIZE_MAX / 2 - buf->length) capacity = SIZE_MAX;
    else if (capacity <= buf->length + more) capacity = buf->length + more + 1;
    char *data = ptrun_mem_resize(buf->data, capacity, 1);
    if (!data) {
        buf->failed = true;
        return false;
    }
    buf->data = data;
    buf->capacity = capacity;
    return true;
}

void ptrun_buf_put(ptrun_buf *buf, const void *bytes, size_t length)
{
    if (!reserve(buf, length)) return;
    if (length) memcpy(buf->data + buf->length, bytes, length);
    buf->length += length;
    buf->data[buf->length] = '\0';
}

void ptrun_buf_puts(ptrun_buf *buf, const char *text)
{
    ptrun_buf_put(buf, text, strlen(text));
}

void ptrun_buf_putc(ptrun_buf *buf, char c)
{
    ptrun_buf_put(buf, &c, 1);
}

void ptrun_buf_printf(ptrun_buf *buf, const char *format, ...)
{
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, arguments);
    if (length >= 0 && reserve(buf, (size_t)length)) {
        vsnprintf(buf->data + buf->length, (size_t)length + 1, format, again);
        buf->length += (size_t)length;
    } else {
        buf->failed = true;
    }
    va_end(again);
    va_end(arguments);
}

void ptrun_buf_put_base64(ptrun_buf *buf, const void *bytes, size_t length)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const unsigned char *in = bytes;
    for (size_t i = 0; i < length; i += 3) {
        size_t n = length - i < 3 ? length - i : 3;
        unsigned group = (unsigned)in[i] << 16;
        if (n > 1) group |= (unsigned)in[i + 1] << 8;
        if (n > 2) group |= in[i + 2];
        char out[4] = {digits[group >> 18], digits[group >> 12 & 63], n > 1 ? digits[group >> 6 & 63] : '=',
                       n > 2 ? digits[group & 63] : '='};
        ptrun_buf_put(buf, out, sizeof out);
    }
}

const char *ptrun_buf_text(const ptrun_buf *buf)
{
    return buf->data ? buf->data : "";
}

void ptrun_buf_clear(ptrun_buf *buf)
{
    buf->length = 0;
    buf->failed = false;
    if (buf->data) buf->data[0] = '\0';
}

void ptrun_buf_release(ptrun_buf *buf)
{
    free(buf->data);
    *buf = (ptrun_buf){0};
}
