/* Options: every way of writing them, every way of getting them wrong. */
#include "check.h"

#include "cli/options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

typedef struct {
    const char *shared;
} inner;

typedef struct {
    bool logits, stop;
    int32_t verbose;
    int64_t top_k, any;
    double least;
    const char *output, *format, *hex;
    ptrun_texts include;
    inner nested;
} config;

static const char *format_name(size_t index)
{
    static const char *const names[] = {"jsonl", "json", "csv"};
    return index < sizeof names / sizeof *names ? names[index] : NULL;
}

static bool accepts_hex(const char *text)
{
    return *text && !text[strspn(text, "0123456789abcdef")];
}

static const ptrun_option rows[] = {
    {PTRUN_OPTION_SWITCH(config, logits), .name = "logits", .letter = 'l', .help = "x"},
    {PTRUN_OPTION_SWITCH(config, stop), .name = "stop", .letter = 's', .ends = true, .help = "x"},
    {PTRUN_OPTION_COUNTER(config, verbose), .name = "verbose", .letter = 'v', .help = "x"},
    {PTRUN_OPTION_INT(config, top_k), .name = "top-k", .letter = 'k', .value = "N", .min = 1,
     .max = INT64_MAX, .fallback = "5", .help = "x"},
    {PTRUN_OPTION_INT(config, any), .name = "any", .value = "N", .min = -8, .max = 8, .help = "x"},
    {PTRUN_OPTION_REAL(config, least), .name = "least", .value = "X", .min = 0, .max = 1, .help = "x"},
    {PTRUN_OPTION_TEXT(config, output), .name = "output", .letter = 'o', .value = "FILE", .fallback = "-",
     .help = "x"},
    {PTRUN_OPTION_CHOICE(config, format), .name = "format", .value = "FORMAT", .choice = format_name,
     .help = "x"},
    {PTRUN_OPTION_TEXT(config, hex), .name = "hex", .value = "HEX", .accepts = accepts_hex,
     .expected = "hexadecimal digits", .help = "x"},
    {PTRUN_OPTION_TEXTS(config, include), .name = "include", .value = "GLOB", .help = "x"},
    {.name = NULL},
};

static const ptrun_option inner_rows[] = {
    {PTRUN_OPTION_TEXT(inner, shared), .name = "shared", .value = "X", .help = "x"},
    {.name = NULL},
};

static const ptrun_option_group groups[] = {
    {.title = "Own", .rows = rows},
    PTRUN_OPTION_GROUP("Shared", inner_rows, config, nested, inner),
    {.title = NULL},
};

/* The outcome of the last parse() below. */
static config c;
static ptrun_error err;
static char *operands[16];
static int n_operands;

/* Parse the words of `line`, which are separated by single blanks ("''" is an empty word). */
static ptrun_status parse(const char *line)
{
    static char text[512], name[] = "command", empty[] = "";
    char *argv[32] = {name};
    int argc = 1;
    char *rest;
    snprintf(text, sizeof text, "%s", line);
    for (char *word = strtok_r(text, " ", &rest); word; word = strtok_r(NULL, " ", &rest))
        argv[argc++] = strcmp(word, "''") == 0 ? empty : word;
    ptrun_texts_release(&c.include);
    c = (config){0};
    err = (ptrun_error){0};
    const ptrun_option_scope scope = {.groups = groups, .config = &c};
    ptrun_status status = ptrun_options_parse(&scope, argc, argv, &n_operands, &err);
    for (int i = 0; i < n_operands; i++) operands[i] = argv[i + 1];
    return status;
}

static void test_fallbacks(void)
{
    CHECK(parse("") == PTRUN_OK);
    CHECK(c.top_k == 5 && c.any == 0 && !c.logits && c.verbose == 0);
    CHECK_TEXT(c.output, "-");
    CHECK(c.format == NULL && c.include.count == 0 && n_operands == 0);
}

static void test_spellings(void)
{
    CHECK(parse("--top-k 7 --output a.jsonl") == PTRUN_OK && c.top_k == 7);
    CHECK_TEXT(c.output, "a.jsonl");
    CHECK(parse("--top-k=7 --output=--odd") == PTRUN_OK && c.top_k == 7);
    CHECK_TEXT(c.output, "--odd");
    CHECK(parse("-k7 -oa") == PTRUN_OK && c.top_k == 7);
    CHECK_TEXT(c.output, "a");
    CHECK(parse("-k 7 -o -") == PTRUN_OK && c.top_k == 7);
    CHECK_TEXT(c.output, "-");
    CHECK(parse("-k=7 -o=a") == PTRUN_OK && c.top_k == 7);
    CHECK_TEXT(c.output, "a");
    CHECK(parse("-vlvk3") == PTRUN_OK && c.verbose == 2 && c.logits && c.top_k == 3);
    CHECK(parse("--any -3 --least 0.25") == PTRUN_OK && c.any == -3 && c.least == 0.25);
    CHECK(parse("--output ''") == PTRUN_OK);
    CHECK_TEXT(c.output, "");
    CHECK(parse("--output=") == PTRUN_OK);
    CHECK_TEXT(c.output, "");
    CHECK(parse("--format csv") == PTRUN_OK && c.format == format_name(2));
    CHECK(parse("--shared here --hex beef") == PTRUN_OK);
    CHECK_TEXT(c.nested.shared, "here");
    CHECK_TEXT(c.hex, "beef");
}

static void test_last_wins(void)
{
    CHECK(parse("-k 1 --top-k 2 -o a -o b") == PTRUN_OK && c.top_k == 2);
    CHECK_TEXT(c.output, "b");
}

static void test_repeated(void)
{
    CHECK(parse("--include *.jpg x --include=*.png") == PTRUN_OK && c.include.count == 2);
    CHECK_TEXT(c.include.items[0], "*.jpg");
    CHECK_TEXT(c.include.items[1], "*.png");
}

static void test_operands(void)
{
    CHECK(parse("model -k 2 a --logits - b") == PTRUN_OK && n_operands == 4 && c.logits);
    CHECK_TEXT(operands[0], "model");
    CHECK_TEXT(operands[1], "a");
    CHECK_TEXT(operands[2], "-");
    CHECK_TEXT(operands[3], "b");
    CHECK(parse("-k 2 -- -k --logits --") == PTRUN_OK && n_operands == 3 && !c.logits);
    CHECK_TEXT(operands[0], "-k");
    CHECK_TEXT(operands[1], "--logits");
    CHECK_TEXT(operands[2], "--");
    CHECK(parse("''") == PTRUN_OK && n_operands == 1);
    CHECK_TEXT(operands[0], "");
}

static void test_ending_switch(void)
{
    CHECK(parse("a --stop --no-such -k") == PTRUN_OK && c.stop && n_operands == 1);
    CHECK(parse("-vs --no-such") == PTRUN_OK && c.stop && c.verbose == 1);
}

static void test_unknown(void)
{
    CHECK(parse("--topk 5") == PTRUN_USAGE);
    CHECK_TEXT(err.detail, "--topk: no such option; did you mean --top-k?");
    CHECK(parse("--formt=csv") == PTRUN_USAGE);
    CHECK_TEXT(err.detail, "--formt: no such option; did you mean --format?");
    CHECK(parse("--inc x") == PTRUN_USAGE);
    CHECK_TEXT(err.detail, "--inc: no such option; did you mean --include?");
    CHECK(parse("--zzzzzz") == PTRUN_USAGE);
    CHECK_TEXT(err.detail, "--zzzzzz: no such option");
    CHECK(parse("-z") == PTRUN_USAGE);
    CHECK_TEXT(err.detail, "-z: no such option");
    CHECK(parse("-vz") == PTRUN_USAGE);
    CHECK_TEXT(err.detail, "-vz: no such option: -z");
    CHECK(parse("-top-k 5") == PTRUN_USAGE);
    CHECK_TEXT(err.detail, "-top-k: no such option; did you mean --top-k?");
    CHECK(parse("--=5") == PTRUN_USAGE);
}

static void test_missing_value(void)
{
    CHECK(parse("a -k") == PTRUN_USAGE);
    CHECK_TEXT(err.detail, "--top-k: needs a value (N)");
    CHECK(parse("--output --logits") == PTRUN_USAGE);
    CHECK_TEXT(err.detail,
               "--output: needs a value (FILE); if that is \"--logits\", write --output=--logits");
    CHECK(parse("--logits=yes") == PTRUN_USAGE);
    CHECK_TEXT(err.detail, "--logits: takes no value");
}

static void test_bad_numbers(void)
{
    static const char *const bad[] = {
        "0", "-1", "5x", "5.0", "1e3", "0x10", "+5", "''", "99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        char line[64];
        snprintf(line, sizeof line, "-k %s", bad[i]);
        CHECK(parse(line) == PTRUN_USAGE);
    }
    CHECK(parse("--top-k 0") == PTRUN_USAGE);
    CHECK_TEXT(err.detail, "--top-k: must be a whole number of at least 1, not \"0\"");
    CHECK(parse("--any 9") == PTRUN_USAGE);
    CHECK_TEXT(err.detail, "--any: must be a whole number from -8 to 8, not \"9\"");
    CHECK(parse("--least 1.5") == PTRUN_USAGE);
    CHECK_TEXT(err.detail, "--least: must be a number from 0 to 1, not \"1.5\"");
    CHECK(parse("--least nan") == PTRUN_USAGE && parse("--least inf") == PTRUN_USAGE);
}

static void test_bad_words(void)
{
    CHECK(parse("--format JSON") == PTRUN_USAGE);
    CHECK_TEXT(err.detail, "--format: must be jsonl, json or csv, not \"JSON\"");
    CHECK(parse("--hex xyz") == PTRUN_USAGE);
    CHECK_TEXT(err.detail, "--hex: must be hexadecimal digits, not \"xyz\"");
}

static void test_scopes(void)
{
    config first = {0}, second = {0};
    static const ptrun_option_group only_inner[] = {
        PTRUN_OPTION_GROUP("Shared", inner_rows, config, nested, inner), {.title = NULL}};
    static const ptrun_option_group only_own[] = {{.title = "Own", .rows = rows}, {.title = NULL}};
    const ptrun_option_scope general = {.groups = only_own, .config = &second};
    const ptrun_option_scope scope = {.groups = only_inner, .config = &first, .next = &general};
    char words[][10] = {"command", "-k9", "--shared", "s"};
    char *argv[] = {words[0], words[1], words[2], words[3]};
    ptrun_error none = {0};
    CHECK(ptrun_options_parse(&scope, 4, argv, &n_operands, &none) == PTRUN_OK);
    CHECK(second.top_k == 9 && first.top_k == 0);
    CHECK_TEXT(first.nested.shared, "s");
}

int main(void)
{
    test_fallbacks();
    test_spellings();
    test_last_wins();
    test_repeated();
    test_operands();
    test_ending_switch();
    test_unknown();
    test_missing_value();
    test_bad_numbers();
    test_bad_words();
    test_scopes();
    ptrun_texts_release(&c.include);
    return CHECK_DONE();
}
