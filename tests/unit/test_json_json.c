/* Typed values and the paths in their messages. */
#include "base/error.h"
#include "check.h"
#include "json/json.h"

#include <stdlib.h>

static ptrun_json *parse(const char *text)
{
    ptrun_json *json;
    ptrun_error err = {0};
    CHECK(ptrun_json_parse(&json, text, strlen(text), PTRUN_RECIPE_INVALID, &err) == PTRUN_OK);
    if (!json) exit(1);
    return json;
}

static void check_walking(void)
{
    ptrun_json *json = parse("{\"list\": [10, \"x\", null, true], \"o\": {\"k\": {}}}");
    ptrun_json_node root = ptrun_json_root(json), list = ptrun_json_member(root, "list");
    CHECK(ptrun_json_kind_of(root) == PTRUN_JSON_OBJECT);
    CHECK(ptrun_json_count(root) == 2 && ptrun_json_count(list) == 4);
    static const ptrun_json_kind kinds[] = {PTRUN_JSON_NUMBER, PTRUN_JSON_STRING, PTRUN_JSON_NULL,
                                            PTRUN_JSON_BOOL};
    size_t count = 0;
    for (ptrun_json_node entry = ptrun_json_at(list, 0); entry.value; entry = ptrun_json_next(list, entry)) {
        CHECK(entry.index == count && ptrun_json_kind_of(entry) == kinds[count]);
        CHECK(!ptrun_json_key(entry));
        count++;
    }
    CHECK(count == 4);
    CHECK_TEXT(ptrun_json_at(list, 3).path, "$.list[3]");
    CHECK(ptrun_json_kind_of(ptrun_json_at(list, 4)) == PTRUN_JSON_ABSENT);
    CHECK_TEXT(ptrun_json_key(ptrun_json_at(root, 1)), "o");
    CHECK_TEXT(ptrun_json_member(ptrun_json_member(root, "o"), "k").path, "$.o.k");
    ptrun_json_node absent = ptrun_json_member(ptrun_json_member(root, "no"), "deeper");
    CHECK(ptrun_json_kind_of(absent) == PTRUN_JSON_ABSENT && ptrun_json_count(absent) == 0);
    CHECK_TEXT(absent.path, "$.no.deeper");
    ptrun_json_close(&json);
    CHECK(!json);
    ptrun_json_close(&json);
}

static void check_int(const char *text, ptrun_status expected, int64_t value, const char *message)
{
    ptrun_json *json = parse(text);
    ptrun_error err = {0};
    int64_t got = -77;
    CHECK(ptrun_json_get_int(ptrun_json_root(json), 1, 65535, PTRUN_RECIPE_INVALID, &got, &err) == expected);
    CHECK(got == (expected == PTRUN_OK ? value : -77));
    CHECK_TEXT(err.detail, message);
    ptrun_json_close(&json);
}

static void check_numbers(void)
{
    check_int("224", PTRUN_OK, 224, "");
    check_int("2.24e2", PTRUN_OK, 224, "");
    check_int("0", PTRUN_RECIPE_INVALID, 0, "$: an integer from 1 to 65535 is wanted, not 0");
    check_int("0.5", PTRUN_RECIPE_INVALID, 0, "$: an integer from 1 to 65535 is wanted, not 0.5");
    check_int("1e300", PTRUN_RECIPE_INVALID, 0, "$: an integer from 1 to 65535 is wanted, not 1e+300");
    check_int("1e999", PTRUN_RECIPE_INVALID, 0, "$: an integer from 1 to 65535 is wanted, not a number");
    check_int("\"224\"", PTRUN_RECIPE_INVALID, 0, "$: an integer from 1 to 65535 is wanted, not \"224\"");
    check_int("null", PTRUN_RECIPE_INVALID, 0, "$: an integer from 1 to 65535 is wanted, not null");

    ptrun_json *json = parse("[9007199254740992, 9007199254740994, 0.1, 1e999, true]");
    ptrun_json_node root = ptrun_json_root(json);
    ptrun_error err = {0};
    int64_t integer;
    double number;
    CHECK(ptrun_json_get_int(ptrun_json_at(root, 0), 0, INT64_MAX, PTRUN_USAGE, &integer, &err) == PTRUN_OK);
    CHECK(integer == 9007199254740992);
    CHECK(ptrun_json_get_int(ptrun_json_at(root, 1), 0, INT64_MAX, PTRUN_USAGE, &integer, &err) ==
          PTRUN_USAGE);
    CHECK_TEXT(err.detail, "$[1]: an integer of at least 0 is wanted, not 9007199254740994");
    err = (ptrun_error){0};
    CHECK(ptrun_json_get_double(ptrun_json_at(root, 2), PTRUN_USAGE, &number, &err) == PTRUN_OK &&
          number == 0.1);
    CHECK(ptrun_json_get_double(ptrun_json_at(root, 3), PTRUN_USAGE, &number, &err) == PTRUN_USAGE);
    CHECK_TEXT(err.detail, "$[3]: the number is too large");
    err = (ptrun_error){0};
    CHECK(ptrun_json_get_double(ptrun_json_at(root, 4), PTRUN_USAGE, &number, &err) == PTRUN_USAGE);
    CHECK_TEXT(err.detail, "$[4]: a number is wanted, not true");
    ptrun_json_close(&json);
}

static void check_types(void)
{
    ptrun_json *json = parse("{\"s\": \"\\u00e9\\n\", \"b\": false}");
    ptrun_json_node root = ptrun_json_root(json);
    ptrun_error err = {0};
    const char *text;
    bool flag = true;
    CHECK(ptrun_json_get_string(ptrun_json_member(root, "s"), PTRUN_USAGE, &text, &err) == PTRUN_OK);
    CHECK_TEXT(text, "é\n");
    CHECK(ptrun_json_get_bool(ptrun_json_member(root, "b"), PTRUN_USAGE, &flag, &err) == PTRUN_OK && !flag);
    CHECK(ptrun_json_get_bool(ptrun_json_member(root, "s"), PTRUN_USAGE, &flag, &err) == PTRUN_USAGE);
    CHECK_TEXT(err.detail, "$.s: true or false is wanted, not \"é?\"");
    err = (ptrun_error){0};
    CHECK(ptrun_json_get_string(ptrun_json_member(root, "t"), PTRUN_USAGE, &text, &err) == PTRUN_USAGE);
    CHECK_TEXT(err.detail, "$.t: missing; a string is wanted");
    err = (ptrun_error){0};
    CHECK(ptrun_json_expect(root, PTRUN_JSON_ARRAY, PTRUN_USAGE, &err) == PTRUN_USAGE);
    CHECK_TEXT(err.detail, "$: an array is wanted, not an object");
    ptrun_json_close(&json);
}

static void check_known_keys(void)
{
    static const char *const known[] = {"shorter", "size", "filter", NULL};
    ptrun_json *json = parse("[{\"size\": 1, \"fliter\": 2}, {\"zzzzzzzz\": 2}, {\"size\": 1}, 3]");
    ptrun_json_node root = ptrun_json_root(json);
    ptrun_error err = {0};
    CHECK(ptrun_json_only(ptrun_json_at(root, 2), known, PTRUN_USAGE, &err) == PTRUN_OK);
    CHECK(ptrun_json_only(ptrun_json_at(root, 0), known, PTRUN_USAGE, &err) == PTRUN_USAGE);
    CHECK_TEXT(err.detail, "$[0].fliter: unknown key; did you mean \"filter\"?");
    err = (ptrun_error){0};
    CHECK(ptrun_json_only(ptrun_json_at(root, 1), known, PTRUN_USAGE, &err) == PTRUN_USAGE);
    CHECK_TEXT(err.detail, "$[1].zzzzzzzz: unknown key; known here: shorter, size, filter");
    err = (ptrun_error){0};
    CHECK(ptrun_json_only(ptrun_json_at(root, 3), known, PTRUN_USAGE, &err) == PTRUN_USAGE);
    CHECK_TEXT(err.detail, "$[3]: an object is wanted, not 3");
    ptrun_json_close(&json);
}

/* Paths and shown values stay in their room and on character boundaries, however long the key. */
static void check_long_paths(void)
{
    char key[600] = "", shown[PTRUN_JSON_SHOW_SIZE];
    for (int i = 0; i < 150; i++) memcpy(key + 2 * i, "é", 3);
    ptrun_json *json = parse("{}");
    ptrun_json_node node = ptrun_json_root(json);
    for (int i = 0; i < 5; i++) {
        node = ptrun_json_member(node, key);
        size_t length = strlen(node.path);
        CHECK(length < sizeof node.path && length > sizeof node.path - 8);
        CHECK_TEXT(node.path + length - strlen("é…"), "é…");
    }
    ptrun_json_close(&json);
    char text[640];
    snprintf(text, sizeof text, "\"%s\"", key);
    json = parse(text);
    ptrun_json_show(shown, ptrun_json_root(json));
    CHECK(strlen(shown) < sizeof shown && strlen(shown) > sizeof shown - 8);
    CHECK_TEXT(shown + strlen(shown) - strlen("é…\""), "é…\"");
    ptrun_json_close(&json);
}

int main(void)
{
    check_walking();
    check_numbers();
    check_types();
    check_known_keys();
    check_long_paths();
    return CHECK_DONE();
}
