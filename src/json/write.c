#include "json/write.h"

#include "base/num.h"
#include "base/str.h"

#include <math.h>
#include <string.h>

static void before_value(ptrun_json_writer *w)
{
    if (w->comma) ptrun_buf_putc(w->buf, ',');
    w->comma = true;
}

static void begin(ptrun_json_writer *w, char open)
{
    before_value(w);
    ptrun_buf_putc(w->buf, open);
    w->comma = false;
}

static void end(ptrun_json_writer *w, char close)
{
    ptrun_buf_putc(w->buf, close);
    w->comma = true;
}

void ptrun_json_begin_object(ptrun_json_writer *w)
{
    begin(w, '{');
}

void ptrun_json_end_object(ptrun_json_writer *w)
{
    end(w, '}');
}

void ptrun_json_begin_array(ptrun_json_writer *w)
{
    begin(w, '[');
}

void ptrun_json_end_array(ptrun_json_writer *w)
{
    end(w, ']');
}

void ptrun_json_put_key(ptrun_json_writer *w, const char *key)
{
    before_value(w);
    ptrun_buf_printf(w->buf, "\"%s\":", key);
    w->comma = false;
}

/* How many bytes of an ill-formed sequence one U+FFFD stands for: the longest start of a well-formed one
 * (Unicode 15, section 3.9, "substitution of maximal subparts"), else one byte. `length` is at least 1. */
static size_t ill_formed_length(const unsigned char *text, size_t length)
{
    unsigned char padded[4] = {text[0], 0x80, 0x80, 0x80};
    if (text[0] == 0xE0 || text[0] == 0xF0) padded[1] = 0xBF; /* 0x80 would be overlong there */
    if (!ptrun_str_utf8_length(padded, 4)) return 1;
    size_t good = 1;
    for (; good < 3 && good < length; good++) {
        padded[good] = text[good];
        if (!ptrun_str_utf8_length(padded, 4)) break;
    }
    return good;
}

static void put_escaped(ptrun_buf *buf, unsigned char c)
{
    static const char letters[] = "btn?fr"; /* U+0008 to U+000D */
    if (c == '"' || c == '\\') ptrun_buf_printf(buf, "\\%c", c);
    else if (c >= 8 && c <= 13 && c != 11) ptrun_buf_printf(buf, "\\%c", letters[c - 8]);
    else ptrun_buf_printf(buf, "\\u%04x", c);
}

void ptrun_json_put_string(ptrun_json_writer *w, const char *text, size_t length)
{
    if (!text) {
        ptrun_json_put_null(w);
        return;
    }
    before_value(w);
    ptrun_buf_putc(w->buf, '"');
    const unsigned char *bytes = (const unsigned char *)text;
    size_t plain = 0, i = 0; /* bytes[plain..i) can be copied as they are */
    while (i < length) {
        bool escape = bytes[i] < 0x20 || bytes[i] == '"' || bytes[i] == '\\';
        size_t step = escape ? 0 : ptrun_str_utf8_length(bytes + i, length - i);
        if (step) {
            i += step;
            continue;
        }
        ptrun_buf_put(w->buf, bytes + plain, i - plain);
        if (escape) put_escaped(w->buf, bytes[i]);
        else ptrun_buf_puts(w->buf, "\xEF\xBF\xBD");
        i += escape ? 1 : ill_formed_length(bytes + i, length - i);
        plain = i;
    }
    ptrun_buf_put(w->buf, bytes + plain, i - plain);
    ptrun_buf_putc(w->buf, '"');
}

void ptrun_json_put_text(ptrun_json_writer *w, const char *text_or_null)
{
    ptrun_json_put_string(w, text_or_null, text_or_null ? strlen(text_or_null) : 0);
}

void ptrun_json_put_member(ptrun_json_writer *w, const char *key, const char *text_or_null)
{
    ptrun_json_put_key(w, key);
    ptrun_json_put_text(w, text_or_null);
}

void ptrun_json_put_base64(ptrun_json_writer *w, const void *bytes, size_t length)
{
    before_value(w);
    ptrun_buf_putc(w->buf, '"');
    ptrun_buf_put_base64(w->buf, bytes, length);
    ptrun_buf_putc(w->buf, '"');
}

void ptrun_json_put_int(ptrun_json_writer *w, int64_t value)
{
    before_value(w);
    ptrun_buf_printf(w->buf, "%lld", (long long)value);
}

void ptrun_json_put_bool(ptrun_json_writer *w, bool value)
{
    before_value(w);
    ptrun_buf_puts(w->buf, value ? "true" : "false");
}

void ptrun_json_put_null(ptrun_json_writer *w)
{
    before_value(w);
    ptrun_buf_puts(w->buf, "null");
}

static void put_number(ptrun_json_writer *w, const char *text, size_t length)
{
    before_value(w);
    ptrun_buf_put(w->buf, text, length);
}

void ptrun_json_put_float(ptrun_json_writer *w, float value)
{
    char text[PTRUN_NUM_FLOAT_SIZE];
    if (isfinite(value)) put_number(w, text, ptrun_num_format_float(text, value));
    else ptrun_json_put_null(w);
}

void ptrun_json_put_double(ptrun_json_writer *w, double value)
{
    char text[PTRUN_NUM_FLOAT_SIZE];
    if (isfinite(value)) put_number(w, text, ptrun_num_format_double(text, value));
    else ptrun_json_put_null(w);
}

void ptrun_json_put_raw(ptrun_json_writer *w, const char *json, size_t length)
{
    before_value(w);
    ptrun_buf_put(w->buf, json, length);
}
