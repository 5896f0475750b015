/* Archives as torch writes them, and everything that can be wrong with one. */
#include "base/error.h"
#include "check.h"
#include "model/archive.h"
#include "zip_maker.h"

#include <stdio.h>
#include <stdlib.h>

#define CODE "def forward(self, x):\n    return x + x + x + x + x + x\n"

static const zip_entry entries[] = {
    {"m/data.pkl", "\x80\x02}.", false, 0},
    {"m/code/__torch__.py", CODE CODE CODE, true, 0},
    {"m/constants.pkl", "(t.", false, 0},
    {"m/version", "3\n", false, 0},
    {"m/empty", "", false, 0},
};

enum { N_ENTRIES = sizeof entries / sizeof *entries };

static const zip_style torch_style = {.descriptors = true, .zip64 = true};

/* Opened from a heap block of exactly that size, so that a sanitizer sees any byte read beyond it. */
typedef struct {
    uint8_t *bytes;
    ptrun_archive archive;
    ptrun_error err;
} opened;

static opened open_bytes(const void *bytes, size_t size)
{
    opened o = {.bytes = malloc(size ? size : 1)};
    if (!o.bytes) exit(1);
    memcpy(o.bytes, bytes, size);
    ptrun_status status = ptrun_archive_open(&o.archive, o.bytes, size, &o.err);
    CHECK(status == o.err.status && (status == PTRUN_OK) == (o.archive.count > 0));
    return o;
}

static void close_bytes(opened *o)
{
    ptrun_archive_release(&o->archive);
    free(o->bytes);
}

static bool all_whole(const ptrun_archive *archive)
{
    ptrun_error err = {0};
    for (size_t i = 0; i < archive->count; i++)
        if (ptrun_model_record_check(&archive->records[i], &err) != PTRUN_OK) return false;
    return true;
}

/* Whether the archive holds exactly `entries`, however they are laid out. */
static bool is_the_same(const ptrun_archive *archive)
{
    bool same = archive->count == N_ENTRIES && !archive->outside;
    for (size_t i = 0; i < N_ENTRIES && same; i++) {
        const ptrun_model_record *record = ptrun_archive_find(archive, entries[i].name + 2);
        ptrun_buf content = {0};
        ptrun_error err = {0};
        same = record && ptrun_model_record_read(record, SIZE_MAX, &content, &err) == PTRUN_OK &&
               strcmp(ptrun_buf_text(&content), entries[i].content) == 0;
        ptrun_buf_release(&content);
    }
    return same;
}

static void check_styles(void)
{
    for (int bits = 0; bits < 8; bits++) {
        zip_style style = {.descriptors = bits & 1, .zip64 = bits & 2, .wide = bits & 4};
        ptrun_buf zip = {0};
        zip_make(&zip, entries, N_ENTRIES, style);
        opened o = open_bytes(zip.data, zip.length);
        CHECK_TEXT(o.err.detail, "");
        CHECK_TEXT(o.archive.top, "m/");
        CHECK(is_the_same(&o.archive) && all_whole(&o.archive));
        CHECK(!ptrun_archive_find(&o.archive, "m/version") && !ptrun_archive_find(&o.archive, "VERSION"));
        close_bytes(&o);
        ptrun_buf_release(&zip);
    }
}

/* No proper beginning is an archive. */
static void check_cuts(void)
{
    ptrun_buf zip = {0};
    zip_make(&zip, entries, N_ENTRIES, torch_style);
    for (size_t length = 0; length < zip.length; length++) {
        opened o = open_bytes(zip.data, length);
        CHECK(o.err.status == PTRUN_MODEL_TRUNCATED);
        close_bytes(&o);
    }
    for (size_t missing = 1; missing < 40; missing++) { /* bytes lost in the middle */
        ptrun_buf cut = {0};
        ptrun_buf_put(&cut, zip.data, 100);
        ptrun_buf_put(&cut, zip.data + 100 + missing, zip.length - 100 - missing);
        opened o = open_bytes(cut.data, cut.length);
        CHECK(o.err.status == PTRUN_MODEL_TRUNCATED);
        close_bytes(&o);
        ptrun_buf_release(&cut);
    }
    ptrun_buf_release(&zip);
}

/* A flipped bit is refused, seen by a checksum, or changes nothing that anybody reads. */
static void check_flips(zip_style style)
{
    ptrun_buf zip = {0};
    size_t harmless = 0;
    zip_make(&zip, entries, N_ENTRIES, style);
    for (size_t bit = 0; bit < zip.length * 8; bit++) {
        zip.data[bit / 8] ^= (char)(1 << bit % 8);
        opened o = open_bytes(zip.data, zip.length);
        if (o.err.status == PTRUN_OK && all_whole(&o.archive)) {
            CHECK(is_the_same(&o.archive));
            harmless++;
        }
        close_bytes(&o);
        zip.data[bit / 8] ^= (char)(1 << bit % 8);
    }
    CHECK(harmless < zip.length * 2); /* versions, times, attributes, padding: a minority */
    ptrun_buf_release(&zip);
}

/* The place of the n-th occurrence of a signature. */
static char *find(ptrun_buf *zip, uint32_t signature, int n)
{
    for (size_t i = 0; i + 4 <= zip->length; i++) {
        char bytes[4] = {(char)signature, (char)(signature >> 8), (char)(signature >> 16),
                         (char)(signature >> 24)};
        if (memcmp(zip->data + i, bytes, 4) == 0 && n-- == 0) return zip->data + i;
    }
    abort();
}

static char *central(ptrun_buf *zip, int n)
{
    return find(zip, 0x02014b50, n);
}

static char *local(ptrun_buf *zip, int n)
{
    return find(zip, 0x04034b50, n);
}

static void check_refused(ptrun_buf *zip, ptrun_status status, const char *detail)
{
    opened o = open_bytes(zip->data, zip->length);
    CHECK(o.err.status == status);
    CHECK_TEXT(o.err.detail, detail);
    close_bytes(&o);
    ptrun_buf_release(zip);
}

static ptrun_buf make(zip_style style)
{
    ptrun_buf zip = {0};
    zip_make(&zip, entries, N_ENTRIES, style);
    return zip;
}

static void check_damage(void)
{
    ptrun_buf zip = make(torch_style);
    central(&zip, 0)[38] |= 0x10; /* LibTorch would hand out uninitialised memory for it */
    check_refused(&zip, PTRUN_MODEL_CORRUPT, "record \"m/data.pkl\": a folder and a file at once");

    zip = make((zip_style){0});
    central(&zip, 0)[8] |= 1;
    check_refused(&zip, PTRUN_MODEL_CORRUPT, "record \"m/data.pkl\": it is encrypted");

    zip = make((zip_style){0});
    central(&zip, 1)[10] = 12;
    check_refused(&zip, PTRUN_MODEL_CORRUPT, "record \"m/code/__torch__.py\": unknown compression");

    zip = make((zip_style){0});
    local(&zip, 2)[30] = 'n';
    check_refused(&zip, PTRUN_MODEL_CORRUPT, "record \"m/constants.pkl\": its two names differ");

    zip = make((zip_style){0});
    local(&zip, 3)[22]++;
    check_refused(&zip, PTRUN_MODEL_CORRUPT, "record \"m/version\": its headers disagree");

    zip = make(torch_style);
    find(&zip, 0x08074b50, 2)[4]++;
    check_refused(&zip, PTRUN_MODEL_CORRUPT,
                  "record \"m/constants.pkl\": its data descriptor disagrees with its header");

    zip = make((zip_style){0});
    memcpy(central(&zip, 3) + 42, central(&zip, 2) + 42, 4);
    check_refused(&zip, PTRUN_MODEL_CORRUPT, "record \"m/version\": its two names differ");

    zip = make((zip_style){0});
    central(&zip, 1)[34] = 1;
    check_refused(&zip, PTRUN_MODEL_CORRUPT, "record \"m/code/__torch__.py\": it is on another disk");

    zip = make((zip_style){0});
    ptrun_buf_puts(&zip, "junk");
    check_refused(&zip, PTRUN_MODEL_CORRUPT, "the end record is not at the end of the file");

    zip = make(torch_style);
    find(&zip, 0x06054b50, 0)[8]++;
    check_refused(&zip, PTRUN_MODEL_CORRUPT, "the end records disagree");

    zip = make((zip_style){0});
    find(&zip, 0x06054b50, 0)[8]--;
    find(&zip, 0x06054b50, 0)[10]--;
    check_refused(&zip, PTRUN_MODEL_CORRUPT,
                  "the central directory has more entries than the end record says");

    zip = (ptrun_buf){0};
    zip_make(&zip, entries, 0, (zip_style){0});
    check_refused(&zip, PTRUN_MODEL_CORRUPT, "the archive is empty");
}

static void check_layouts(void)
{
    ptrun_buf zip = make((zip_style){0}); /* a comment that ends the file */
    zip.data[zip.length - 2] = 9;
    ptrun_buf_puts(&zip, "a comment");
    opened o = open_bytes(zip.data, zip.length);
    CHECK(is_the_same(&o.archive));
    close_bytes(&o);
    ptrun_buf_release(&zip);

    ptrun_buf inner = make((zip_style){0}); /* a whole end record inside the comment: two readings */
    zip = make((zip_style){0});
    zip.data[zip.length - 2] = 22 + 3;
    ptrun_buf_put(&zip, inner.data + inner.length - 22, 22);
    ptrun_buf_puts(&zip, "abc");
    ptrun_buf_release(&inner);
    check_refused(&zip, PTRUN_MODEL_TRUNCATED, "the archive has no end record: the file is cut off");

    inner = make((zip_style){0}); /* two archives one after the other */
    zip = make((zip_style){0});
    ptrun_buf_put(&zip, inner.data, inner.length);
    ptrun_buf_release(&inner);
    check_refused(&zip, PTRUN_MODEL_CORRUPT, "the central directory is not where the end record says");
}

static void check_names(const char *first, const char *second, const char *detail)
{
    const zip_entry pair[] = {{first, "x", false, 0}, {second, "y", false, 0}};
    ptrun_buf zip = {0};
    zip_make(&zip, pair, 2, torch_style);
    if (*detail) {
        check_refused(&zip, PTRUN_MODEL_CORRUPT, detail);
        return;
    }
    opened o = open_bytes(zip.data, zip.length);
    CHECK_TEXT(o.err.detail, "");
    close_bytes(&o);
    ptrun_buf_release(&zip);
}

static void check_all_names(void)
{
    check_names("m/a", "m/b", "");
    check_names("m/a", "m/..b/...", "");
    check_names("m/a", "m/é", "");
    check_names("m/a", "m/a", "record \"a\": the name is there twice");
    check_names("m/a", "m/A", "record \"A\": the name is there twice");
    check_names("m/a", "m/../b", "a record of the archive: its name leads out of the archive");
    check_names("/m/a", "m/b", "a record of the archive: its name leads out of the archive");
    check_names("m//a", "m/b", "a record of the archive: its name leads out of the archive");
    check_names("..", "m/b", "a record of the archive: its name leads out of the archive");
    check_names("", "m/b", "a record of the archive: its name is not text");
    check_names("m/\xff", "m/b", "a record of the archive: its name is not text");
    check_names("m/a\nb", "m/b", "a record of the archive: its name holds control characters");
    check_names("m/a/", "m/b", "record \"m/a/\": a folder and a file at once");

    const zip_entry mixed[] = {{"m/a", "x", false, 0}, {"n/b", "y", false, 0}, {"m/", "", false, 0}};
    ptrun_buf zip = {0};
    zip_make(&zip, mixed, 3, torch_style);
    opened o = open_bytes(zip.data, zip.length);
    CHECK(o.archive.outside && strcmp(o.archive.outside->name, "n/b") == 0);
    CHECK(ptrun_archive_find(&o.archive, "a") && ptrun_archive_find(&o.archive, "n/b"));
    close_bytes(&o);
    ptrun_buf_release(&zip);
}

/* A record that lies inside another one's data, with headers that agree. */
static void check_overlap(void)
{
    const zip_entry inner = {"m/b", "y", false, 0};
    ptrun_buf record = {0}, zip = {0};
    zip_put_record(&record, &inner, (zip_style){0});
    char content[64];
    memcpy(content, record.data, record.length);
    zip_put(&zip, 0x04034b50, 4);
    zip_put(&zip, 0, 10);
    zip_put(&zip, ptrun_crc32(0, content, record.length), 4);
    zip_put(&zip, record.length, 4);
    zip_put(&zip, record.length, 4);
    zip_put(&zip, 3, 2);
    zip_put(&zip, 0, 2);
    ptrun_buf_puts(&zip, "m/a");
    size_t inside = zip.length;
    ptrun_buf_put(&zip, content, record.length);
    size_t directory = zip.length;
    zip_put(&zip, 0x02014b50, 4);
    zip_put(&zip, 0, 12);
    zip_put(&zip, ptrun_crc32(0, content, record.length), 4);
    zip_put(&zip, record.length, 4);
    zip_put(&zip, record.length, 4);
    zip_put(&zip, 3, 2);
    zip_put(&zip, 0, 12);
    zip_put(&zip, 0, 4);
    ptrun_buf_puts(&zip, "m/a");
    zip_put_central(&zip, &inner, (zip_style){0}, 1, inside);
    zip_put_end(&zip, (zip_style){0}, 2, directory);
    ptrun_buf_release(&record);
    check_refused(&zip, PTRUN_MODEL_CORRUPT, "two records overlap");
}

/* 100 MB of zeros in a file of 200 kB: the sizes are refused before anything is inflated. */
static void check_bomb(void)
{
    ptrun_buf zip = make((zip_style){0});
    char *sizes = central(&zip, 1) + 24, *there = local(&zip, 1) + 22;
    for (int i = 0; i < 4; i++) sizes[i] = there[i] = (char)(uint8_t)(UINT32_C(100000000) >> 8 * i);
    check_refused(&zip, PTRUN_MODEL_CORRUPT,
                  "the records would inflate to 100000009 bytes, more than 100 times the file");
}

static void check_content(void)
{
    ptrun_error err = {0};
    ptrun_buf zip = make((zip_style){0}), out = {0};
    opened o = open_bytes(zip.data, zip.length);
    CHECK(ptrun_model_record_read(ptrun_archive_find(&o.archive, "version"), 1, &out, &err) ==
          PTRUN_MODEL_CORRUPT);
    CHECK_TEXT(err.detail, "record \"version\": it is too large");
    close_bytes(&o);
    ptrun_buf_release(&zip);

    const zip_entry weights[] = {{"m/data/0", "abcdefgh", false, 0}, {"m/data/1", CODE CODE, true, 0}};
    zip_make(&zip, weights, 2, torch_style);
    char *data = memmem(zip.data, zip.length, "abcdefgh", 8);
    data[3] ^= 1;
    o = open_bytes(zip.data, zip.length);
    err = (ptrun_error){0};
    CHECK(ptrun_model_record_check(ptrun_archive_find(&o.archive, "data/0"), &err) == PTRUN_MODEL_CORRUPT);
    CHECK_TEXT(err.detail, "record \"data/0\": its checksum (CRC-32) is wrong");
    err = (ptrun_error){0};
    CHECK(ptrun_model_record_check(ptrun_archive_find(&o.archive, "data/1"), &err) == PTRUN_OK);
    close_bytes(&o);
    ptrun_buf_release(&zip);
    ptrun_buf_release(&out);
}

int main(void)
{
    check_styles();
    check_cuts();
    check_flips(torch_style);
    check_flips((zip_style){.wide = true});
    check_flips((zip_style){.descriptors = true, .wide = true});
    check_damage();
    check_layouts();
    check_all_names();
    check_overlap();
    check_bomb();
    check_content();
    return CHECK_DONE();
}
