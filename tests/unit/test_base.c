#include "base/buf.h"
#include "base/cpu.h"
#include "base/error.h"
#include "base/fs.h"
#include "base/hash.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "check.h"

#include <float.h>
#include <stdlib.h>
#include <unistd.h>

static void test_error(void)
{
    ptrun_error err = {0};
    CHECK(ptrun_error_prefix(&err, "nothing to prefix: ") == PTRUN_OK);
    CHECK(ptrun_fail(&err, PTRUN_IMAGE_CORRUPT, "row %d", 7) == PTRUN_IMAGE_CORRUPT);
    CHECK(ptrun_fail(&err, PTRUN_INTERNAL, "later") == PTRUN_IMAGE_CORRUPT); /* the first detail wins */
    CHECK_TEXT(err.detail, "row 7");
    CHECK(ptrun_error_prefix(&err, "in %s: ", "x") == PTRUN_IMAGE_CORRUPT);
    CHECK_TEXT(err.detail, "in x: row 7");

    char text[PTRUN_ERROR_DETAIL_SIZE + 8]; /* cut in the middle of a two-byte character */
    memset(text, 'a', sizeof text);
    text[PTRUN_ERROR_DETAIL_SIZE - 2] = '\xC3', text[PTRUN_ERROR_DETAIL_SIZE - 1] = '\xA9', text[sizeof text - 1] = '\0';
    ptrun_error cut = {0};
    (void)ptrun_fail(&cut, PTRUN_INTERNAL, "%s", text);
    CHECK(strlen(cut.detail) == PTRUN_ERROR_DETAIL_SIZE - 2);
    CHECK(ptrun_str_is_utf8(cut.detail, strlen(cut.detail)));
}

/* Every status has a word of its own, and all but OK say what happened. */
static void test_status_words(void)
{
    static const ptrun_status all[] = {
#define STATUS(name, number, word) PTRUN_##name,
        PTRUN_STATUS_LIST(STATUS)
#undef STATUS
    };
    size_t count = sizeof all / sizeof *all;
    for (size_t i = 1; i < count; i++) {
        CHECK(strcmp(ptrun_status_text(all[i]), ptrun_status_text(PTRUN_OK)) != 0);
        CHECK(all[i] > all[i - 1]);
        for (size_t j = 0; j < i; j++) CHECK(strcmp(ptrun_status_word(all[i]), ptrun_status_word(all[j])) != 0);
    }
}

static void test_numbers(void)
{
    int64_t i = 5;
    double d = 5;
    CHECK(ptrun_num_parse_int("42", 1, 100, &i) && i == 42);
    CHECK(ptrun_num_parse_int("-9223372036854775808", INT64_MIN, INT64_MAX, &i) && i == INT64_MIN);
    const char *bad[] = {"", "-", "+1", " 1", "1 ", "0x10", "9223372036854775808", "1e3", "101", "0"};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) CHECK(!ptrun_num_parse_int(bad[k], 1, 100, &i));
    CHECK(ptrun_num_parse_double("-0.5e-1", &d) && d == -0.05);
    CHECK(ptrun_num_parse_double(".5", &d) && d == 0.5);
    const char *bad_double[] = {"", ".", "nan", "inf", "0x1p3", "1,5", "1e", "1e999", " 1"};
    for (size_t k = 0; k < sizeof bad_double / sizeof *bad_double; k++) CHECK(!ptrun_num_parse_double(bad_double[k], &d));

    char text[PTRUN_NUM_FLOAT_SIZE];
    const float floats[] = {0, 1, 0.1f, 1.0f / 3, FLT_MIN, FLT_MAX, FLT_TRUE_MIN, -16777217.0f, 0.8731f};
    for (size_t k = 0; k < sizeof floats / sizeof *floats; k++) {
        CHECK(ptrun_num_format_float(text, floats[k]) == strlen(text));
        CHECK(strtof(text, NULL) == floats[k]);
    }
    ptrun_num_format_float(text, 0.1f);
    CHECK_TEXT(text, "0.1");
    ptrun_num_format_double(text, 0.1);
    CHECK_TEXT(text, "0.1");
}

static void test_text(void)
{
    CHECK(ptrun_str_utf8_length((const unsigned char *)"\xE2\x82\xAC", 3) == 3);
    const char *bad[] = {"\x80", "\xC0\x80", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82"};
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++)
        CHECK(!ptrun_str_utf8_length((const unsigned char *)bad[k], strlen(bad[k])));
    CHECK(ptrun_str_distance("tpo-k", "top-k") == 1);
    CHECK(ptrun_str_distance("bilinaer", "bilinear") == 1);
    CHECK(ptrun_str_distance("cat", "horse") == 3);
    CHECK(ptrun_str_distance("", "ab") == 2);
    CHECK(ptrun_str_equal_nocase("JPEG", "jpeg") && !ptrun_str_equal_nocase("JPEG", "jpe"));
}

static void test_buf_and_mem(void)
{
    ptrun_buf buf = {0};
    CHECK_TEXT(ptrun_buf_text(&buf), "");
    for (int i = 0; i < 1000; i++) ptrun_buf_printf(&buf, "%d,", i);
    CHECK(!buf.failed && buf.length == 3890 && buf.data[buf.length] == '\0');
    ptrun_buf_clear(&buf);
    ptrun_buf_put(&buf, "a\0b", 3);
    CHECK(buf.length == 3 && memcmp(buf.data, "a\0b", 4) == 0);
    ptrun_buf_release(&buf);
    CHECK(!ptrun_mem_alloc(SIZE_MAX / 2, 3));
    size_t product;
    CHECK(ptrun_mem_mul(3, 4, &product) && product == 12 && !ptrun_mem_mul(SIZE_MAX, 2, &product));
}

static void test_hash(void)
{
    CHECK(ptrun_crc32(0, "123456789", 9) == 0xCBF43926u);
    CHECK(ptrun_crc32(ptrun_crc32(0, "1234", 4), "56789", 5) == 0xCBF43926u);
    uint8_t digest[32];
    char hex[65];
    ptrun_sha256("abc", 3, digest);
    ptrun_str_hex32(hex, digest);
    CHECK_TEXT(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void test_files(void)
{
    char folder[] = "/tmp/ptrun-test-XXXXXX", path[64];
    CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof path, "%s/file", folder);
    ptrun_error err = {0};
    ptrun_bytes bytes;
    CHECK(ptrun_fs_replace(path, "hello", 5, &err) == PTRUN_OK);
    CHECK(ptrun_fs_replace(path, "again!", 6, &err) == PTRUN_OK);
    CHECK(ptrun_fs_read(path, 0, &bytes, &err) == PTRUN_OK && bytes.size == 6 && memcmp(bytes.data, "again!", 6) == 0);
    ptrun_bytes_release(&bytes);
    CHECK(ptrun_fs_map(path, &bytes, &err) == PTRUN_OK && bytes.size == 6);
    ptrun_bytes_release(&bytes);
    CHECK(ptrun_fs_read(path, 5, &bytes, &err) == PTRUN_IMAGE_TOO_LARGE);
    err = (ptrun_error){0};
    CHECK(ptrun_fs_read(folder, 0, &bytes, &err) == PTRUN_NOT_A_REGULAR_FILE);
    err = (ptrun_error){0};
    CHECK(ptrun_fs_read("/dev/zero", 0, &bytes, &err) == PTRUN_NOT_A_REGULAR_FILE);
    unlink(path);
    err = (ptrun_error){0};
    CHECK(ptrun_fs_map(path, &bytes, &err) == PTRUN_FILE_NOT_FOUND);
    err = (ptrun_error){0};
    CHECK(ptrun_fs_replace("/dev/full", "x", 1, &err) == PTRUN_OUTPUT_FAILED);
    rmdir(folder);
}

static void check_printable(const char *bytes, size_t length, const char *expected)
{
    char out[16] = "";
    CHECK(ptrun_str_append_printable(out, sizeof out, bytes, length) == !strstr(expected, "…"));
    CHECK_TEXT(out, expected);
    CHECK(!ptrun_str_append_printable(out, sizeof out, "0123456789012345", 16));
    CHECK(strlen(out) < sizeof out && strstr(out, "…"));
    char once[16];
    memcpy(once, out, sizeof once);
    CHECK(!ptrun_str_append_printable(out, sizeof out, "again", 5));
    CHECK_TEXT(out, once);
}

static void test_printable(void)
{
    check_printable("", 0, "");
    check_printable("a\x1b[\n\x7f", 5, "a?[??");
    check_printable("\xff\xc2\x9b\xc3\xa9", 5, "??\xc3\xa9");
    check_printable("012345678901", 12, "012345678901");
    check_printable("0123456789012", 13, "012345678901…");
    check_printable("01234567890\xc3\xa9", 13, "01234567890…");
}

int main(void)
{
    test_printable();
    test_error();
    test_status_words();
    test_numbers();
    test_text();
    test_buf_and_mem();
    test_hash();
    test_files();
    CHECK(ptrun_cpu_usable() >= 1);
    return CHECK_DONE();
}
