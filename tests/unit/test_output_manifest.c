#include "output/manifest.h"

#include "base/error.h"
#include "base/fs.h"
#include "check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static char root[] = "/tmp/ptrun-manifest-XXXXXX";

static const ptrun_manifest sample = {.jobs = 2, .batch = 8, .forwards = 3, .threads = 1, .preparation = "fast",
                                      .prepared_by = "option", .error = 0.25, .failed = 3, .n_facts = 3,
                                      .facts = {{"model", "ab12"}, {"recipe", "{\"a\":\"\\u00e9 \\\"\"}"}, {"labels", "\xC3\xA9\n"}},
                                      .head = "\"model\":{\"path\":\"m.pt\"}"};

static ptrun_status resume(ptrun_manifest *wanted, ptrun_error *err)
{
    *err = (ptrun_error){0};
    return ptrun_manifest_resume("out", wanted, err);
}

static void test_round_trip(void)
{
    ptrun_error err = {0};
    ptrun_manifest wanted = sample;
    wanted.jobs = wanted.batch = wanted.forwards = wanted.threads = 99, wanted.failed = 0;
    wanted.preparation[0] = wanted.prepared_by[0] = '\0', wanted.error = 0;
    CHECK(ptrun_manifest_write("out", &sample, &err) == PTRUN_OK);
    CHECK(resume(&wanted, &err) == PTRUN_OK);
    CHECK(!wanted.complete && wanted.jobs == 2 && wanted.batch == 8 && wanted.threads == 1 && wanted.failed == 3);
    CHECK(wanted.forwards == 3 && wanted.error >= 0.25 && wanted.error <= 0.25);
    CHECK_TEXT(wanted.preparation, "fast");
    CHECK_TEXT(wanted.prepared_by, "option");
    ptrun_manifest whole = sample;
    whole.complete = true, whole.tail = "\"summary\":{}";
    CHECK(ptrun_manifest_write("out", &whole, &err) == PTRUN_OK);
    CHECK(resume(&wanted, &err) == PTRUN_OK && wanted.complete);
    ptrun_bytes bytes;
    CHECK(ptrun_fs_read("out.ptrun.json", 0, &bytes, &err) == PTRUN_OK);
    static const char text[] =
        "{\"format\":\"ptrun-run/1\",\"complete\":true,\"failed\":3,\"plan\":{\"jobs\":2,\"batch\":8,"
        "\"forwards\":3,\"threads\":1,\"preparation\":\"fast\",\"prepared_by\":\"option\",\"error\":0.25},"
        "\"run\":{\"model\":\"ab12\",\"recipe\":\"{\\\"a\\\":\\\"\\\\u00e9 \\\\\\\"\\\"}\",\"labels\":\"\xC3\xA9\\n\"},"
        "\"model\":{\"path\":\"m.pt\"},\"summary\":{}}\n";
    CHECK(bytes.size == sizeof text - 1 && memcmp(bytes.data, text, bytes.size) == 0);
    ptrun_bytes_release(&bytes);
}

static void test_mismatches(void)
{
    ptrun_error err = {0};
    CHECK(ptrun_manifest_write("out", &sample, &err) == PTRUN_OK);
    ptrun_manifest wanted = sample;
    wanted.facts[0].value = "cd34";
    CHECK(resume(&wanted, &err) == PTRUN_RESUME_MISMATCH);
    CHECK_TEXT(err.detail, "model: the interrupted run had ab12, this one has cd34");
    wanted = sample;
    wanted.facts[wanted.n_facts++] = (ptrun_manifest_fact){"later", "x"}; /* written by an older ptrun */
    CHECK(resume(&wanted, &err) == PTRUN_RESUME_MISMATCH && strstr(err.detail, "later") != NULL);
    wanted = sample;
    CHECK(unlink("out.ptrun.json") == 0);
    CHECK(resume(&wanted, &err) == PTRUN_RESUME_MISMATCH && strstr(err.detail, "out.ptrun.json") != NULL);
}

/* Cut anywhere, or with a plan that cannot be: refused, and nothing is taken over. */
static void test_damaged(void)
{
    ptrun_error err = {0};
    ptrun_bytes bytes;
    CHECK(ptrun_manifest_write("out", &sample, &err) == PTRUN_OK);
    CHECK(ptrun_fs_read("out.ptrun.json", 0, &bytes, &err) == PTRUN_OK);
    for (size_t length = 0; length + 1 < bytes.size; length++) { /* the last byte is a newline */
        ptrun_manifest wanted = sample;
        CHECK(ptrun_fs_replace("out.ptrun.json", bytes.data, length, &err) == PTRUN_OK);
        CHECK(resume(&wanted, &err) == PTRUN_RESUME_MISMATCH && err.detail[0]);
        err = (ptrun_error){0};
    }
    static const char *const plans[] = {"\"jobs\":0", "\"jobs\":-1", "\"jobs\":2.5", "\"jobs\":4294967296", "\"jobs\":\"2\"", "\"job\":2"};
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++) {
        ptrun_manifest wanted = sample;
        ptrun_buf text = {0};
        const char *whole = (const char *)bytes.data, *place = strstr(whole, "\"jobs\":2");
        ptrun_buf_put(&text, whole, (size_t)(place - whole));
        ptrun_buf_puts(&text, plans[i]);
        ptrun_buf_put(&text, place + 8, bytes.size - (size_t)(place + 8 - whole));
        CHECK(ptrun_fs_replace("out.ptrun.json", text.data, text.length, &err) == PTRUN_OK);
        CHECK(resume(&wanted, &err) == PTRUN_RESUME_MISMATCH && strstr(err.detail, "plan") != NULL);
        err = (ptrun_error){0};
        ptrun_buf_release(&text);
    }
    ptrun_bytes_release(&bytes);
}

/* A process of our number was killed while it wrote: what it left is in nobody's way. */
static void test_leftovers(void)
{
    char name[64];
    ptrun_error err = {0};
    snprintf(name, sizeof name, "out.ptrun.json.%ld.tmp", (long)getpid());
    int fd = open(name, O_WRONLY | O_CREAT, 0666);
    CHECK(fd >= 0 && write(fd, "torn", 4) == 4 && close(fd) == 0);
    CHECK(ptrun_manifest_write("out", &sample, &err) == PTRUN_OK);
    CHECK(access(name, F_OK) != 0);
    CHECK(ptrun_manifest_write("no/such/out", &sample, &err) == PTRUN_OUTPUT_FAILED);
}

int main(void)
{
    char remove[64];
    CHECK(mkdtemp(root) && chdir(root) == 0);
    test_round_trip();
    test_mismatches();
    test_damaged();
    test_leftovers();
    snprintf(remove, sizeof remove, "rm -rf %s", root);
    CHECK(chdir("/") == 0 && system(remove) == 0);
    return CHECK_DONE();
}
