#include "output/writer.h"

#include "base/str.h"

static void nothing(ptrun_buf *out, const ptrun_writer_context *context)
{
    (void)out, (void)context;
}

static void no_record(ptrun_buf *out, const ptrun_writer_context *context, const ptrun_record *record)
{
    (void)out, (void)context, (void)record;
}

/* For measuring: everything is computed, nothing is written. */
const ptrun_writer ptrun_writer_null = {
    .name = "null", .summary = "nothing, for measuring", .begin = nothing, .record = no_record, .end = nothing};

static const ptrun_writer *const table[] = {&ptrun_writer_jsonl, &ptrun_writer_json, &ptrun_writer_csv,
                                            &ptrun_writer_table_format, &ptrun_writer_null};

const ptrun_writer *ptrun_writer_at(size_t index)
{
    return index < sizeof table / sizeof *table ? table[index] : NULL;
}

const ptrun_writer *ptrun_writer_find(const char *name)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (ptrun_str_equal(table[i]->name, name)) return table[i];
    return NULL;
}
