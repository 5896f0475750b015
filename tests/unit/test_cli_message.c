/* Messages: their form, what --quiet and --verbose do, and that no name reaches the terminal raw. */
#include "check.h"

#include "base/error.h"
#include "cli/message.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static ptrun_cli cli;
static char written[8192];

/* What has been written to the "standard error" since the last call. */
static const char *take(void)
{
    off_t length = lseek(cli.err, 0, SEEK_END);
    ssize_t got = pread(cli.err, written, sizeof written - 1, 0);
    written[got > 0 ? got : 0] = '\0';
    CHECK(length < (off_t)sizeof written && ftruncate(cli.err, 0) == 0);
    lseek(cli.err, 0, SEEK_SET);
    return written;
}

static void test_escape(void)
{
    static const struct {
        const char *text, *shown;
    } cases[] = {
        {"plain name.jpg", "plain name.jpg"},
        {"caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80", "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80"},
        {"a\nb\tc\r", "a\\x0ab\\x09c\\x0d"},
        {"\033[2J", "\\x1b[2J"},
        {"\x7f", "\\x7f"},
        {"\xff\xc3", "\\xff\\xc3"},
        {"\xc2\x9bm", "\\xc2\\x9bm"},            /* C1: CSI in one character */
        {"a\xe2\x80\xaez", "a\\xe2\\x80\\xaez"}, /* right-to-left override */
        {"a\xe2\x80\xa8z", "a\\xe2\\x80\\xa8z"}, /* line separator */
        {"\xed\xa0\x80", "\\xed\\xa0\\x80"},     /* half of a surrogate pair */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ptrun_buf out = {0};
        ptrun_message_escape(&out, cases[i].text, strlen(cases[i].text));
        CHECK_TEXT(ptrun_buf_text(&out), cases[i].shown);
        ptrun_buf_release(&out);
    }
}

static void test_failure(void)
{
    ptrun_error err = {0};
    (void)ptrun_fail(&err, PTRUN_IMAGE_TRUNCATED, "ends after %d bytes", 7);
    CHECK(ptrun_message_failure(&cli, "a\nb.jpg", &err) == 1);
    CHECK_TEXT(take(), "ptrun: a\\x0ab.jpg: ends after 7 bytes [image_truncated]\n"
                       "  hint: copy or download the file again\n");
    err = (ptrun_error){.status = PTRUN_FILE_NOT_FOUND};
    CHECK(ptrun_message_failure(&cli, NULL, &err) == 1);
    CHECK_TEXT(take(), "ptrun: no such file [file_not_found]\n");
    err = (ptrun_error){.status = PTRUN_OUTPUT_CLOSED};
    CHECK(ptrun_message_failure(&cli, "standard output", &err) == 141);
    CHECK_TEXT(take(), "");
}

static void test_usage(void)
{
    CHECK(ptrun_message_usage(&cli, "classify", "--top-k: %s", "bad") == 2);
    CHECK_TEXT(take(), "ptrun: --top-k: bad [usage]\n  hint: 'ptrun help classify' shows how\n");
    CHECK(ptrun_message_no_command(&cli, "engine") == 2);
    CHECK_TEXT(take(), "ptrun: engine: no such command; did you mean engines? [usage]\n"
                       "  hint: 'ptrun help' shows how\n");
    CHECK(ptrun_message_no_command(&cli, "photo.jpg") == 2);
    CHECK_TEXT(take(), "ptrun: photo.jpg: no such command [usage]\n  hint: 'ptrun help' shows how\n");
}

static void test_verbosity(void)
{
    ptrun_message_warning(&cli, "%s: odd", "a\033.jpg");
    ptrun_message_note(&cli, 0, "done");
    ptrun_message_note(&cli, 1, "not shown");
    CHECK_TEXT(take(), "ptrun: warning: a\\x1b.jpg: odd\nptrun: done\n");
    cli.general.verbose = 1;
    ptrun_message_note(&cli, 1, "shown");
    ptrun_message_note(&cli, 2, "not shown");
    CHECK_TEXT(take(), "ptrun: shown\n");
    cli.general.quiet = true;
    ptrun_message_warning(&cli, "not shown");
    ptrun_message_note(&cli, 0, "not shown");
    CHECK_TEXT(take(), "");
    cli.general = (ptrun_general){0};
}

static void test_color(void)
{
    ptrun_error err = {.status = PTRUN_STOPPED};
    cli.err_color = true;
    (void)ptrun_message_failure(&cli, "x", &err);
    CHECK_TEXT(take(), "\033[1;31mptrun:\033[0m x: stopped [stopped]\n");
    cli.err_color = false;
}

int main(void)
{
    FILE *file = tmpfile();
    if (!file) return 1;
    cli = (ptrun_cli){.out = fileno(file), .err = fileno(file), .columns = 80};
    test_escape();
    test_failure();
    test_usage();
    test_verbosity();
    test_color();
    fclose(file);
    return CHECK_DONE();
}
