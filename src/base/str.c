#include "base/str.h"

#include <string.h>

bool ptrun_str_equal(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool ptrun_str_equal_nocase(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b)) a++, b++;
    return lower(*a) == lower(*b);
}

bool ptrun_str_starts_with(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool ptrun_str_has_word(const char *list, const char *word, size_t length)
{
    for (const char *p = list + strspn(list, " "); *p; p += strcspn(p, " "), p += strspn(p, " "))
        if (strcspn(p, " ") == length && strncmp(p, word, length) == 0) return true;
    return false;
}

size_t ptrun_str_utf8_length(const unsigned char *text, size_t length)
{
    unsigned char first = text[0], low = 0x80, high = 0xBF;
    if (first < 0x80) return 1;
    size_t wanted = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
    if (first < 0xC2 || first > 0xF4 || wanted > length) return 0;
    if (first == 0xE0) low = 0xA0;  /* overlong */
    if (first == 0xED) high = 0x9F; /* surrogates */
    if (first == 0xF0) low = 0x90;  /* overlong */
    if (first == 0xF4) high = 0x8F; /* beyond U+10FFFF */
    if (text[1] < low || text[1] > high) return 0;
    for (size_t i = 2; i < wanted; i++)
        if ((text[i] & 0xC0) != 0x80) return 0;
    return wanted;
}

bool ptrun_str_is_utf8(const void *text, size_t length)
{
    const unsigned char *bytes = text;
    for (size_t i = 0; i < length;) {
        size_t step = ptrun_str_utf8_length(bytes + i, length - i);
        if (!step) return false;
        i += step;
    }
    return true;
}

/* What a terminal would obey: C0, DEL, and C1 (U+0080 to U+009F). */
static bool is_control(const unsigned char *text, size_t length)
{
    return length == 1 ? *text < 0x20 || *text == 0x7F : length == 2 && text[0] == 0xC2 && text[1] < 0xA0;
}

bool ptrun_str_append_printable(char *out, size_t size, const void *text, size_t length)
{
    const unsigned char *bytes = text;
    size_t used = strlen(out);
    while (length > 0) {
        size_t step = ptrun_str_utf8_length(bytes, length);
        bool plain = step && !is_control(bytes, step);
        size_t width = plain ? step : 1;
        if (used + width + sizeof "…" > size) {
            if (used + sizeof "…" <= size) memcpy(out + used, "…", sizeof "…");
            return false;
        }
        memcpy(out + used, plain ? (const char *)bytes : "?", width);
        used += width;
        out[used] = '\0';
        bytes += step ? step : 1;
        length -= step ? step : 1;
    }
    return true;
}

int ptrun_str_distance(const char *word, const char *known)
{
    enum { LIMIT = 3, MAX = 48 };
    size_t n = strlen(word), m = strlen(known);
    if (n >= MAX || m >= MAX || (n > m ? n - m : m - n) > LIMIT) return LIMIT;
    int rows[3][MAX + 1]; /* optimal string alignment: the row before last is needed for a swap */
    for (size_t j = 0; j <= m; j++) rows[0][j] = (int)j;
    for (size_t i = 1; i <= n; i++) {
        int *row = rows[i % 3], *above = rows[(i + 2) % 3], *above2 = rows[(i + 1) % 3];
        row[0] = (int)i;
        for (size_t j = 1; j <= m; j++) {
            int best = above[j - 1] + (word[i - 1] != known[j - 1]);
            if (above[j] + 1 < best) best = above[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            if (i > 1 && j > 1 && word[i - 1] == known[j - 2] && word[i - 2] == known[j - 1] && above2[j - 2] + 1 < best)
                best = above2[j - 2] + 1;
            row[j] = best;
        }
    }
    int distance = rows[n % 3][m];
    return distance < LIMIT ? distance : LIMIT;
}

void ptrun_str_hex32(char out[65], const uint8_t digest[32])
{
    for (int i = 0; i < 32; i++) {
        out[2 * i] = "0123456789abcdef"[digest[i] >> 4];
        out[2 * i + 1] = "0123456789abcdef"[digest[i] & 15];
    }
    out[64] = '\0';
}
