#include "output/file.h"

#include "base/error.h"
#include "base/fs.h"
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/ptrun-output-XXXXXX";
static const ptrun_class top[] = {{.index = 7, .label = "seven", .score = 0.5f}};
static const ptrun_error none = {0}, corrupt = {.status = PTRUN_IMAGE_CORRUPT, .detail = "x"};

static ptrun_record record_of(const char *path, bool ok)
{
    return (ptrun_record){.path = path, .path_length = strlen(path), .width = 1, .height = 2, .top = top, .n_top = ok ? 1 : 0,
                          .error = ok ? &none : &corrupt};
}

static void expect_content(const char *path, const char *expected)
{
    ptrun_bytes bytes;
    ptrun_error err = {0};
    ptrun_buf text = {0};
    CHECK(ptrun_fs_read(path, 0, &bytes, &err) == PTRUN_OK);
    ptrun_buf_put(&text, bytes.data, bytes.size);
    CHECK_TEXT(ptrun_buf_text(&text), expected);
    ptrun_buf_release(&text);
    ptrun_bytes_release(&bytes);
}

static ptrun_status open_at(ptrun_output **out, const char *path, const char *format, ptrun_output_mode mode, uint64_t keep,
                            ptrun_error *err)
{
    ptrun_writer_context context = {.top_k = 1, .head = "\"model\":{}", .tail = "\"summary\":{}"};
    *err = (ptrun_error){0};
    return ptrun_output_open(out, path, ptrun_writer_find(format), mode, keep, &context, err);
}

#define A_LINE "{\"path\":\"a\",\"status\":\"error\",\"error\":{\"code\":\"image_corrupt\",\"message\":\"x\"}}\n"
#define CSV_HEADER "path,status,rank,index,label,score,error\r\n"

static void put(ptrun_output *output, const char *path, bool ok)
{
    ptrun_error err = {0};
    ptrun_record record = record_of(path, ok);
    CHECK(ptrun_output_put(output, &record, &err) == PTRUN_OK);
}

static void test_modes(void)
{
    ptrun_output *output;
    ptrun_error err;
    CHECK(!ptrun_output_exists("out") && !ptrun_output_has_content("out") && !ptrun_output_exists("-"));
    CHECK(open_at(&output, "out", "jsonl", PTRUN_OUTPUT_NEW, 0, &err) == PTRUN_OK);
    CHECK(ptrun_output_exists("out") && !ptrun_output_has_content("out"));
    put(output, "a", false);
    expect_content("out", ""); /* written with the next flush */
    CHECK(ptrun_output_flush(output, &err) == PTRUN_OK);
    expect_content("out", A_LINE);
    CHECK(ptrun_output_finish(&output, &err) == PTRUN_OK && !output);
    CHECK(ptrun_output_has_content("out"));
    CHECK(open_at(&output, "out", "jsonl", PTRUN_OUTPUT_NEW, 0, &err) == PTRUN_OUTPUT_EXISTS && !output);
    expect_content("out", A_LINE);
    CHECK(open_at(&output, "out", "json", PTRUN_OUTPUT_OVERWRITE, 0, &err) == PTRUN_OK);
    CHECK(ptrun_output_finish(&output, &err) == PTRUN_OK);
    expect_content("out", "{\"model\":{},\"results\":[],\"summary\":{}}\n");
    CHECK(open_at(&output, "no/such/folder", "json", PTRUN_OUTPUT_NEW, 0, &err) == PTRUN_OUTPUT_FAILED && !output);
    CHECK(open_at(&output, ".", "json", PTRUN_OUTPUT_OVERWRITE, 0, &err) == PTRUN_OUTPUT_FAILED && !output);
    CHECK(open_at(&output, "out", "json", PTRUN_OUTPUT_OVERWRITE, 0, &err) == PTRUN_OK);
    ptrun_output_close(&output); /* without an end: nothing that looks whole */
    expect_content("out", "");
    ptrun_output_close(&output);
}

static void resume(const char *format, const char *content, int32_t batch, uint64_t records, uint64_t failed, const char *result)
{
    ptrun_error err = {0};
    uint64_t measured, measured_failed, keep;
    ptrun_output *output;
    CHECK(ptrun_fs_replace("out", content, strlen(content), &err) == PTRUN_OK);
    CHECK(ptrun_output_measure("out", ptrun_writer_find(format), batch, &measured, &measured_failed, &keep, &err) == PTRUN_OK);
    CHECK(measured == records && measured_failed == failed);
    CHECK(open_at(&output, "out", format, PTRUN_OUTPUT_RESUME, keep, &err) == PTRUN_OK);
    put(output, "z", false);
    CHECK(ptrun_output_finish(&output, &err) == PTRUN_OK);
    expect_content("out", result);
}

#define Z_LINE "{\"path\":\"z\",\"status\":\"error\",\"error\":{\"code\":\"image_corrupt\",\"message\":\"x\"}}\n"

static void test_resume(void)
{
    resume("jsonl", "", 1, 0, 0, Z_LINE);
    resume("jsonl", "{\"path", 1, 0, 0, Z_LINE);
    resume("jsonl", A_LINE A_LINE "{\"pa", 1, 2, 2, A_LINE A_LINE Z_LINE);
    resume("jsonl", A_LINE A_LINE A_LINE, 2, 2, 2, A_LINE A_LINE Z_LINE);
    resume("jsonl", A_LINE A_LINE A_LINE, 4, 0, 0, Z_LINE);
    resume("csv", "", 1, 0, 0, CSV_HEADER "z,error,,,,,image_corrupt\r\n");
    resume("csv", "path,sta", 1, 0, 0, CSV_HEADER "z,error,,,,,image_corrupt\r\n");
    resume("csv", CSV_HEADER "a,ok,1,7,,0.5,\r\n", 1, 0, 0, CSV_HEADER "z,error,,,,,image_corrupt\r\n");
    resume("csv", CSV_HEADER "a,error,,,,,x\r\nb,ok,1,7,,0.5,\r\nc", 1, 1, 1,
           CSV_HEADER "a,error,,,,,x\r\nz,error,,,,,image_corrupt\r\n");
    ptrun_error err = {0};
    uint64_t records, failed, keep;
    CHECK(ptrun_output_measure("none", ptrun_writer_find("csv"), 1, &records, &failed, &keep, &err) == PTRUN_OUTPUT_FAILED);
    CHECK_TEXT(err.detail, "what it holds cannot be read: no such file");
}

/* What is no regular file is written as it is, whatever the mode; a full one is told, and told once it is known. */
static void test_devices(void)
{
    static const ptrun_output_mode modes[] = {PTRUN_OUTPUT_NEW, PTRUN_OUTPUT_OVERWRITE, PTRUN_OUTPUT_RESUME};
    ptrun_output *output;
    ptrun_error err;
    for (int i = 0; i < 3; i++) {
        CHECK(open_at(&output, "/dev/full", "jsonl", modes[i], 0, &err) == PTRUN_OK);
        put(output, "a", true);
        CHECK(ptrun_output_flush(output, &err) == PTRUN_OUTPUT_FAILED);
        CHECK_TEXT(err.detail, "No space left on device");
        ptrun_output_close(&output);
        CHECK(open_at(&output, "/dev/full", "jsonl", modes[i], 0, &err) == PTRUN_OK);
        put(output, "a", true);
        CHECK(ptrun_output_finish(&output, &err) == PTRUN_OUTPUT_FAILED && !output);
    }
    CHECK(open_at(&output, "/dev/full", "jsonl", PTRUN_OUTPUT_NEW, 0, &err) == PTRUN_OK);
    ptrun_status status = PTRUN_OK;
    ptrun_record record = record_of("a", false);
    for (int i = 0; i < 100000 && status == PTRUN_OK; i++) status = ptrun_output_put(output, &record, &err);
    CHECK(status == PTRUN_OUTPUT_FAILED); /* memory is bounded: records are written before the end */
    ptrun_output_close(&output);
}

static void *read_slowly(void *argument)
{
    char block[65536];
    size_t total = 0;
    for (ssize_t got; (got = read(*(int *)argument, block, sizeof block)) > 0;) {
        total += (size_t)got;
        usleep(200);
    }
    *(int *)argument = (int)total;
    return NULL;
}

/* A pipe that somebody made non-blocking takes everything, too; one whose reader went away says so. */
static void test_pipes(void)
{
    int ends[2];
    char path[32];
    ptrun_output *output;
    ptrun_error err;
    pthread_t reader;
    CHECK(pipe2(ends, O_CLOEXEC) == 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[1]);
    CHECK(open_at(&output, path, "jsonl", PTRUN_OUTPUT_NEW, 0, &err) == PTRUN_OK);
    CHECK(pthread_create(&reader, NULL, read_slowly, &ends[0]) == 0);
    for (int i = 0; i < 20000; i++) put(output, "a", false);
    CHECK(ptrun_output_finish(&output, &err) == PTRUN_OK);
    close(ends[1]);
    pthread_join(reader, NULL);
    CHECK(ends[0] == 20000 * (int)strlen(A_LINE));

    int kept = dup(STDOUT_FILENO);
    CHECK(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0 && dup2(ends[1], STDOUT_FILENO) == STDOUT_FILENO);
    int read_end = ends[0];
    CHECK(fcntl(read_end, F_SETFL, 0) == 0);
    CHECK(pthread_create(&reader, NULL, read_slowly, &ends[0]) == 0);
    CHECK(open_at(&output, "-", "jsonl", PTRUN_OUTPUT_NEW, 0, &err) == PTRUN_OK);
    for (int i = 0; i < 20000; i++) put(output, "a", false);
    CHECK(ptrun_output_finish(&output, &err) == PTRUN_OK);
    dup2(kept, STDOUT_FILENO), close(ends[1]);
    pthread_join(reader, NULL);
    CHECK(ends[0] == 20000 * (int)strlen(A_LINE));
    close(read_end);

    CHECK(pipe2(ends, O_CLOEXEC) == 0 && dup2(ends[1], STDOUT_FILENO) == STDOUT_FILENO);
    close(ends[0]), close(ends[1]);
    CHECK(open_at(&output, "-", "jsonl", PTRUN_OUTPUT_NEW, 0, &err) == PTRUN_OK);
    put(output, "a", false);
    CHECK(ptrun_output_flush(output, &err) == PTRUN_OUTPUT_CLOSED);
    ptrun_output_close(&output);
    CHECK(dup2(kept, STDOUT_FILENO) == STDOUT_FILENO && close(kept) == 0);
}

int main(void)
{
    char remove[64];
    signal(SIGPIPE, SIG_IGN);
    CHECK(mkdtemp(root) && chdir(root) == 0);
    test_modes();
    test_resume();
    test_devices();
    test_pipes();
    snprintf(remove, sizeof remove, "rm -rf %s", root);
    CHECK(chdir("/") == 0 && system(remove) == 0);
    return CHECK_DONE();
}
