#include "check.h"

#include "cli/inspect_dot.h"

#include <stdlib.h>
#include <string.h>

static const char calls[] = "\"calls\":[{\"caller\":0,\"name\":\"\",\"class\":\"Net\"},"
                            "{\"caller\":0,\"name\":\"a\\\"b\\\\N\",\"class\":\"Seq\"},"
                            "{\"caller\":1,\"name\":\"0\",\"class\":\"Conv2d\"},"
                            "{\"caller\":0,\"name\":\"fc\",\"class\":\"Linear\"}]";
static const char nodes[] =
    "\"nodes\":[{\"operator\":\"input\",\"call\":0},{\"operator\":\"output\",\"call\":0},"
    "{\"operator\":\"aten::conv2d\",\"call\":2},{\"operator\":\"aten::relu_\",\"call\":1},"
    "{\"operator\":\"aten::flatten\",\"call\":0},{\"operator\":\"my::op\",\"call\":0},"
    "{\"operator\":\"aten::linear\",\"call\":3}]";
static const char edges[] = "\"edges\":[{\"from\":0,\"to\":2,\"dtype\":\"float32\",\"shape\":[1,3,8,8]},"
                            "{\"from\":2,\"to\":3,\"dtype\":\"float32\",\"shape\":[1,4,8,8]},"
                            "{\"from\":3,\"to\":4,\"dtype\":\"float32\",\"shape\":[1,4,8,null]},"
                            "{\"from\":4,\"to\":5,\"dtype\":\"float32\",\"shape\":[1,256]},"
                            "{\"from\":5,\"to\":6,\"dtype\":\"bfloat16\",\"shape\":[1,256]},"
                            "{\"from\":3,\"to\":6,\"dtype\":null,\"shape\":null},"
                            "{\"from\":6,\"to\":1,\"dtype\":\"float32\",\"shape\":[]}]";

static const char head[] = "digraph \"m \\\"x\\\".pt\" {\n"
                           "  node [shape=box, fontname=\"sans-serif\", fontsize=11];\n"
                           "  edge [fontname=\"sans-serif\", fontsize=9];\n"
                           "  n0 [label=\"input\", shape=ellipse];\n"
                           "  n1 [label=\"output\", shape=ellipse];\n";

static ptrun_status draw(ptrun_buf *out, const char *document, int32_t depth, ptrun_error *err)
{
    ptrun_json *json = NULL;
    CHECK(ptrun_json_parse(&json, document, strlen(document), PTRUN_INTERNAL, err) == PTRUN_OK);
    ptrun_buf_clear(out);
    ptrun_status status = ptrun_inspect_dot_put(out, "m \"x\".pt", json, depth, err);
    ptrun_json_close(&json);
    return status;
}

static void check_picture(const char *document, int32_t depth, const char *expected)
{
    ptrun_buf out = {0};
    ptrun_error err = {0};
    CHECK(draw(&out, document, depth, &err) == PTRUN_OK);
    CHECK(strncmp(ptrun_buf_text(&out), head, sizeof head - 1) == 0);
    CHECK_TEXT(ptrun_buf_text(&out) + sizeof head - 1, expected);
    ptrun_buf_release(&out);
}

/* One part a box; two operators in a row between them another; names quoted; the edge inside a box is gone. */
static void test_folded(const char *document)
{
    check_picture(document, 1,
                  "  n2 [label=\"a\\\"b\\\\N\\nSeq\"];\n"
                  "  n4 [label=\"flatten, my::op\", style=\"rounded\"];\n"
                  "  n6 [label=\"fc\\nLinear\"];\n"
                  "  n6 -> n1 [label=\"scalar\"];\n"
                  "  n0 -> n2 [label=\"1 x 3 x 8 x 8\"];\n"
                  "  n2 -> n4 [label=\"1 x 4 x 8 x ?\"];\n"
                  "  n2 -> n6 [style=dashed];\n"
                  "  n4 -> n6 [label=\"1 x 256 bfloat16\"];\n"
                  "}\n");
}

/* Parts of parts by their whole path; what a part does beside calling others stands beside them. */
static void test_deeper(const char *document, int32_t depth)
{
    check_picture(document, depth,
                  "  n2 [label=\"a\\\"b\\\\N.0\\nConv2d\"];\n"
                  "  n3 [label=\"relu\", style=\"rounded\"];\n"
                  "  n4 [label=\"flatten, my::op\", style=\"rounded\"];\n"
                  "  n6 [label=\"fc\\nLinear\"];\n"
                  "  n6 -> n1 [label=\"scalar\"];\n"
                  "  n0 -> n2 [label=\"1 x 3 x 8 x 8\"];\n"
                  "  n2 -> n3 [label=\"1 x 4 x 8 x 8\"];\n"
                  "  n3 -> n4 [label=\"1 x 4 x 8 x ?\"];\n"
                  "  n3 -> n6 [style=dashed];\n"
                  "  n4 -> n6 [label=\"1 x 256 bfloat16\"];\n"
                  "}\n");
}

/* More parts of parts than can be read: the parts alone. */
static void test_many(void)
{
    ptrun_buf document = {0}, out = {0};
    ptrun_error err = {0};
    ptrun_buf_puts(&document, "{\"calls\":[{\"caller\":0,\"name\":\"\",\"class\":\"\"},"
                              "{\"caller\":0,\"name\":\"all\",\"class\":\"Seq\"}");
    for (int i = 0; i < 60; i++)
        ptrun_buf_printf(&document, ",{\"caller\":1,\"name\":\"%d\",\"class\":\"ReLU\"}", i);
    ptrun_buf_puts(&document, "],\"nodes\":[{\"operator\":\"input\",\"call\":0},{\"operator\":\"output\",\"call\":0}");
    for (int i = 0; i < 60; i++) ptrun_buf_printf(&document, ",{\"operator\":\"aten::relu\",\"call\":%d}", i + 2);
    ptrun_buf_puts(&document, "],\"edges\":[");
    for (int i = 0; i < 61; i++)
        ptrun_buf_printf(&document, "%s{\"from\":%d,\"to\":%d,\"dtype\":\"float32\",\"shape\":[1]}", i ? "," : "",
                         i ? i + 1 : 0, i < 60 ? i + 2 : 1);
    ptrun_buf_puts(&document, "]}");
    CHECK(draw(&out, ptrun_buf_text(&document), 0, &err) == PTRUN_OK);
    CHECK(strstr(ptrun_buf_text(&out), "n2 [label=\"all\\nSeq\"];") && !strstr(ptrun_buf_text(&out), "n3 "));
    CHECK(draw(&out, ptrun_buf_text(&document), 2, &err) == PTRUN_OK);
    CHECK(strstr(ptrun_buf_text(&out), "n61 [label=\"all.59\\nReLU\"];") != NULL);
    ptrun_buf_release(&document);
    ptrun_buf_release(&out);
}

static void check_refused(const char *document, const char *detail)
{
    ptrun_buf out = {0};
    ptrun_error err = {0};
    CHECK(draw(&out, document, 1, &err) == PTRUN_ENGINE_FAILED);
    if (!strstr(err.detail, detail)) CHECK_TEXT(err.detail, detail);
    ptrun_buf_release(&out);
}

int main(void)
{
    char document[4096];
    snprintf(document, sizeof document, "{%s,%s,%s}", calls, nodes, edges);
    test_folded(document);
    test_deeper(document, 2);
    test_deeper(document, 9);
    test_deeper(document, 0);
    test_many();
    check_refused("{}", "$.calls");
    check_refused("{\"calls\":[{\"caller\":1,\"name\":\"\",\"class\":\"\"}]}", "$.calls[0].caller");
    check_refused("{\"calls\":[{\"caller\":0,\"name\":\"\",\"class\":\"\"}],\"nodes\":[]}", "no input and output");
    snprintf(document, sizeof document, "{%s,%s,\"edges\":[{\"from\":0,\"to\":7}]}", calls, nodes);
    check_refused(document, "$.edges[0].to");
    snprintf(document, sizeof document, "{%s,%s,\"edges\":[{\"from\":0,\"to\":2,\"dtype\":null,\"shape\":[-1]}]}", calls, nodes);
    check_refused(document, "$.edges[0].shape[0]");
    return CHECK_DONE();
}
