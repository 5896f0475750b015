#include "output/writer.h"

#include "base/error.h"
#include "check.h"

#include <stdlib.h>

static const ptrun_error none = {0};

static ptrun_record ok_record(const char *path, const ptrun_class *top, size_t n_top)
{
    return (ptrun_record){.path = path, .path_length = strlen(path), .width = 500, .height = 375, .top = top, .n_top = n_top,
                          .error = &none};
}

static ptrun_record failed_record(const char *path, const ptrun_error *error)
{
    return (ptrun_record){.path = path, .path_length = strlen(path), .error = error};
}

/* The whole text of `records` in a format. Given to the caller. */
static ptrun_buf written(const char *format, const ptrun_record *records, size_t count, bool color)
{
    ptrun_buf out = {0};
    const ptrun_writer *writer = ptrun_writer_find(format);
    ptrun_writer_context context = {.color = color, .top_k = 5, .head = "\"ptrun\":{},\"model\":{}", .tail = "\"summary\":{}"};
    writer->begin(&out, &context);
    for (size_t i = 0; i < count; i++) {
        writer->record(&out, &context, &records[i]);
        context.written++;
    }
    writer->end(&out, &context);
    CHECK(!out.failed);
    return out;
}

static void expect(const char *format, const ptrun_record *records, size_t count, const char *text)
{
    ptrun_buf out = written(format, records, count, false);
    CHECK_TEXT(ptrun_buf_text(&out), text);
    ptrun_buf_release(&out);
}

static const ptrun_class two[] = {{.index = 281, .label = "tabby, \"cat\"", .score = 0.8731f}, {.index = 3, .score = 0.1f}};

static void test_jsonl(void)
{
    ptrun_error truncated = {.status = PTRUN_IMAGE_TRUNCATED, .detail = "line 3 of 7"}, bare = {.status = PTRUN_IMAGE_CORRUPT};
    const float logits[] = {-1.5f, 0, 1e-7f};
    ptrun_record records[] = {ok_record("a b.jpg", two, 2), failed_record("c.jpg", &truncated), failed_record("d", &bare),
                              ok_record("x\xFF\n\"\\\x01.jpg", two + 1, 1)};
    records[3].logits = logits, records[3].n_logits = 3;
    expect("jsonl", records, 4,
           "{\"path\":\"a b.jpg\",\"status\":\"ok\",\"width\":500,\"height\":375,\"top\":[{\"index\":281,\"label\":"
           "\"tabby, \\\"cat\\\"\",\"score\":0.8731},{\"index\":3,\"label\":null,\"score\":0.1}]}\n"
           "{\"path\":\"c.jpg\",\"status\":\"error\",\"error\":{\"code\":\"image_truncated\",\"message\":\"line 3 of 7\"}}\n"
           "{\"path\":\"d\",\"status\":\"error\",\"error\":{\"code\":\"image_corrupt\",\"message\":\"the image is damaged\"}}\n"
           "{\"path\":\"x\xEF\xBF\xBD\\n\\\"\\\\\\u0001.jpg\",\"path_base64\":\"eP8KIlwBLmpwZw==\",\"status\":\"ok\","
           "\"width\":500,\"height\":375,\"top\":[{\"index\":3,\"label\":null,\"score\":0.1}],\"logits\":[-1.5,0,1e-07]}\n");
    expect("jsonl", NULL, 0, "");
}

static void test_json(void)
{
    ptrun_record records[] = {ok_record("a", two + 1, 1), ok_record("b", two + 1, 1)};
    expect("json", NULL, 0, "{\"ptrun\":{},\"model\":{},\"results\":[],\"summary\":{}}\n");
    expect("json", records, 2,
           "{\"ptrun\":{},\"model\":{},\"results\":[\n"
           "{\"path\":\"a\",\"status\":\"ok\",\"width\":500,\"height\":375,\"top\":[{\"index\":3,\"label\":null,\"score\":0.1}]},\n"
           "{\"path\":\"b\",\"status\":\"ok\",\"width\":500,\"height\":375,\"top\":[{\"index\":3,\"label\":null,\"score\":0.1}]}\n"
           "],\"summary\":{}}\n");
}

static void test_csv(void)
{
    ptrun_error corrupt = {.status = PTRUN_IMAGE_CORRUPT, .detail = "not, shown"};
    ptrun_record records[] = {ok_record("a,b.jpg", two, 2), failed_record("line\nbreak \"q\"", &corrupt), ok_record(" \xFF", two + 1, 1)};
    expect("csv", records, 3,
           "path,status,rank,index,label,score,error\r\n"
           "\"a,b.jpg\",ok,1,281,\"tabby, \"\"cat\"\"\",0.8731,\r\n"
           "\"a,b.jpg\",ok,2,3,,0.1,\r\n"
           "\"line\nbreak \"\"q\"\"\",error,,,,,image_corrupt\r\n"
           "\" \xFF\",ok,1,3,,0.1,\r\n");
    expect("csv", NULL, 0, "path,status,rank,index,label,score,error\r\n");
}

static void test_table(void)
{
    ptrun_error corrupt = {.status = PTRUN_IMAGE_CORRUPT};
    ptrun_record records[] = {ok_record("a-very-long-folder-name/\xC3\xA9t\xC3\xA9/of-2024/photograph.jpg", two, 2),
                              failed_record("\033[31mred\xFF\x80", &corrupt), ok_record("123456789012345678901234567890123456", two, 1)};
    expect("table", records, 3,
           "path                                  rank  index  label                            score\n"
           "…der-name/été/of-2024/photograph.jpg     1    281  tabby, \"cat\"                    0.8731  ██████████\n"
           "                                         2      3  -                               0.1000  █\n"
           "?[31mred??                            image_corrupt: the image is damaged\n"
           "123456789012345678901234567890123456     1    281  tabby, \"cat\"                    0.8731  ██████████\n");
    ptrun_buf colored = written("table", records, 2, true);
    CHECK(strstr(ptrun_buf_text(&colored), "\033[31mimage_corrupt: the image is damaged\033[0m\n") != NULL);
    ptrun_buf_release(&colored);

    size_t length = 1 << 20; /* a name of a list may be that long */
    char *name = malloc(length + 1);
    memset(name, 'n', length);
    name[length] = '\0';
    ptrun_record huge = failed_record(name, &corrupt);
    ptrun_buf out = written("table", &huge, 1, false);
    CHECK(strstr(ptrun_buf_text(&out), "\n…nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn  image_corrupt") != NULL);
    ptrun_buf_release(&out);
    free(name);
}

static void test_table_of_formats(void)
{
    static const char *const names[] = {"jsonl", "json", "csv", "table", "null"};
    for (size_t i = 0; i < 5; i++) {
        CHECK_TEXT(ptrun_writer_at(i)->name, names[i]);
        CHECK(ptrun_writer_find(names[i]) == ptrun_writer_at(i));
        CHECK(ptrun_writer_at(i)->resumable == (ptrun_writer_at(i)->whole != NULL));
    }
    CHECK(!ptrun_writer_at(5) && !ptrun_writer_find("xml"));
    ptrun_record record = ok_record("a", two, 2);
    expect("null", &record, 1, "");
}

enum { TORN = 5 };

static size_t length_of(const char *format, const ptrun_record *records, size_t count)
{
    ptrun_buf text = written(format, records, count, false);
    size_t length = text.length;
    ptrun_buf_release(&text);
    return length;
}

/* Where record `i` ends, and how much of the file must be there for that to be known: all of it, or in csv the first
 * row of the next one. */
static void find_ends(const char *format, const ptrun_record *records, size_t ends[TORN + 1], size_t known[TORN + 1])
{
    ptrun_record cut[TORN];
    memcpy(cut, records, sizeof cut);
    bool by_next = strcmp(format, "csv") == 0;
    ends[0] = known[0] = length_of(format, records, 0);
    for (size_t i = 1; i <= TORN; i++) {
        ends[i] = known[i] = length_of(format, records, i);
        if (by_next && i == TORN) known[i] = SIZE_MAX;
        if (!by_next || i == TORN) continue;
        if (cut[i].n_top) cut[i].n_top = 1;
        known[i] = length_of(format, cut, i + 1);
        cut[i] = records[i];
    }
}

/* Whatever byte an interrupted file ends with: only whole records are kept, and the failed ones are counted. */
static void test_torn_files(const char *format, size_t per_ok)
{
    ptrun_error corrupt = {.status = PTRUN_IMAGE_CORRUPT, .detail = "\"status\":\"error\""};
    ptrun_record records[TORN] = {ok_record("a\r\n,\"\r\n", two, per_ok), failed_record("\"status\":\"error\"", &corrupt),
                                  ok_record("\"status\":\"error\",", two, per_ok), failed_record("plain", &corrupt),
                                  ok_record("z", two, per_ok)};
    static const uint64_t failed_before[] = {0, 0, 1, 1, 2, 2};
    size_t ends[TORN + 1], known[TORN + 1];
    find_ends(format, records, ends, known);
    const ptrun_writer *writer = ptrun_writer_find(format);
    ptrun_buf all = written(format, records, TORN, false);
    for (size_t length = 0; length <= all.length; length++) {
        char *torn = malloc(length ? length : 1); /* its own block, so that a sanitizer sees a step too far */
        memcpy(torn, all.data, length);
        size_t whole = 0;
        while (whole < TORN && known[whole + 1] <= length) whole++;
        for (uint64_t max = 0; max <= TORN + 1; max++) {
            uint64_t kept_records, failed, expected = max < whole ? max : whole;
            size_t kept = writer->whole(torn, length, max, &kept_records, &failed);
            CHECK(kept_records == expected);
            CHECK(failed == failed_before[expected]);
            CHECK(kept == (length < ends[0] ? 0 : ends[expected]));
        }
        free(torn);
    }
    ptrun_buf_release(&all);
}

/* A csv record ends where the next one begins, so the last one is always made again. */
static void test_whole_csv(void)
{
    ptrun_record records[] = {ok_record("a", two, 2), ok_record("b", two, 2), ok_record("c", two, 2)};
    ptrun_buf all = written("csv", records, 3, false), less = written("csv", records, 2, false);
    const ptrun_writer *writer = ptrun_writer_find("csv");
    uint64_t kept, failed;
    CHECK(writer->whole(all.data, all.length, UINT64_MAX, &kept, &failed) == less.length && kept == 2);
    static const char other[] = "name,status\r\na,ok\r\n", numbers[] = "path,status,rank,index,label,score,error\r\na,ok,99999999999,\r\n";
    CHECK(writer->whole(other, sizeof other - 1, UINT64_MAX, &kept, &failed) == 0 && kept == 0);
    CHECK(writer->whole(numbers, sizeof numbers - 1, UINT64_MAX, &kept, &failed) == 42 && kept == 0);
    ptrun_buf_release(&all);
    ptrun_buf_release(&less);
}

int main(void)
{
    test_jsonl();
    test_json();
    test_csv();
    test_table();
    test_table_of_formats();
    test_torn_files("jsonl", 2);
    test_torn_files("csv", 1);
    test_torn_files("csv", 2);
    test_whole_csv();
    return CHECK_DONE();
}
