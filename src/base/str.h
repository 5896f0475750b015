/* Small helpers for text. Any thread. */
#ifndef PTRUN_BASE_STR_H
#define PTRUN_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

bool ptrun_str_equal(const char *a, const char *b);
bool ptrun_str_equal_nocase(const char *a, const char *b); /* ASCII letters only */
bool ptrun_str_starts_with(const char *text, const char *prefix);

/* Whether `word` (its first `length` bytes) is one of the words of a list with blanks between them. */
bool ptrun_str_has_word(const char *list, const char *word, size_t length);

/* Length (1 to 4) of the well-formed UTF-8 sequence (RFC 3629: no surrogates, no overlong forms, at
 * most U+10FFFF) at `text`, or 0 where there is none. `length` bytes are readable, at least 1. */
size_t ptrun_str_utf8_length(const unsigned char *text, size_t length);

/* Whether all of it is well-formed UTF-8. */
bool ptrun_str_is_utf8(const void *text, size_t length);

/* Append text of any origin to the string `out` of `size` bytes (at least 4 free) so that a terminal may show
 * it: control characters and what is not UTF-8 become '?'; cut on a character boundary, with "…", where it is
 * too long. False where it was cut, now or by an earlier call. */
bool ptrun_str_append_printable(char *out, size_t size, const void *text, size_t length);

/* How far `word` is from `known` (Damerau-Levenshtein, cut at 3): for "did you mean". */
int ptrun_str_distance(const char *word, const char *known);

/* 64 lower-case hex digits and a NUL from 32 bytes. */
void ptrun_str_hex32(char out[65], const uint8_t digest[32]);

#endif
