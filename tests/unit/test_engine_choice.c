#include "engine/choice.h"

#include "base/fs.h"
#include "check.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[] = "/tmp/ptrun-choice-XXXXXX";

static ptrun_choice choice_of(const char *model, bool create)
{
    ptrun_choice choice = {0};
    ptrun_choice_depends(&choice, "model", model);
    ptrun_choice_depends(&choice, "cpu", "A\nB");
    ptrun_choice_locate(&choice, create);
    return choice;
}

static bool recalls(const char *model, ptrun_preparation *out)
{
    ptrun_choice choice = choice_of(model, false);
    bool known = ptrun_choice_recall(&choice, out);
    ptrun_choice_release(&choice);
    return known;
}

static const ptrun_preparation fast = {.variant = "fast+x", .split = {2, 3}, .error = 0x1.8p-22, .time = 7, .saved_time = 9};

static void test_round_trip(void)
{
    ptrun_preparation found;
    CHECK(!recalls("m", &found));
    ptrun_choice choice = choice_of("m", true);
    CHECK(ptrun_choice_remember(&choice, &fast));
    CHECK(recalls("m", &found) && !recalls("n", &found));
    CHECK(recalls("m", &found));
    CHECK_TEXT(found.variant, "fast+x");
    CHECK(found.split.forwards == 2 && found.split.threads == 3 && found.time == 7 && found.saved_time == 9);
    CHECK((float)found.error <= 0x1.8p-22F && (float)found.error >= 0x1.8p-22F);
    ptrun_choice_release(&choice);
}

static void write_file(const char *path, const void *bytes, size_t size)
{
    ptrun_error err = {0};
    CHECK(ptrun_fs_replace(path, bytes, size, &err) == PTRUN_OK);
}

/* Any prefix, any other byte: it is not there, or means the same. */
static void test_damage(void)
{
    ptrun_choice choice = choice_of("m", false);
    ptrun_bytes bytes;
    ptrun_error err = {0};
    ptrun_preparation found;
    CHECK(ptrun_fs_read(choice.path.data, 0, &bytes, &err) == PTRUN_OK);
    char *copy = malloc(bytes.size + 1);
    memcpy(copy, bytes.data, bytes.size);
    copy[bytes.size] = 'x';
    for (size_t length = 0; length <= bytes.size + 1; length++) {
        write_file(choice.path.data, copy, length);
        CHECK(recalls("m", &found) == (length == bytes.size));
    }
    for (size_t i = 0; i < bytes.size; i++) {
        copy[i] ^= (char)0x80;
        write_file(choice.path.data, copy, bytes.size);
        if (recalls("m", &found)) CHECK(found.variant[0] && found.split.forwards > 0 && found.split.threads > 0);
        copy[i] = (char)bytes.data[i];
    }
    write_file(choice.path.data, copy, bytes.size);
    CHECK(recalls("m", &found));
    free(copy);
    ptrun_bytes_release(&bytes);
    ptrun_choice_release(&choice);
}

static void test_crashed(void)
{
    ptrun_choice choice = choice_of("m", false), again;
    ptrun_preparation found;
    write_file(choice.crashed.data, "other\nfast+x\n", 13);
    again = choice_of("m", false);
    CHECK_TEXT(ptrun_buf_text(&again.skip), "other fast+x ");
    CHECK(!ptrun_choice_recall(&again, &found) && found.variant[0] == '\0');
    ptrun_choice_release(&again);
    ptrun_choice_release(&choice);
}

static void test_no_folder(void)
{
    unsetenv("XDG_CACHE_HOME"), unsetenv("HOME");
    ptrun_preparation found;
    ptrun_choice choice = choice_of("m", true);
    CHECK(choice.path.length == 0 && !ptrun_choice_recall(&choice, &found) && !ptrun_choice_remember(&choice, &fast));
    ptrun_choice_release(&choice);
    setenv("XDG_CACHE_HOME", "relative", 1); /* to be ignored, says its specification */
    choice = choice_of("m", true);
    CHECK(choice.path.length == 0);
    ptrun_choice_release(&choice);
    setenv("HOME", root, 1);
    choice = choice_of("m", true);
    CHECK(strstr(choice.path.data, "/.cache/ptrun/") != NULL && ptrun_choice_remember(&choice, &fast));
    ptrun_choice_release(&choice);
    setenv("HOME", "/dev/null", 1);
    choice = choice_of("m", true);
    CHECK(choice.path.length == 0);
    ptrun_choice_release(&choice);
}

int main(void)
{
    char cache[64], command[64];
    CHECK(mkdtemp(root) != NULL);
    snprintf(cache, sizeof cache, "%s/a/b", root);
    CHECK(mkdir(root, 0700) != 0);
    char above[64];
    snprintf(above, sizeof above, "%s/a", root);
    CHECK(mkdir(above, 0700) == 0);
    setenv("XDG_CACHE_HOME", cache, 1);
    test_round_trip();
    test_damage();
    test_crashed();
    test_no_folder();
    snprintf(command, sizeof command, "rm -r %s", root);
    CHECK(system(command) == 0);
    return CHECK_DONE();
}
