#include "json/grammar.h"

#include "base/error.h"
#include "base/str.h"

#include <stdbool.h>
#include <string.h>

enum { MAX_DEPTH = 512 }; /* below cJSON's own 1000 */

typedef struct {
    const char *start, *at, *end;
    int depth;
    ptrun_status status;
    ptrun_error *err;
} cursor;

static ptrun_status check_value(cursor *c);

static ptrun_status fault(cursor *c, const char *what)
{
    size_t line = 1, column = 1;
    for (const char *p = c->start; p < c->at; p++) {
        if (*p == '\n') line++, column = 1;
        else if (((unsigned char)*p & 0xC0) != 0x80) column++;
    }
    return ptrun_fail(c->err, c->status, "line %zu, column %zu: %s", line, column,
                      c->at == c->end ? "the text ends too early" : what);
}

static void skip_blanks(cursor *c)
{
    while (c->at < c->end && memchr(" \t\r\n", *c->at, 4)) c->at++;
}

static bool take(cursor *c, char wanted)
{
    if (c->at == c->end || *c->at != wanted) return false;
    c->at++;
    return true;
}

static bool take_digits(cursor *c)
{
    const char *before = c->at;
    while (c->at < c->end && *c->at >= '0' && *c->at <= '9') c->at++;
    return c->at > before;
}

static ptrun_status check_number(cursor *c)
{
    take(c, '-');
    if (!take(c, '0') && !take_digits(c)) return fault(c, "a digit is wanted");
    if (take(c, '.') && !take_digits(c)) return fault(c, "a digit is wanted after the point");
    if (take(c, 'e') || take(c, 'E')) {
        if (!take(c, '+')) take(c, '-');
        if (!take_digits(c)) return fault(c, "a digit is wanted in the exponent");
    }
    return PTRUN_OK;
}

/* The four digits after \u, or -1. */
static int take_hex4(cursor *c)
{
    int value = 0;
    for (int i = 0; i < 4; i++, c->at++) {
        static const char digits[] = "0123456789abcdefABCDEF";
        const char *digit = c->at < c->end ? memchr(digits, *c->at, sizeof digits - 1) : NULL;
        if (!digit) return -1;
        int place = (int)(digit - digits);
        value = value * 16 + (place < 16 ? place : place - 6);
    }
    return value;
}

static ptrun_status check_escape(cursor *c)
{
    if (c->at == c->end || !memchr("\"\\/bfnrtu", *c->at, 9)) return fault(c, "unknown escape in a string");
    if (*c->at++ != 'u') return PTRUN_OK;
    const char *digits = c->at;
    int unit = take_hex4(c), low = 0;
    if (unit < 0) return fault(c, "four hexadecimal digits are wanted after \\u");
    bool high = unit >= 0xD800 && unit <= 0xDBFF;
    if (high && take(c, '\\') && take(c, 'u')) low = take_hex4(c);
    if (unit >= 0xD800 && unit <= 0xDFFF && !(high && low >= 0xDC00 && low <= 0xDFFF))
        return c->at = digits, fault(c, "half of a surrogate pair");
    if (unit == 0) return c->at = digits, fault(c, "a NUL character in a string");
    return PTRUN_OK;
}

static ptrun_status check_string(cursor *c)
{
    if (!take(c, '"')) return fault(c, "a string is wanted");
    while (c->at < c->end) {
        if (take(c, '"')) return PTRUN_OK;
        if (take(c, '\\')) {
            ptrun_status status = check_escape(c);
            if (status != PTRUN_OK) return status;
            continue;
        }
        if ((unsigned char)*c->at < 0x20) return fault(c, "a control character in a string");
        size_t step = ptrun_str_utf8_length((const unsigned char *)c->at, (size_t)(c->end - c->at));
        if (!step) return fault(c, "not UTF-8");
        c->at += step;
    }
    return fault(c, "a string without an end");
}

static ptrun_status check_member(cursor *c)
{
    skip_blanks(c);
    ptrun_status status = check_string(c);
    if (status != PTRUN_OK) return status;
    skip_blanks(c);
    return take(c, ':') ? check_value(c) : fault(c, "a colon is wanted");
}

static ptrun_status check_entries(cursor *c, char close, ptrun_status (*check_entry)(cursor *))
{
    if (++c->depth > MAX_DEPTH) return fault(c, "nested too deeply");
    skip_blanks(c);
    if (!take(c, close)) {
        do {
            ptrun_status status = check_entry(c);
            if (status != PTRUN_OK) return status;
            skip_blanks(c);
        } while (take(c, ','));
        if (!take(c, close))
            return fault(c, close == '}' ? "a comma or } is wanted" : "a comma or ] is wanted");
    }
    c->depth--;
    return PTRUN_OK;
}

static ptrun_status check_word(cursor *c, const char *word)
{
    size_t length = strlen(word);
    if ((size_t)(c->end - c->at) < length || memcmp(c->at, word, length) != 0)
        return fault(c, "a value is wanted");
    c->at += length;
    return PTRUN_OK;
}

static ptrun_status check_value(cursor *c)
{
    skip_blanks(c);
    switch (c->at < c->end ? *c->at : '\0') {
    case '{':
        return c->at++, check_entries(c, '}', check_member);
    case '[':
        return c->at++, check_entries(c, ']', check_value);
    case '"':
        return check_string(c);
    case 't':
        return check_word(c, "true");
    case 'f':
        return check_word(c, "false");
    case 'n':
        return check_word(c, "null");
    default:
        break;
    }
    if (c->at < c->end && memchr("-0123456789", *c->at, 11)) return check_number(c);
    return fault(c, "a value is wanted");
}

ptrun_status ptrun_json_check_grammar(const char *text, size_t length, ptrun_status status, ptrun_error *err)
{
    cursor c = {.start = text, .at = text, .end = text + length, .status = status, .err = err};
    ptrun_status result = check_value(&c);
    if (result != PTRUN_OK) return result;
    skip_blanks(&c);
    return c.at == c.end ? PTRUN_OK : fault(&c, "text after the end of the document");
}
