#include "cli/input_args.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "image/decoder.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_SHARDS = 1000000 };

static bool parse_shard(const char *text, int64_t *shard, int64_t *shards)
{
    const char *slash = strchr(text, '/');
    if (!slash) return false;
    char *first = ptrun_mem_strdup(text, (size_t)(slash - text));
    bool valid = first && ptrun_num_parse_int(slash + 1, 1, MAX_SHARDS, shards) &&
                 ptrun_num_parse_int(first, 1, *shards, shard);
    free(first);
    return valid;
}

static bool accepts_shard(const char *text)
{
    int64_t shard, shards;
    return parse_shard(text, &shard, &shards);
}

const ptrun_option ptrun_input_rows[] = {
    {PTRUN_OPTION_TEXT(ptrun_input_args, files_from), .name = "files-from", .value = "FILE",
     .help = "read names of image files from FILE, one a line; - is standard input, read as it comes"},
    {PTRUN_OPTION_SWITCH(ptrun_input_args, null), .name = "null", .letter = '0',
     .help = "names in --files-from end with a NUL byte instead of a newline (find -print0)"},
    {PTRUN_OPTION_TEXTS(ptrun_input_args, include), .name = "include", .value = "GLOB",
     .otherwise = "the suffixes of the image formats",
     .help = "take only files of folders that match GLOB, whatever their suffix; may be repeated"},
    {PTRUN_OPTION_TEXTS(ptrun_input_args, exclude), .name = "exclude", .value = "GLOB",
     .help = "pass over files and folders below a folder that match GLOB; may be repeated"},
    {PTRUN_OPTION_SWITCH(ptrun_input_args, follow), .name = "follow", .help = "follow symbolic links below folders"},
    {PTRUN_OPTION_TEXT(ptrun_input_args, shard), .name = "shard", .value = "I/N", .accepts = accepts_shard,
     .expected = "two whole numbers I/N with 1 <= I <= N",
     .help = "take only the I-th of N contiguous parts of the inputs; the N outputs one after the other are the "
             "whole run's"},
    {.name = NULL},
};

ptrun_status ptrun_input_args_source(const ptrun_input_args *args, char **operands, int n_operands,
                                     ptrun_source_options *out, ptrun_error *err)
{
    if (n_operands == 0 && !args->files_from)
        return ptrun_fail(err, PTRUN_USAGE, "name at least one image, folder or --files-from list");
    if (args->null && !args->files_from) return ptrun_fail(err, PTRUN_USAGE, "--null: only goes with --files-from");
    if (args->files_from && ptrun_str_equal(args->files_from, "-"))
        for (int i = 0; i < n_operands; i++)
            if (ptrun_str_equal(operands[i], "-"))
                return ptrun_fail(err, PTRUN_USAGE, "-: standard input already is the list of --files-from");
    int64_t shard = 0, shards = 0;
    if (args->shard && !parse_shard(args->shard, &shard, &shards))
        return ptrun_fail(err, PTRUN_INTERNAL, "a shard that was accepted");
    *out = (ptrun_source_options){.arguments = (const char *const *)operands,
                                  .n_arguments = (size_t)n_operands,
                                  .list_path = args->files_from,
                                  .list_nul = args->null,
                                  .include = args->include.items,
                                  .n_include = args->include.count,
                                  .exclude = args->exclude.items,
                                  .n_exclude = args->exclude.count,
                                  .follow = args->follow,
                                  .takes_name = ptrun_decoder_takes_name,
                                  .shard = (int32_t)shard,
                                  .shards = (int32_t)shards};
    return PTRUN_OK;
}

void ptrun_input_args_release(ptrun_input_args *args)
{
    ptrun_texts_release(&args->include);
    ptrun_texts_release(&args->exclude);
}
