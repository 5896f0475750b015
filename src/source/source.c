#include "source/source.h"

#include "base/error.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/str.h"
#include "source/names.h"
#include "source/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MAX_NAME = 1 << 20 }; /* a "name" beyond this is no name: the list is something else */

struct ptrun_source {
    const ptrun_source_options *options;
    ptrun_names names;
    ptrun_names_reader reader; /* stands behind the one given last */
    ptrun_source_skipped skipped;
    size_t next, end; /* of `names` */
    int list;         /* descriptor of the list; -1: none, or read to its end */
    bool streaming;   /* more names follow from `list` */
    ptrun_buf line;   /* what is read of the stream and not yet given */
    size_t line_start;
    uint64_t given;
};

static ptrun_status add_argument(ptrun_source *source, const char *argument, ptrun_error *err)
{
    struct stat facts;
    bool is_stdin = ptrun_str_equal(argument, "-");
    if (!is_stdin && stat(argument, &facts) == 0 && S_ISDIR(facts.st_mode))
        return ptrun_walk(argument, source->options, &source->names, &source->skipped, err);
    ptrun_name_kind kind = is_stdin ? PTRUN_NAME_STDIN : PTRUN_NAME_FILE;
    if (!ptrun_names_add(&source->names, argument, strlen(argument), kind, 0))
        return ptrun_fail_memory(err, "the list of inputs");
    return PTRUN_OK;
}

static char delimiter(const ptrun_source *source)
{
    return source->options->list_nul ? '\0' : '\n';
}

static ptrun_status fail_name(ptrun_error *err)
{
    return ptrun_fail(err, PTRUN_LIST_UNREADABLE, "a name of over %d bytes: this is no list of names", MAX_NAME);
}

static ptrun_status fail_list(ptrun_error *err, int number)
{
    const char *reason = strerrordesc_np(number);
    return ptrun_fail(err, PTRUN_LIST_UNREADABLE, "%s", reason ? reason : "it cannot be read");
}

static void close_list(ptrun_source *source)
{
    if (source->list > STDIN_FILENO) close(source->list);
    source->list = -1;
}

/* A whole name among what was read of the stream; *found says whether. At the stream's end the rest is one. */
static ptrun_status give_line(ptrun_source *source, bool at_end, ptrun_input *input, bool *found, ptrun_error *err)
{
    ptrun_buf *line = &source->line;
    *found = false;
    while (source->line_start < line->length) {
        const char *start = line->data + source->line_start;
        size_t left = line->length - source->line_start;
        const char *stop = memchr(start, delimiter(source), left);
        if (!stop && !at_end) break;
        size_t size = stop ? (size_t)(stop - start) : left;
        source->line_start += size + 1;
        if (size == 0) continue;
        if (size > MAX_NAME) return fail_name(err);
        if (memchr(start, '\0', size))
            return ptrun_fail(err, PTRUN_LIST_UNREADABLE, "a NUL in a line: use --null for such a list");
        ptrun_buf_clear(&input->path);
        ptrun_buf_put(&input->path, start, size);
        *found = true;
        return input->path.failed ? ptrun_fail_memory(err, "a file name") : PTRUN_OK;
    }
    size_t start = source->line_start < line->length ? source->line_start : line->length, left = line->length - start;
    if (left) memmove(line->data, line->data + start, left);
    line->length = left;
    source->line_start = 0;
    return left > MAX_NAME ? fail_name(err) : PTRUN_OK;
}

static ptrun_status stream_next(ptrun_source *source, int wait_ms, ptrun_input *input, ptrun_source_event *event,
                                ptrun_error *err)
{
    for (;;) {
        bool found;
        ptrun_status status = give_line(source, !source->streaming, input, &found, err);
        if (status != PTRUN_OK) return status;
        *event = found ? PTRUN_SOURCE_INPUT : PTRUN_SOURCE_END;
        if (found || !source->streaming) return PTRUN_OK;
        struct pollfd ready = {.fd = source->list, .events = POLLIN};
        int count = poll(&ready, 1, wait_ms < 0 ? 100 : wait_ms);
        if (count == 0 || (count < 0 && errno == EINTR)) return *event = PTRUN_SOURCE_WAIT, PTRUN_OK;
        char block[16384];
        ssize_t got = read(source->list, block, sizeof block);
        if (got < 0 && (errno == EINTR || errno == EAGAIN)) return *event = PTRUN_SOURCE_WAIT, PTRUN_OK;
        if (got < 0) return fail_list(err, errno);
        if (got == 0) source->streaming = false;
        ptrun_buf_put(&source->line, block, (size_t)got);
        if (source->line.failed) return ptrun_fail_memory(err, "a file name");
    }
}

/* Every name of the list into `names`. */
static ptrun_status read_list(ptrun_source *source, ptrun_error *err)
{
    ptrun_input input = {0};
    ptrun_source_event event = PTRUN_SOURCE_WAIT;
    ptrun_status status = PTRUN_OK;
    source->streaming = true;
    while (status == PTRUN_OK && event != PTRUN_SOURCE_END) {
        status = stream_next(source, -1, &input, &event, err);
        if (status == PTRUN_OK && event == PTRUN_SOURCE_INPUT &&
            !ptrun_names_add(&source->names, input.path.data, input.path.length, PTRUN_NAME_FILE, 0))
            status = ptrun_fail_memory(err, "the list of inputs");
    }
    ptrun_buf_release(&input.path);
    ptrun_buf_release(&source->line);
    close_list(source);
    return status;
}

/* A regular file is read now; a pipe gives names while the run goes on, unless a part of all of them is wanted. */
static ptrun_status open_list(ptrun_source *source, ptrun_error *err)
{
    const char *path = source->options->list_path;
    source->list = ptrun_str_equal(path, "-") ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    struct stat facts;
    if (source->list < 0 || fstat(source->list, &facts) != 0) return fail_list(err, errno);
    if (S_ISDIR(facts.st_mode)) return fail_list(err, EISDIR);
    if (S_ISREG(facts.st_mode) || source->options->shards > 0) return read_list(source, err);
    source->streaming = true;
    return PTRUN_OK;
}

static ptrun_status collect(ptrun_source *source, ptrun_error *err)
{
    const ptrun_source_options *options = source->options;
    ptrun_status status = PTRUN_OK;
    for (size_t i = 0; i < options->n_arguments && status == PTRUN_OK; i++)
        status = add_argument(source, options->arguments[i], err);
    if (status != PTRUN_OK) return status;
    if (options->list_path) status = open_list(source, err);
    source->end = source->names.count;
    if (options->shards > 0) { /* a product of an int32 and a count of things in memory fits 64 bits */
        uint64_t count = source->names.count, shards = (uint64_t)options->shards;
        source->next = (size_t)(count * (uint64_t)(options->shard - 1) / shards);
        source->end = (size_t)(count * (uint64_t)options->shard / shards);
    }
    return status;
}

ptrun_status ptrun_source_open(ptrun_source **out, const ptrun_source_options *options, ptrun_error *err)
{
    *out = NULL;
    ptrun_source *source = ptrun_mem_zalloc(1, sizeof *source);
    if (!source) return ptrun_fail_memory(err, "the list of inputs");
    source->options = options;
    source->list = -1;
    ptrun_status status = collect(source, err);
    if (status != PTRUN_OK) ptrun_source_close(&source);
    *out = source;
    return status;
}

void ptrun_source_close(ptrun_source **source)
{
    if (!*source) return;
    close_list(*source);
    ptrun_names_reader_release(&(*source)->reader);
    ptrun_names_release(&(*source)->names);
    ptrun_buf_release(&(*source)->line);
    ptrun_mem_release(source);
}

bool ptrun_source_total(const ptrun_source *source, uint64_t *total)
{
    *total = source->given + (source->end - source->next);
    return !source->streaming;
}

/* A chain, each link over the one before and a name: memory for one name only. */
bool ptrun_source_digest(const ptrun_source *source, uint8_t digest[32])
{
    if (source->streaming) return false;
    ptrun_names_reader name = {0};
    ptrun_buf link = {0};
    memset(digest, 0, 32);
    bool whole = true;
    for (size_t i = source->next; i < source->end && whole; i++) {
        ptrun_buf_clear(&link);
        ptrun_buf_put(&link, digest, 32);
        whole = ptrun_names_read(&source->names, i, &name);
        if (whole) ptrun_buf_put(&link, name.path.data, name.path.length);
        whole = whole && !link.failed;
        if (whole) ptrun_sha256(link.data, link.length, digest);
    }
    ptrun_names_reader_release(&name);
    ptrun_buf_release(&link);
    return whole;
}

const ptrun_source_skipped *ptrun_source_skipped_counts(const ptrun_source *source)
{
    return &source->skipped;
}

static ptrun_status give_entry(ptrun_source *source, ptrun_input *input, ptrun_error *err)
{
    const ptrun_names_reader *entry = &source->reader;
    if (!ptrun_names_read(&source->names, source->next, &source->reader)) return ptrun_fail_memory(err, "a file name");
    ptrun_buf_clear(&input->path);
    ptrun_buf_put(&input->path, entry->path.data, entry->path.length);
    if (input->path.failed) return ptrun_fail_memory(err, "a file name");
    source->next++;
    input->is_stdin = entry->kind == PTRUN_NAME_STDIN;
    if (entry->kind == PTRUN_NAME_FAILED_FOLDER) {
        const char *reason = strerrordesc_np(entry->reason);
        ptrun_fail(&input->error, PTRUN_FILE_UNREADABLE, "a folder that cannot be read: %s", reason ? reason : "?");
    }
    return PTRUN_OK;
}

ptrun_status ptrun_source_next(ptrun_source *source, int wait_ms, ptrun_input *input, ptrun_source_event *event,
                               ptrun_error *err)
{
    *event = PTRUN_SOURCE_END;
    input->error = (ptrun_error){0};
    input->is_stdin = false;
    ptrun_status status = PTRUN_OK;
    if (source->next < source->end) {
        status = give_entry(source, input, err);
        *event = PTRUN_SOURCE_INPUT;
    } else if (source->streaming || source->line.length) {
        status = stream_next(source, wait_ms, input, event, err);
    }
    if (status == PTRUN_OK && *event == PTRUN_SOURCE_INPUT) input->number = source->given++;
    return status;
}

ptrun_status ptrun_source_skip(ptrun_source *source, uint64_t count, ptrun_error *err)
{
    ptrun_input dropped = {0};
    ptrun_status status = PTRUN_OK;
    while (source->given < count && status == PTRUN_OK) {
        ptrun_source_event event;
        status = ptrun_source_next(source, -1, &dropped, &event, err);
        if (status == PTRUN_OK && event == PTRUN_SOURCE_END)
            status = ptrun_fail(err, PTRUN_LIST_UNREADABLE, "the list ends before input %llu, which was done already",
                                (unsigned long long)count);
    }
    ptrun_buf_release(&dropped.path);
    return status;
}
