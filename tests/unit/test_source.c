#include "source/source.h"

#include "base/error.h"
#include "base/str.h"
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static char root[] = "/tmp/ptrun-source-XXXXXX";

static bool takes_jpg(const char *name)
{
    size_t length = strlen(name);
    return length >= 4 && ptrun_str_equal_nocase(name + length - 4, ".jpg");
}

static void make_folder(const char *name)
{
    CHECK(mkdir(name, 0777) == 0);
}

static void make_file(const char *name)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_EXCL, 0666);
    CHECK(fd >= 0 && close(fd) == 0);
}

/* Every input as "PATH|", a failed one as "PATH!REASON|". */
static void drain(ptrun_source *source, ptrun_buf *all)
{
    ptrun_input input = {0};
    ptrun_error err = {0};
    ptrun_source_event event = PTRUN_SOURCE_WAIT;
    ptrun_buf_clear(all);
    for (uint64_t number = 0; event != PTRUN_SOURCE_END;) {
        if (ptrun_source_next(source, -1, &input, &event, &err) != PTRUN_OK) {
            ptrun_buf_printf(all, "%s", ptrun_status_word(err.status));
            break;
        }
        if (event != PTRUN_SOURCE_INPUT) continue;
        CHECK(input.number == number++);
        ptrun_buf_put(all, input.path.data, input.path.length);
        if (input.is_stdin) ptrun_buf_puts(all, "(stdin)");
        if (input.error.status != PTRUN_OK)
            ptrun_buf_printf(all, "!%s: %s", ptrun_status_word(input.error.status), input.error.detail);
        ptrun_buf_putc(all, '|');
    }
    ptrun_buf_release(&input.path);
}

static ptrun_source *open_source(const ptrun_source_options *options)
{
    ptrun_source *source;
    ptrun_error err = {0};
    CHECK(ptrun_source_open(&source, options, &err) == PTRUN_OK);
    return source;
}

/* What `options` give, and what they pass over, in words. */
static void expect(const ptrun_source_options *options, const char *inputs, const char *skipped)
{
    ptrun_source *source = open_source(options);
    ptrun_buf all = {0};
    drain(source, &all);
    CHECK_TEXT(ptrun_buf_text(&all), inputs);
    const ptrun_source_skipped *s = ptrun_source_skipped_counts(source);
    char text[160];
    snprintf(text, sizeof text, "hidden %d suffix %d excluded %d links %d special %d", (int)s->hidden, (int)s->suffix,
             (int)s->excluded, (int)s->links, (int)s->special);
    CHECK_TEXT(text, skipped);
    ptrun_buf_release(&all);
    ptrun_source_close(&source);
    CHECK(!source);
}

static const char *const nothing_skipped = "hidden 0 suffix 0 excluded 0 links 0 special 0";

/* The byte order of the paths below the folder is not that of the names: '-' and '.' come before '/'. */
static void test_order(void)
{
    make_folder("order"), make_folder("order/a"), make_folder("order/a.b"), make_folder("order/empty");
    make_folder("order/a/z");
    make_file("order/a/2.jpg"), make_file("order/a/z/1.jpg"), make_file("order/a.b/1.jpg"), make_file("order/a-1.jpg");
    make_file("order/a.jpg"), make_file("order/a0.jpg"), make_file("order/B.JPG"), make_file("order/\xC3\xA9.jpg");
    make_file("order/\xFF.jpg"), make_file("order/line\nbreak.jpg"), make_file("order/note.txt"), make_file("order/.jpg");
    make_folder("order/.git"), make_file("order/.git/x.jpg");
    const char *const folder[] = {"order"};
    expect(&(ptrun_source_options){.arguments = folder, .n_arguments = 1, .takes_name = takes_jpg},
           "order/B.JPG|order/a-1.jpg|order/a.b/1.jpg|order/a.jpg|order/a/2.jpg|order/a/z/1.jpg|order/a0.jpg|"
           "order/line\nbreak.jpg|order/\xC3\xA9.jpg|order/\xFF.jpg|",
           "hidden 2 suffix 1 excluded 0 links 0 special 0");
    const char *const several[] = {"order/a//", "none.jpg", "./order/a", "-", "order/note.txt"};
    expect(&(ptrun_source_options){.arguments = several, .n_arguments = 5, .takes_name = takes_jpg},
           "order/a//2.jpg|order/a//z/1.jpg|none.jpg|./order/a/2.jpg|./order/a/z/1.jpg|-(stdin)|order/note.txt|",
           nothing_skipped);
}

static void test_globs(void)
{
    make_folder("globs"), make_folder("globs/raw"), make_folder("globs/raw/deep"), make_folder("globs/tmp");
    make_file("globs/a.jpg"), make_file("globs/a.png"), make_file("globs/raw/b.jpg"), make_file("globs/raw/deep/c.jpg");
    make_file("globs/tmp/d.jpg"), make_file("globs/tmp/e.jpg");
    const char *const folder[] = {"globs"};
    ptrun_source_options options = {.arguments = folder, .n_arguments = 1, .takes_name = takes_jpg};

    const char *const exclude[] = {"tmp", "raw/*/c.jpg"}; /* without '/' a name, with '/' a path below the folder */
    options.exclude = exclude, options.n_exclude = 2;
    expect(&options, "globs/a.jpg|globs/raw/b.jpg|", "hidden 0 suffix 1 excluded 2 links 0 special 0");

    const char *const include[] = {"*.png", "raw/*"}; /* take the place of the suffixes */
    options.include = include, options.n_include = 2, options.n_exclude = 0;
    expect(&options, "globs/a.png|globs/raw/b.jpg|globs/raw/deep/c.jpg|", "hidden 0 suffix 3 excluded 0 links 0 special 0");
}

static void test_links_and_special_files(void)
{
    make_folder("odd"), make_folder("odd/real"), make_file("odd/real/1.jpg");
    CHECK(symlink("real", "odd/link") == 0);
    CHECK(symlink("real/1.jpg", "odd/link.jpg") == 0);
    CHECK(symlink("nowhere", "odd/broken.jpg") == 0);
    CHECK(symlink("..", "odd/real/loop") == 0);
    CHECK(symlink("self.jpg", "odd/self.jpg") == 0);
    CHECK(mkfifo("odd/fifo.jpg", 0666) == 0);
    CHECK(symlink("fifo.jpg", "odd/to-fifo.jpg") == 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "odd/socket.jpg"};
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    CHECK(bind(fd, (struct sockaddr *)&address, sizeof address) == 0);
    const char *const folder[] = {"odd"};
    ptrun_source_options options = {.arguments = folder, .n_arguments = 1, .takes_name = takes_jpg};
    expect(&options, "odd/real/1.jpg|", "hidden 0 suffix 0 excluded 0 links 6 special 2");
    options.follow = true; /* the loop is seen both where it is and below the link */
    expect(&options, "odd/link.jpg|odd/link/1.jpg|odd/real/1.jpg|", "hidden 0 suffix 0 excluded 0 links 4 special 3");
    close(fd);

    const char *const named[] = {"odd/link", "odd/fifo.jpg"}; /* what is named is taken at its word */
    options = (ptrun_source_options){.arguments = named, .n_arguments = 2, .takes_name = takes_jpg};
    expect(&options, "odd/link/1.jpg|odd/fifo.jpg|", "hidden 0 suffix 0 excluded 0 links 1 special 0");
}

/* Folders whose paths no open() takes any more: their records say so, and what lies above is there. */
static void test_deep_tree(void)
{
    enum { LEVELS = 20, NAME = 255 };
    char name[NAME + 1];
    memset(name, 'n', NAME);
    name[NAME] = '\0';
    make_folder("deep");
    int fd = open("deep", O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < LEVELS; i++) {
        int file = openat(fd, "x.jpg", O_WRONLY | O_CREAT, 0666), below;
        CHECK(file >= 0 && mkdirat(fd, name, 0777) == 0);
        below = openat(fd, name, O_RDONLY | O_DIRECTORY);
        CHECK(below >= 0);
        close(file), close(fd);
        fd = below;
    }
    close(fd);
    const char *const folder[] = {"deep"};
    ptrun_source_options options = {.arguments = folder, .n_arguments = 1, .takes_name = takes_jpg};
    ptrun_source *source = open_source(&options);
    ptrun_buf all = {0};
    uint64_t total = 0;
    CHECK(ptrun_source_total(source, &total) && total == 4096 / (NAME + 1) + 1);
    drain(source, &all);
    CHECK(strstr(ptrun_buf_text(&all), "n!file_unreadable: a folder that cannot be read: File name too long|deep/n") != NULL);
    ptrun_buf_release(&all);
    ptrun_source_close(&source);
}

static void write_list(const char *path, const void *bytes, size_t length)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    CHECK(fd >= 0 && write(fd, bytes, length) == (ssize_t)length && close(fd) == 0);
}

#define LIST(path, text) write_list(path, text, sizeof(text) - 1)

static void test_lists(void)
{
    ptrun_source_options options = {.list_path = "list"};
    LIST("list", "b.jpg\n\na \xFF.jpg \n-\norder\n\n\nlast\r");
    expect(&options, "b.jpg|a \xFF.jpg |-|order|last\r|", nothing_skipped);
    LIST("list", "");
    expect(&options, "", nothing_skipped);
    LIST("list", "\n\n");
    expect(&options, "", nothing_skipped);
    options.list_nul = true;
    LIST("list", "two\nlines\0\0x\0y");
    expect(&options, "two\nlines|x|y|", nothing_skipped);
    const char *const first[] = {"none"}; /* arguments come before the list */
    options.arguments = first, options.n_arguments = 1;
    expect(&options, "none|two\nlines|x|y|", nothing_skipped);
}

/* A list is read in pieces: a name may lie in two of them, or be longer than several, or end with one. */
static void test_long_list(void)
{
    ptrun_buf list = {0}, expected = {0};
    for (int i = 0; i < 20000; i++) {
        int width = i % 1000 == 999 ? 40000 : i % 37 + 1;
        ptrun_buf_printf(&list, "%0*d\n", width, i);
        ptrun_buf_printf(&expected, "%0*d|", width, i);
    }
    write_list("list", list.data, list.length);
    expect(&(ptrun_source_options){.list_path = "list"}, expected.data, nothing_skipped);
    ptrun_buf_release(&list);
    ptrun_buf_release(&expected);
}

static void expect_failure(const ptrun_source_options *options, const char *detail)
{
    ptrun_source *source;
    ptrun_error err = {0};
    CHECK(ptrun_source_open(&source, options, &err) == PTRUN_LIST_UNREADABLE);
    CHECK_TEXT(err.detail, detail);
    CHECK(!source);
}

static void test_bad_lists(void)
{
    ptrun_source_options options = {.list_path = "list"};
    LIST("list", "a\nb\0c\n");
    expect_failure(&options, "a NUL in a line: use --null for such a list");
    char *big = calloc(1, (1 << 20) + 2);
    memset(big, 'x', (1 << 20) + 1);
    big[(1 << 20) + 1] = '\n';
    for (size_t end = 1; end <= 2; end++) {
        write_list("list", big, (1 << 20) + end);
        expect_failure(&options, "a name of over 1048576 bytes: this is no list of names");
    }
    free(big);
    options.list_path = "no-such-list";
    expect_failure(&options, "No such file or directory");
    options.list_path = "order";
    expect_failure(&options, "Is a directory");
}

/* N shards one after the other are the whole list, whatever N; numbers begin at 0 in each. */
static void test_shards(void)
{
    LIST("list", "0\n1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n");
    for (int32_t shards = 1; shards <= 13; shards++) {
        ptrun_buf all = {0}, part = {0};
        for (int32_t shard = 1; shard <= shards; shard++) {
            ptrun_source *source = open_source(&(ptrun_source_options){.list_path = "list", .shard = shard, .shards = shards});
            uint64_t total = 0;
            CHECK(ptrun_source_total(source, &total) && (total == 11u / (unsigned)shards || total == 11u / (unsigned)shards + 1));
            drain(source, &part);
            ptrun_buf_put(&all, part.data, part.length);
            ptrun_source_close(&source);
        }
        CHECK_TEXT(ptrun_buf_text(&all), "0|1|2|3|4|5|6|7|8|9|10|");
        ptrun_buf_release(&all);
        ptrun_buf_release(&part);
    }
}

static void digest_of(const char *list, uint8_t digest[32])
{
    write_list("list", list, strlen(list));
    ptrun_source *source = open_source(&(ptrun_source_options){.list_path = "list"});
    CHECK(ptrun_source_digest(source, digest));
    ptrun_source_close(&source);
}

static void test_skip_and_digest(void)
{
    uint8_t a[32], b[32];
    digest_of("x\ny\n", a), digest_of("x\ny", b);
    CHECK(memcmp(a, b, 32) == 0);
    digest_of("y\nx\n", b);
    CHECK(memcmp(a, b, 32) != 0);
    digest_of("xy\n", b);
    CHECK(memcmp(a, b, 32) != 0);

    LIST("list", "0\n1\n2\n");
    ptrun_source *source = open_source(&(ptrun_source_options){.list_path = "list"});
    ptrun_error err = {0};
    ptrun_input input = {0};
    ptrun_source_event event;
    uint64_t total;
    CHECK(ptrun_source_skip(source, 2, &err) == PTRUN_OK);
    CHECK(ptrun_source_total(source, &total) && total == 3);
    CHECK(ptrun_source_next(source, 0, &input, &event, &err) == PTRUN_OK && event == PTRUN_SOURCE_INPUT);
    CHECK(input.number == 2);
    CHECK_TEXT(input.path.data, "2");
    CHECK(ptrun_source_skip(source, 4, &err) == PTRUN_LIST_UNREADABLE);
    ptrun_buf_release(&input.path);
    ptrun_source_close(&source);
}

static void pause_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_nsec = ms * 1000000}, NULL);
}

/* A name in two pieces, several in one, a pause, a name without an end. */
static void *write_slowly(void *argument)
{
    int fd = *(int *)argument;
    static const char *const pieces[] = {"fir", "st\nsecond\n\nthi", "rd\n", "last"};
    for (size_t i = 0; i < sizeof pieces / sizeof *pieces; i++) {
        CHECK(write(fd, pieces[i], strlen(pieces[i])) > 0);
        pause_ms(20);
    }
    close(fd);
    return NULL;
}

static void test_stream(void)
{
    int ends[2], before = dup(STDIN_FILENO);
    pthread_t writer;
    CHECK(pipe(ends) == 0 && dup2(ends[0], STDIN_FILENO) == STDIN_FILENO && close(ends[0]) == 0);
    ptrun_source *source = open_source(&(ptrun_source_options){.list_path = "-"});
    ptrun_input input = {0};
    ptrun_error err = {0};
    ptrun_source_event event;
    uint64_t total;
    uint8_t digest[32];
    CHECK(!ptrun_source_total(source, &total) && !ptrun_source_digest(source, digest));
    CHECK(ptrun_source_next(source, 0, &input, &event, &err) == PTRUN_OK && event == PTRUN_SOURCE_WAIT);
    CHECK(pthread_create(&writer, NULL, write_slowly, &ends[1]) == 0);
    CHECK(ptrun_source_skip(source, 1, &err) == PTRUN_OK);
    ptrun_buf all = {0};
    for (uint64_t number = 1;;) { /* numbers go on behind what was passed over */
        CHECK(ptrun_source_next(source, 1, &input, &event, &err) == PTRUN_OK);
        if (event == PTRUN_SOURCE_END) break;
        if (event == PTRUN_SOURCE_WAIT) continue;
        CHECK(input.number == number++);
        ptrun_buf_printf(&all, "%s|", input.path.data);
    }
    CHECK_TEXT(ptrun_buf_text(&all), "second|third|last|");
    CHECK(ptrun_source_next(source, 1, &input, &event, &err) == PTRUN_OK && event == PTRUN_SOURCE_END);
    pthread_join(writer, NULL);
    ptrun_source_close(&source);
    ptrun_buf_release(&all);
    ptrun_buf_release(&input.path);
    CHECK(dup2(before, STDIN_FILENO) == STDIN_FILENO && close(before) == 0);
}

static void *write_endlessly(void *argument)
{
    int fd = *(int *)argument;
    char block[4096];
    memset(block, 'x', sizeof block);
    while (write(fd, block, sizeof block) > 0) {}
    close(fd);
    return NULL;
}

/* A list in a FIFO (as the shell's <( ) gives) is streamed; a shard of it is read whole; nonsense is refused. */
static void test_fifo_list(void)
{
    CHECK(mkfifo("names", 0666) == 0);
    for (int32_t shards = 0; shards <= 1; shards++) {
        int fd = open("names", O_RDWR);
        CHECK(write(fd, "a\nb", 3) == 3);
        int reader = open("names", O_RDONLY); /* keeps what was written while the writing end is closed */
        close(fd);
        ptrun_source *source;
        ptrun_error err = {0};
        pthread_t writer;
        int ends = open("names", O_WRONLY);
        CHECK(pthread_create(&writer, NULL, write_slowly, &ends) == 0);
        ptrun_source_options options = {.list_path = "names", .shard = shards, .shards = shards};
        CHECK(ptrun_source_open(&source, &options, &err) == PTRUN_OK);
        ptrun_buf all = {0};
        uint64_t total;
        CHECK(ptrun_source_total(source, &total) == (shards == 1));
        drain(source, &all);
        CHECK_TEXT(ptrun_buf_text(&all), "a|bfirst|second|third|last|");
        pthread_join(writer, NULL);
        close(reader);
        ptrun_source_close(&source);
        ptrun_buf_release(&all);
    }
    int ends[2];
    char path[32];
    pthread_t writer;
    CHECK(pipe(ends) == 0);
    CHECK(pthread_create(&writer, NULL, write_endlessly, &ends[1]) == 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    ptrun_source *source = open_source(&(ptrun_source_options){.list_path = path});
    ptrun_buf all = {0};
    drain(source, &all);
    CHECK_TEXT(ptrun_buf_text(&all), "list_unreadable");
    ptrun_source_close(&source);
    ptrun_buf_release(&all);
    close(ends[0]);
    pthread_join(writer, NULL);
}

int main(void)
{
    char remove[64];
    signal(SIGPIPE, SIG_IGN);
    CHECK(mkdtemp(root) && chdir(root) == 0);
    test_order();
    test_globs();
    test_links_and_special_files();
    test_deep_tree();
    test_lists();
    test_long_list();
    test_bad_lists();
    test_shards();
    test_skip_and_digest();
    test_stream();
    test_fifo_list();
    snprintf(remove, sizeof remove, "rm -rf %s", root);
    CHECK(chdir("/") == 0 && system(remove) == 0);
    return CHECK_DONE();
}
