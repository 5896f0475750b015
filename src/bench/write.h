/* What was measured, as JSON (docs/bench.md). */
#ifndef PTRUN_BENCH_WRITE_H
#define PTRUN_BENCH_WRITE_H

#include "bench/measure.h"
#include "json/write.h"

/* One configuration as it was run. */
typedef struct ptrun_bench_entry {
    int64_t load;         /* nanoseconds */
    ptrun_bench_result result;
} ptrun_bench_entry;

/* One object of "configurations". */
void ptrun_bench_write(ptrun_json_writer *w, const ptrun_bench_entry *entry);

/* "key":milliseconds; null where nothing was measured (0). */
void ptrun_bench_write_ms(ptrun_json_writer *w, const char *key, int64_t nanoseconds);

#endif
