/* Writing: commas, escapes, what is not UTF-8 (the expected texts are Python's
 * bytes.decode("utf-8", errors="replace")), numbers that read back. */
#include "check.h"
#include "json/write.h"

#include <math.h>

static void check_string(const char *bytes, size_t length, const char *expected)
{
    ptrun_buf buf = {0};
    ptrun_json_writer w = {.buf = &buf};
    ptrun_json_put_string(&w, bytes, length);
    CHECK_TEXT(ptrun_buf_text(&buf), expected);
    ptrun_buf_release(&buf);
}

#define STRING(bytes, expected) check_string(bytes, sizeof(bytes) - 1, expected)
#define BAD                     "\xEF\xBF\xBD"

static void check_strings(void)
{
    STRING("", "\"\"");
    STRING("a\"b\\c/\b\f\n\r\t\v\x01\x1f\x7f", "\"a\\\"b\\\\c/\\b\\f\\n\\r\\t\\u000b\\u0001\\u001f\x7f\"");
    STRING("a\0b", "\"a\\u0000b\"");
    STRING("h\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9e", "\"h\xc3\xa9\xe2\x82\xac\xf0\x9d\x84\x9e\"");
    STRING("\x80", "\"" BAD "\"");
    STRING("\xc3", "\"" BAD "\"");
    STRING("\xc3(", "\"" BAD "(\"");
    STRING("\xc0\xaf", "\"" BAD BAD "\"");
    STRING("\xe2\x82", "\"" BAD "\"");
    STRING("\xe2\x82"
           "a",
           "\"" BAD "a\"");
    STRING("\xe0\x80\x80", "\"" BAD BAD BAD "\"");
    STRING("\xe0\xa0", "\"" BAD "\"");
    STRING("\xed\xa0\x80", "\"" BAD BAD BAD "\"");
    STRING("\xf0\x9d\x84", "\"" BAD "\"");
    STRING("\xf0\x9d\x84x", "\"" BAD "x\"");
    STRING("\xf0\x80\x80\x80", "\"" BAD BAD BAD BAD "\"");
    STRING("\xf0\x90\x80\xc3\xa9", "\"" BAD "\xc3\xa9\"");
    STRING("\xf4\x90\x80\x80", "\"" BAD BAD BAD BAD "\"");
    STRING("\xf5\xff", "\"" BAD BAD "\"");
    STRING("\xe2\xe2\x82\xac", "\"" BAD "\xe2\x82\xac\"");
}

static void check_structure(void)
{
    ptrun_buf buf = {0};
    ptrun_json_writer w = {.buf = &buf};
    ptrun_json_begin_object(&w);
    ptrun_json_put_key(&w, "a");
    ptrun_json_begin_array(&w);
    ptrun_json_end_array(&w);
    ptrun_json_put_key(&w, "b");
    ptrun_json_begin_array(&w);
    ptrun_json_put_int(&w, INT64_MIN);
    ptrun_json_put_bool(&w, true);
    ptrun_json_put_null(&w);
    ptrun_json_begin_object(&w);
    ptrun_json_end_object(&w);
    ptrun_json_put_raw(&w, "[1]", 3);
    ptrun_json_put_text(&w, NULL);
    ptrun_json_put_text(&w, "x");
    ptrun_json_end_array(&w);
    ptrun_json_put_key(&w, "c");
    ptrun_json_put_base64(&w, "\xff\xee\xdd\xcc", 4);
    ptrun_json_end_object(&w);
    CHECK_TEXT(ptrun_buf_text(&buf),
               "{\"a\":[],\"b\":[-9223372036854775808,true,null,{},[1],null,\"x\"],\"c\":\"/+7dzA==\"}");
    ptrun_buf_release(&buf);
}

static void check_base64(const char *bytes, const char *expected)
{
    ptrun_buf buf = {0};
    ptrun_json_writer w = {.buf = &buf};
    ptrun_json_put_base64(&w, bytes, strlen(bytes));
    CHECK_TEXT(ptrun_buf_text(&buf), expected);
    ptrun_buf_release(&buf);
}

static void check_numbers(void)
{
    ptrun_buf buf = {0};
    ptrun_json_writer w = {.buf = &buf};
    ptrun_json_begin_array(&w);
    ptrun_json_put_float(&w, 0.1f);
    ptrun_json_put_double(&w, 0.1);
    ptrun_json_put_double(&w, 0.00392156862745098);
    ptrun_json_put_double(&w, 255);
    ptrun_json_put_float(&w, NAN);
    ptrun_json_put_double(&w, -INFINITY);
    ptrun_json_end_array(&w);
    CHECK_TEXT(ptrun_buf_text(&buf), "[0.1,0.1,0.00392156862745098,255,null,null]");
    ptrun_buf_release(&buf);
}

int main(void)
{
    check_strings();
    check_structure();
    check_base64("", "\"\"");
    check_base64("f", "\"Zg==\"");
    check_base64("fo", "\"Zm8=\"");
    check_base64("foo", "\"Zm9v\"");
    check_base64("foobar", "\"Zm9vYmFy\"");
    check_numbers();
    return CHECK_DONE();
}
