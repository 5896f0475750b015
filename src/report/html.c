#include "report/html.h"

#include "base/str.h"

#include <string.h>

enum { PATH_BYTES = 240 };

static uint32_t decode(const unsigned char *text, size_t length)
{
    if (length == 1) return text[0];
    uint32_t code = text[0] & (0xFFU >> (length + 1));
    for (size_t i = 1; i < length; i++) code = code << 6 | (text[i] & 0x3FU);
    return code;
}

/* Turns the direction of what stands around it, or breaks the line. */
static bool is_treacherous(uint32_t code)
{
    return code == 0x61C || code == 0x200E || code == 0x200F || (code >= 0x2028 && code <= 0x202E) ||
           (code >= 0x2066 && code <= 0x2069) || code == 0xFEFF;
}

static void put_code(ptrun_buf *out, uint32_t code, const char *text, size_t length)
{
    switch (code) {
    case '<': ptrun_buf_puts(out, "&lt;"); return;
    case '>': ptrun_buf_puts(out, "&gt;"); return;
    case '&': ptrun_buf_puts(out, "&amp;"); return;
    case '"': ptrun_buf_puts(out, "&quot;"); return;
    case '\'': ptrun_buf_puts(out, "&#39;"); return;
    default: break;
    }
    if (code < 0x20) ptrun_buf_printf(out, "&#x%X;", 0x2400 + (unsigned)code);
    else if (code == 0x7F) ptrun_buf_puts(out, "&#x2421;");
    else if (code < 0xA0 && code > 0x7F) ptrun_buf_puts(out, "&#xFFFD;");
    else if (is_treacherous(code)) ptrun_buf_printf(out, "[U+%04X]", (unsigned)code);
    else ptrun_buf_put(out, text, length);
}

void ptrun_html_text(ptrun_buf *out, const char *text, size_t length)
{
    const unsigned char *bytes = (const unsigned char *)text;
    for (size_t i = 0; i < length;) {
        size_t step = ptrun_str_utf8_length(bytes + i, length - i);
        if (step) put_code(out, decode(bytes + i, step), text + i, step);
        else ptrun_buf_puts(out, "&#xFFFD;");
        i += step ? step : 1;
    }
}

static bool continues(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

void ptrun_html_cut(ptrun_buf *out, const char *text, size_t max)
{
    size_t length = strlen(text), end = length < max ? length : max;
    while (end < length && end > 0 && continues(text[end])) end--;
    ptrun_html_text(out, text, end);
    if (end < length) ptrun_buf_puts(out, "…");
}

void ptrun_html_path(ptrun_buf *out, const char *path, size_t length)
{
    size_t start = length > PATH_BYTES ? length - PATH_BYTES : 0;
    while (start > 0 && start < length && continues(path[start])) start++;
    ptrun_buf_puts(out, start ? "<bdi class=path>…" : "<bdi class=path>");
    ptrun_html_text(out, path + start, length - start);
    ptrun_buf_puts(out, "</bdi>");
}

void ptrun_html_count(ptrun_buf *out, uint64_t count)
{
    if (count >= 1000) {
        ptrun_html_count(out, count / 1000);
        ptrun_buf_printf(out, ",%03u", (unsigned)(count % 1000));
    } else {
        ptrun_buf_printf(out, "%u", (unsigned)count);
    }
}

void ptrun_html_percent(ptrun_buf *out, double share)
{
    ptrun_buf_printf(out, "%.2f&nbsp;%%", 100 * share);
}
