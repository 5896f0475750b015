/* Numbers from text and to text, whatever the locale. Any thread. */
#ifndef PTRUN_BASE_NUM_H
#define PTRUN_BASE_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The whole of `text` as a decimal integer within [min, max]: no blanks, no sign but a leading '-',
 * no overflow. False leaves *out alone. */
bool ptrun_num_parse_int(const char *text, int64_t min, int64_t max, int64_t *out);

/* The whole of `text` as a finite decimal number ("0.5", "1e-5"). False leaves *out alone. */
bool ptrun_num_parse_double(const char *text, double *out);

enum { PTRUN_NUM_FLOAT_SIZE = 32 };

/* The shortest of %.6g … %.9g that reads back as the same float32, with '.' as the point; valid as a
 * JSON number. `value` must be finite. Returns the length without the NUL. */
size_t ptrun_num_format_float(char out[PTRUN_NUM_FLOAT_SIZE], float value);

/* The same for float64 (%.15g … %.17g). */
size_t ptrun_num_format_double(char out[PTRUN_NUM_FLOAT_SIZE], double value);

#endif
