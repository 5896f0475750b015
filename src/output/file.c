#include "output/file.h"

#include "base/error.h"
#include "base/fs.h"
#include "base/mem.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FLUSH_BYTES = 1 << 20 };

struct ptrun_output {
    const ptrun_writer *writer;
    ptrun_writer_context context;
    ptrun_buf pending;
    int fd;
    bool begun;
    bool own_fd;
};

static bool is_regular(const char *path, struct stat *facts)
{
    return !ptrun_str_equal(path, "-") && stat(path, facts) == 0 && S_ISREG(facts->st_mode);
}

bool ptrun_output_exists(const char *path)
{
    struct stat facts;
    return is_regular(path, &facts);
}

bool ptrun_output_has_content(const char *path)
{
    struct stat facts;
    return is_regular(path, &facts) && facts.st_size > 0;
}

ptrun_status ptrun_output_measure(const char *path, const ptrun_writer *writer, int32_t batch, uint64_t *records,
                                  uint64_t *failed, uint64_t *bytes, ptrun_error *err)
{
    ptrun_bytes content;
    ptrun_error cause = {0};
    *records = *failed = *bytes = 0;
    if (ptrun_fs_map(path, &content, &cause) != PTRUN_OK)
        return ptrun_fail(err, PTRUN_OUTPUT_FAILED, "what it holds cannot be read: %s", ptrun_error_message(&cause));
    const char *text = (const char *)content.data;
    uint64_t whole;
    if (content.size && writer->whole(text, content.size, UINT64_MAX, &whole, failed)) {
        uint64_t kept = whole - whole % (uint64_t)batch;
        *bytes = writer->whole(text, content.size, kept, records, failed);
    }
    ptrun_bytes_release(&content);
    return PTRUN_OK;
}

static ptrun_status fail_errno(ptrun_error *err, int number)
{
    return ptrun_fail(err, PTRUN_OUTPUT_FAILED, "%s", strerrordesc_np(number));
}

/* A device or a pipe is written as it is; only a regular file can be in the way. */
static int open_new(const char *path, int flags)
{
    int fd = open(path, flags | O_EXCL, 0666);
    struct stat facts;
    if (fd >= 0 || errno != EEXIST) return fd;
    if (stat(path, &facts) != 0 || S_ISREG(facts.st_mode)) return errno = EEXIST, -1;
    return open(path, flags, 0666);
}

/* Cut the file to what is kept. What is no regular file is written from here on. */
static ptrun_status go_on_behind(ptrun_output *output, uint64_t keep, ptrun_error *err)
{
    struct stat facts;
    if (fstat(output->fd, &facts) != 0) return fail_errno(err, errno);
    if (!S_ISREG(facts.st_mode)) return PTRUN_OK;
    if (ftruncate(output->fd, (off_t)keep) != 0 || lseek(output->fd, (off_t)keep, SEEK_SET) < 0)
        return fail_errno(err, errno);
    output->begun = keep > 0;
    return PTRUN_OK;
}

static ptrun_status open_file(ptrun_output *output, const char *path, ptrun_output_mode mode, uint64_t keep, ptrun_error *err)
{
    int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_NOCTTY;
    if (mode == PTRUN_OUTPUT_OVERWRITE) flags |= O_TRUNC;
    output->fd = mode == PTRUN_OUTPUT_NEW ? open_new(path, flags) : open(path, flags, 0666);
    if (output->fd < 0 && errno == EEXIST) return ptrun_fail(err, PTRUN_OUTPUT_EXISTS, "%s", "");
    if (output->fd < 0) return fail_errno(err, errno);
    output->own_fd = true;
    return mode == PTRUN_OUTPUT_RESUME ? go_on_behind(output, keep, err) : PTRUN_OK;
}

ptrun_status ptrun_output_open(ptrun_output **out, const char *path, const ptrun_writer *writer, ptrun_output_mode mode,
                               uint64_t keep, const ptrun_writer_context *context, ptrun_error *err)
{
    *out = NULL;
    ptrun_output *output = ptrun_mem_zalloc(1, sizeof *output);
    if (!output) return ptrun_fail_memory(err, "the output");
    output->writer = writer;
    output->context = *context;
    output->fd = STDOUT_FILENO;
    ptrun_status status = ptrun_str_equal(path, "-") ? PTRUN_OK : open_file(output, path, mode, keep, err);
    if (status != PTRUN_OK) ptrun_output_close(&output);
    *out = output;
    return status;
}

ptrun_writer_context *ptrun_output_context(ptrun_output *output)
{
    return &output->context;
}

static void begin(ptrun_output *output)
{
    if (!output->begun) output->writer->begin(&output->pending, &output->context);
    output->begun = true;
}

ptrun_status ptrun_output_put(ptrun_output *output, const ptrun_record *record, ptrun_error *err)
{
    begin(output);
    output->writer->record(&output->pending, &output->context, record);
    output->context.written++;
    if (output->pending.failed) return ptrun_fail_memory(err, "a record");
    return output->pending.length < FLUSH_BYTES ? PTRUN_OK : ptrun_output_flush(output, err);
}

ptrun_status ptrun_output_flush(ptrun_output *output, ptrun_error *err)
{
    if (output->pending.failed) return ptrun_fail_memory(err, "the records");
    ptrun_status status = ptrun_fs_write_all(output->fd, output->pending.data, output->pending.length, err);
    ptrun_buf_clear(&output->pending);
    return status;
}

ptrun_status ptrun_output_finish(ptrun_output **output, ptrun_error *err)
{
    ptrun_output *o = *output;
    begin(o);
    o->writer->end(&o->pending, &o->context);
    ptrun_status status = ptrun_output_flush(o, err);
    int failure = o->own_fd && close(o->fd) != 0 ? errno : 0;
    o->own_fd = false;
    if (status == PTRUN_OK && failure) status = fail_errno(err, failure);
    ptrun_output_close(output);
    return status;
}

void ptrun_output_close(ptrun_output **output)
{
    if (!*output) return;
    if ((*output)->own_fd) close((*output)->fd);
    ptrun_buf_release(&(*output)->pending);
    ptrun_mem_release(output);
}
