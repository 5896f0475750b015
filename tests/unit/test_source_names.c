#include "source/names.h"

#include "check.h"

#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>

enum { COUNT = 100000, LONGEST = 4096 };

/* xorshift64* (Vigna 2016) */
static uint64_t draw(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 0x2545F4914F6CDD1DU;
}

static void add(ptrun_names *names, const char *path)
{
    CHECK(ptrun_names_add(names, path, strlen(path), PTRUN_NAME_FILE, 0));
}

/* Entry `index` is an ordinary file of this path. */
static void expect(const ptrun_names *names, ptrun_names_reader *reader, size_t index, const char *path)
{
    CHECK(ptrun_names_read(names, index, reader));
    CHECK(reader->path.length == strlen(path));
    CHECK_TEXT(reader->path.data, path);
    CHECK(reader->kind == PTRUN_NAME_FILE && reader->reason == 0);
}

static void release(ptrun_names *names, ptrun_names_reader *reader)
{
    ptrun_names_reader_release(reader);
    ptrun_names_release(names);
    CHECK(names->count == 0 && !names->first);
}

static void test_odd_names(void)
{
    static char longest[LONGEST + 1], other_end[LONGEST + 1], huge[(1 << 20) + 1];
    memset(longest, 'x', LONGEST), memset(other_end, 'x', LONGEST), memset(huge, 'x', 1 << 20);
    other_end[LONGEST - 1] = '\xFF';
    const char *const odd[] = {
        "a\nb", "a\nb", "a\n", "", "", "\xFF\xFE", "\xFF\xFE\x80", "\xC3\xA9", "\xC3", "entirely/other", "entirely/othe",
        longest, other_end, "x", longest, huge, huge, "x/y", longest, "\n", "-", " ", "\x7F\x80\x81",
    };
    enum { ODD = sizeof odd / sizeof *odd };
    ptrun_names names = {0};
    ptrun_names_reader reader = {0};
    for (size_t i = 0; i < ODD; i++) {
        add(&names, odd[i]);
        expect(&names, &reader, i, odd[i]); /* while the list grows */
    }
    CHECK(names.count == ODD);
    for (size_t i = ODD; i-- > 0;) expect(&names, &reader, i, odd[i]);
    for (size_t i = 0; i < ODD; i++) expect(&names, &reader, i, odd[i]);
    release(&names, &reader);
}

static void test_other_kinds(void)
{
    ptrun_names names = {0};
    ptrun_names_reader reader = {0};
    add(&names, "a/1.jpg");
    CHECK(ptrun_names_add(&names, "a/1.jpg", 7, PTRUN_NAME_FAILED_FOLDER, ENAMETOOLONG));
    CHECK(ptrun_names_add(&names, "-", 1, PTRUN_NAME_STDIN, 0));
    add(&names, "-");
    CHECK(ptrun_names_add(&names, "-/b", 2, PTRUN_NAME_FAILED_FOLDER, 4095)); /* the length says how much of it */
    expect(&names, &reader, 0, "a/1.jpg");
    CHECK(ptrun_names_read(&names, 1, &reader) && reader.kind == PTRUN_NAME_FAILED_FOLDER && reader.reason == ENAMETOOLONG);
    CHECK_TEXT(reader.path.data, "a/1.jpg");
    CHECK(ptrun_names_read(&names, 2, &reader) && reader.kind == PTRUN_NAME_STDIN && reader.reason == 0);
    expect(&names, &reader, 3, "-");
    CHECK(ptrun_names_read(&names, 4, &reader) && reader.kind == PTRUN_NAME_FAILED_FOLDER && reader.reason == 4095);
    CHECK_TEXT(reader.path.data, "-/");
    release(&names, &reader);
}

static char *numbered_name(uint64_t number)
{
    char *name = malloc(32);
    snprintf(name, 32, "%03d/%06d.jpg", (int)(number / 1000 % 1000), (int)(number % COUNT));
    return name;
}

/* What the heap holds; with a sanitizer's heap always 0. */
static size_t held(void)
{
    return mallinfo2().uordblks;
}

static void test_few_bytes_a_name(void)
{
    ptrun_names names = {0};
    size_t before = held();
    for (uint64_t i = 0; i < COUNT; i++) {
        char *name = numbered_name(i);
        add(&names, name);
        free(name);
    }
    CHECK(held() - before <= (size_t)8 * COUNT);
    ptrun_names_release(&names);
}

/* Every tenth of the 100,000 is of random bytes and any length, often with the beginning of the one before. */
static char *random_name(uint64_t *state, const char *before)
{
    size_t length = draw(state) % (draw(state) % 1000 == 0 ? LONGEST + 1 : 100);
    size_t kept = before && draw(state) % 2 ? strlen(before) : 0;
    if (kept > length) kept = length;
    char *name = malloc(length + 1);
    if (kept) memcpy(name, before, kept);
    for (size_t i = kept; i < length; i++) name[i] = (char)(1 + draw(state) % 255);
    name[length] = '\0';
    return name;
}

static void test_many_in_random_order(void)
{
    static char *expected[COUNT];
    uint64_t state = 20261121;
    ptrun_names names = {0};
    ptrun_names_reader reader = {0};
    for (size_t i = 0; i < COUNT; i++) {
        expected[i] = draw(&state) % 10 ? numbered_name(draw(&state)) : random_name(&state, i ? expected[i - 1] : NULL);
        add(&names, expected[i]);
    }
    CHECK(names.count == COUNT);
    for (size_t i = 0; i < COUNT; i++) expect(&names, &reader, i, expected[i]);
    for (size_t i = 0; i < COUNT / 20; i++) { /* anywhere, and one behind it */
        size_t index = draw(&state) % (COUNT - 1);
        expect(&names, &reader, index, expected[index]);
        expect(&names, &reader, index + 1, expected[index + 1]);
    }
    for (size_t i = 0; i < COUNT; i++) free(expected[i]);
    release(&names, &reader);
}

int main(void)
{
    test_odd_names();
    test_other_kinds();
    test_few_bytes_a_name();
    test_many_in_random_order();
    return CHECK_DONE();
}
