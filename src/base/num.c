#include "base/num.h"

#include <errno.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool ptrun_num_parse_int(const char *text, int64_t min, int64_t max, int64_t *out)
{
    const char *digits = *text == '-' ? text + 1 : text;
    if (!*digits || strspn(digits, "0123456789") != strlen(digits)) return false;
    errno = 0;
    long long value = strtoll(text, NULL, 10);
    if (errno || value < min || value > max) return false;
    *out = value;
    return true;
}

/* Whether the text is [-]digits[.digits][e[+-]digits], with at least one digit before or after the point. */
static bool is_decimal(const char *text)
{
    if (*text == '-') text++;
    size_t before = strspn(text, "0123456789"), after = 0;
    text += before;
    if (*text == '.') {
        after = strspn(++text, "0123456789");
        text += after;
    }
    if (before + after == 0) return false;
    if (*text == 'e' || *text == 'E') {
        text++;
        if (*text == '+' || *text == '-') text++;
        size_t exponent = strspn(text, "0123456789");
        if (!exponent) return false;
        text += exponent;
    }
    return !*text;
}

/* The process may have been given a locale by a library; numbers are always in the C locale. */
static locale_t c_locale(void)
{
    return newlocale(LC_NUMERIC_MASK, "C", (locale_t)0);
}

bool ptrun_num_parse_double(const char *text, double *out)
{
    if (!is_decimal(text)) return false;
    locale_t locale = c_locale();
    if (!locale) return false;
    double value = strtod_l(text, NULL, locale);
    freelocale(locale);
    if (!isfinite(value)) return false;
    *out = value;
    return true;
}

/* printf writes the locale's point; JSON wants a dot. Nothing else of %g can hold a comma. */
static size_t finish(char *out, int length)
{
    char *comma = strchr(out, ',');
    if (comma) *comma = '.';
    return (size_t)length;
}

size_t ptrun_num_format_float(char out[PTRUN_NUM_FLOAT_SIZE], float value)
{
    int length = 0;
    for (int digits = 6; digits <= 9; digits++) {
        length = snprintf(out, PTRUN_NUM_FLOAT_SIZE, "%.*g", digits, (double)value);
        if (strtof(out, NULL) == value) break;
    }
    return finish(out, length);
}

size_t ptrun_num_format_double(char out[PTRUN_NUM_FLOAT_SIZE], double value)
{
    int length = 0;
    for (int digits = 15; digits <= 17; digits++) {
        length = snprintf(out, PTRUN_NUM_FLOAT_SIZE, "%.*g", digits, value);
        if (strtod(out, NULL) == value) break;
    }
    return finish(out, length);
}
