#include "model/archive.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"
#include "model/bytes.h"

#include <stdlib.h>
#include <string.h>

enum {
    END_SIGNATURE = 0x06054b50,
    END64_SIGNATURE = 0x06064b50,
    LOCATOR_SIGNATURE = 0x07064b50,
    CENTRAL_SIGNATURE = 0x02014b50,
    LOCAL_SIGNATURE = 0x04034b50,
    DESCRIPTOR_SIGNATURE = 0x08074b50,
};

enum { END_SIZE = 22, END64_SIZE = 56, LOCATOR_SIZE = 20, CENTRAL_SIZE = 46, LOCAL_SIZE = 30 };

enum {
    FLAG_ENCRYPTED = 0x2041,
    FLAG_DESCRIPTOR = 8,
    FLAGS_KNOWN = 0x080E
}; /* deflate's level, descriptor, UTF-8 */

enum { STORED = 0, DEFLATED = 8 };

enum { ATTRIBUTE_FOLDER = 0x10, ZIP64_FIELD = 1 };

#define IN_ZIP64 UINT32_C(0xFFFFFFFF) /* "the number is in the ZIP64 field" */

/* Sizes after inflating: a harmless total, and how many times the file they may be above it. */
enum { INFLATED_FREE = 64 << 20, INFLATED_RATIO = 100 };

typedef struct {
    const uint8_t *bytes;
    uint64_t size;
    uint64_t directory, directory_end, count; /* central directory: where, how many entries */
} zip;

/* What a central entry says beside the record. */
typedef struct {
    uint64_t offset; /* of the local header */
    uint16_t flags;
} entry;

/* The bytes of the file that belong to a record. */
typedef struct {
    uint64_t begin, end;
} extent;

static ptrun_status corrupt(ptrun_error *err, const char *name, const char *what)
{
    return ptrun_fail(err, PTRUN_MODEL_CORRUPT, "record \"%.200s\": %s", name, what);
}

/* Whether the end record at `end` speaks of this file, not of an archive stored in it. */
static bool is_own_end(const zip *z, const uint8_t *end)
{
    uint64_t before = (uint64_t)ptrun_le32(end + 16) + ptrun_le32(end + 12), at = (uint64_t)(end - z->bytes);
    return before == at || before + END64_SIZE + LOCATOR_SIZE == at;
}

/* The last end record that has room for itself, which is what LibTorch takes; its comment must end the file.
 */
static ptrun_status find_end(const zip *z, const uint8_t **end, ptrun_error *err)
{
    uint64_t furthest = END_SIZE + UINT16_MAX;
    for (uint64_t back = END_SIZE; back <= z->size && back <= furthest; back++) {
        *end = z->bytes + (z->size - back);
        if (ptrun_le32(*end) != END_SIGNATURE) continue;
        if (back == END_SIZE + (uint64_t)ptrun_le16(*end + 20)) return PTRUN_OK;
        if (!is_own_end(z, *end)) break;
        return ptrun_fail(err, PTRUN_MODEL_CORRUPT, "%s", "the end record is not at the end of the file");
    }
    return ptrun_fail(err, PTRUN_MODEL_TRUNCATED, "%s", "the archive has no end record: the file is cut off");
}

static ptrun_status fail_missing(uint64_t bytes, ptrun_error *err)
{
    return ptrun_fail(err, PTRUN_MODEL_TRUNCATED, "%llu bytes are missing before the end record",
                      (unsigned long long)bytes);
}

static bool agrees(uint64_t narrow, uint64_t all_ones, uint64_t wide)
{
    return narrow == all_ones || narrow == wide;
}

/* The ZIP64 end record, where the locator before the end record points: right before the locator. */
static ptrun_status read_end64(zip *z, const uint8_t *end, ptrun_error *err)
{
    const uint8_t *locator = end - LOCATOR_SIZE, *end64 = locator - END64_SIZE;
    uint64_t offset = ptrun_le64(locator + 8);
    z->directory_end = (uint64_t)(end64 - z->bytes);
    if (offset > z->directory_end && offset < INT64_MAX) return fail_missing(offset - z->directory_end, err);
    if (offset != z->directory_end || ptrun_le32(end64) != END64_SIGNATURE ||
        ptrun_le64(end64 + 4) != END64_SIZE - 12 || ptrun_le32(locator + 4) != 0 ||
        ptrun_le32(locator + 16) != 1 || ptrun_le32(end64 + 16) != 0 || ptrun_le32(end64 + 20) != 0)
        return ptrun_fail(err, PTRUN_MODEL_CORRUPT, "%s", "the ZIP64 end record is damaged");
    z->count = ptrun_le64(end64 + 32);
    z->directory = ptrun_le64(end64 + 48);
    if (z->directory > z->directory_end || ptrun_le64(end64 + 24) != z->count ||
        ptrun_le64(end64 + 40) != z->directory_end - z->directory ||
        !agrees(ptrun_le16(end + 8), UINT16_MAX, z->count) ||
        !agrees(ptrun_le16(end + 10), UINT16_MAX, z->count) ||
        !agrees(ptrun_le32(end + 12), IN_ZIP64, ptrun_le64(end64 + 40)) ||
        !agrees(ptrun_le32(end + 16), IN_ZIP64, z->directory))
        return ptrun_fail(err, PTRUN_MODEL_CORRUPT, "%s", "the end records disagree");
    return PTRUN_OK;
}

static ptrun_status read_end(zip *z, ptrun_error *err)
{
    const uint8_t *end = NULL;
    ptrun_status status = find_end(z, &end, err);
    if (status != PTRUN_OK) return status;
    if (ptrun_le16(end + 4) != 0 || ptrun_le16(end + 6) != 0)
        return ptrun_fail(err, PTRUN_MODEL_CORRUPT, "%s", "the end record names other disks");
    if (end - z->bytes >= LOCATOR_SIZE + END64_SIZE && ptrun_le32(end - LOCATOR_SIZE) == LOCATOR_SIGNATURE)
        return read_end64(z, end, err);
    z->count = ptrun_le16(end + 10);
    z->directory = ptrun_le32(end + 16);
    z->directory_end = (uint64_t)(end - z->bytes);
    uint64_t length = ptrun_le32(end + 12);
    if (ptrun_le16(end + 8) != z->count)
        return ptrun_fail(err, PTRUN_MODEL_CORRUPT, "%s", "the end record contradicts itself");
    if (z->directory + length > z->directory_end)
        return fail_missing(z->directory + length - z->directory_end, err);
    if (z->directory + length < z->directory_end)
        return ptrun_fail(err, PTRUN_MODEL_CORRUPT, "%s",
                          "the central directory is not where the end record says");
    return PTRUN_OK;
}

/* Numbers that did not fit their 32 bits, in the order of APPNOTE 4.5.3; `wanted[i]` is NULL or a number that
 * is IN_ZIP64. */
static bool read_zip64(const uint8_t *extra, size_t length, uint64_t *const wanted[3])
{
    while (length >= 4) {
        size_t field = ptrun_le16(extra + 2), used = 0;
        if (field > length - 4) return false;
        if (ptrun_le16(extra) == ZIP64_FIELD) {
            for (int i = 0; i < 3; i++) {
                if (!wanted[i]) continue;
                if (field - used < 8) return false;
                *wanted[i] = ptrun_le64(extra + 4 + used);
                used += 8;
            }
            return true;
        }
        extra += 4 + field;
        length -= 4 + field;
    }
    return false;
}

/* As read_zip64 for those of three numbers that are IN_ZIP64; true where there are none. */
static bool complete(const uint8_t *extra, size_t length, uint64_t *size, uint64_t *stored_size,
                     uint64_t *offset)
{
    uint64_t *const wanted[3] = {*size == IN_ZIP64 ? size : NULL,
                                 *stored_size == IN_ZIP64 ? stored_size : NULL,
                                 offset && *offset == IN_ZIP64 ? offset : NULL};
    return (!wanted[0] && !wanted[1] && !wanted[2]) || read_zip64(extra, length, wanted);
}

static const char *fault_of_name(const char *name, size_t length)
{
    if (length == 0 || strlen(name) != length || !ptrun_str_is_utf8(name, length))
        return "its name is not text";
    for (size_t i = 0; i < length; i++)
        if ((unsigned char)name[i] < 0x20 || name[i] == 0x7F) return "its name holds control characters";
    for (const char *part = name; *part;) {
        size_t n = strcspn(part, "/");
        if (n == 0 || (n == 2 && memcmp(part, "..", 2) == 0)) return "its name leads out of the archive";
        part += n + (part[n] == '/');
    }
    return NULL;
}

static const char *fault_of_entry(const uint8_t *central, const ptrun_model_record *record, uint16_t flags)
{
    bool folder = record->name[strlen(record->name) - 1] == '/';
    if (flags & FLAG_ENCRYPTED) return "it is encrypted";
    if (flags & ~FLAGS_KNOWN) return "unknown flags";
    if (record->method != STORED && record->method != DEFLATED) return "unknown compression";
    if (record->method == STORED && record->size != record->stored_size)
        return "its sizes contradict each other";
    if (record->size != 0 && record->stored_size == 0) return "its sizes contradict each other";
    if (ptrun_le16(central + 34) != 0) return "it is on another disk";
    if (folder ? record->size != 0 : ptrun_le32(central + 38) & ATTRIBUTE_FOLDER)
        return "a folder and a file at once";
    return NULL;
}

/* One central entry at *at, which moves behind it; the name is copied to *names, which moves too. */
static ptrun_status read_central(const zip *z, uint64_t *at, char **names, entry *e,
                                 ptrun_model_record *record, ptrun_error *err)
{
    const uint8_t *p = z->bytes + *at;
    if (z->directory_end - *at < CENTRAL_SIZE || ptrun_le32(p) != CENTRAL_SIGNATURE)
        return ptrun_fail(err, PTRUN_MODEL_CORRUPT, "%s", "the central directory is damaged");
    size_t name_length = ptrun_le16(p + 28), extra_length = ptrun_le16(p + 30),
           comment_length = ptrun_le16(p + 32);
    if (z->directory_end - *at - CENTRAL_SIZE < name_length + extra_length + comment_length)
        return ptrun_fail(err, PTRUN_MODEL_CORRUPT, "%s", "the central directory is damaged");
    char *name = *names;
    memcpy(name, p + CENTRAL_SIZE, name_length);
    name[name_length] = '\0';
    *names += name_length + 1;
    *at += CENTRAL_SIZE + name_length + extra_length + comment_length;
    *e = (entry){.offset = ptrun_le32(p + 42), .flags = ptrun_le16(p + 8)};
    *record = (ptrun_model_record){.name = name,
                                   .stored_size = ptrun_le32(p + 20),
                                   .size = ptrun_le32(p + 24),
                                   .crc = ptrun_le32(p + 16),
                                   .method = ptrun_le16(p + 10)};
    const char *fault = fault_of_name(name, name_length);
    if (fault) return ptrun_fail(err, PTRUN_MODEL_CORRUPT, "a record of the archive: %s", fault);
    if (!complete(p + CENTRAL_SIZE + name_length, extra_length, &record->size, &record->stored_size,
                  &e->offset))
        return corrupt(err, name, "no ZIP64 field");
    fault = fault_of_entry(p, record, e->flags);
    return fault ? corrupt(err, name, fault) : PTRUN_OK;
}

/* The data descriptor behind the data, with its signature, in the 32-bit or the 64-bit form. */
static bool read_descriptor(const zip *z, const ptrun_model_record *record, uint64_t *end)
{
    const uint8_t *p = z->bytes + *end;
    uint64_t room = z->directory - *end;
    if (room < 16 || ptrun_le32(p) != DESCRIPTOR_SIGNATURE || ptrun_le32(p + 4) != record->crc) return false;
    bool narrow = ptrun_le32(p + 8) == record->stored_size && ptrun_le32(p + 12) == record->size;
    bool wide = room >= 24 && ptrun_le64(p + 8) == record->stored_size && ptrun_le64(p + 16) == record->size;
    *end += wide ? 24 : 16;
    return narrow || wide;
}

/* A number of a local header: that of the central entry, or 0 where it follows in a descriptor. */
static bool local_agrees(uint64_t local, uint64_t central, uint16_t flags)
{
    return local == central || (local == 0 && flags & FLAG_DESCRIPTOR);
}

static const char *fault_of_local(const zip *z, const entry *e, const ptrun_model_record *record)
{
    const uint8_t *p = z->bytes + e->offset;
    uint64_t stored_size = ptrun_le32(p + 18), size = ptrun_le32(p + 22);
    size_t name_length = ptrun_le16(p + 26), extra_length = ptrun_le16(p + 28);
    if (z->directory - e->offset - LOCAL_SIZE < name_length + extra_length)
        return "it reaches into the central directory";
    if (name_length != strlen(record->name) || memcmp(p + LOCAL_SIZE, record->name, name_length) != 0)
        return "its two names differ";
    if (ptrun_le16(p + 6) != e->flags || ptrun_le16(p + 8) != record->method) return "its headers disagree";
    if (!complete(p + LOCAL_SIZE + name_length, extra_length, &size, &stored_size, NULL))
        return "no ZIP64 field";
    if (!local_agrees(ptrun_le32(p + 14), record->crc, e->flags) ||
        !local_agrees(size, record->size, e->flags) ||
        !local_agrees(stored_size, record->stored_size, e->flags))
        return "its headers disagree";
    return NULL;
}

/* Find the record's data and all bytes that belong to it. */
static ptrun_status locate(const zip *z, const entry *e, ptrun_model_record *record, extent *whole,
                           ptrun_error *err)
{
    if (e->offset > z->directory || z->directory - e->offset < LOCAL_SIZE ||
        ptrun_le32(z->bytes + e->offset) != LOCAL_SIGNATURE)
        return corrupt(err, record->name, "no local header where the central directory says");
    const char *fault = fault_of_local(z, e, record);
    if (fault) return corrupt(err, record->name, fault);
    const uint8_t *p = z->bytes + e->offset;
    uint64_t begin = e->offset + LOCAL_SIZE + ptrun_le16(p + 26) + ptrun_le16(p + 28);
    if (z->directory - begin < record->stored_size)
        return corrupt(err, record->name, "it reaches into the central directory");
    uint64_t end = begin + record->stored_size;
    if (e->flags & FLAG_DESCRIPTOR && !read_descriptor(z, record, &end))
        return corrupt(err, record->name, "its data descriptor disagrees with its header");
    record->stored = z->bytes + begin;
    *whole = (extent){e->offset, end};
    return PTRUN_OK;
}

static int compare_extents(const void *a, const void *b)
{
    const extent *left = a, *right = b;
    return (left->begin > right->begin) - (left->begin < right->begin);
}

static ptrun_status read_records(ptrun_archive *archive, const zip *z, extent *extents, ptrun_error *err)
{
    uint64_t at = z->directory, total = 0;
    char *names = archive->names;
    for (size_t i = 0; i < archive->count; i++) {
        entry e;
        ptrun_model_record *record = &archive->records[i];
        ptrun_status status = read_central(z, &at, &names, &e, record, err);
        if (status == PTRUN_OK) status = locate(z, &e, record, &extents[i], err);
        if (status != PTRUN_OK) return status;
        total = record->size < UINT64_MAX - total ? total + record->size : UINT64_MAX;
    }
    if (at != z->directory_end)
        return ptrun_fail(err, PTRUN_MODEL_CORRUPT, "%s",
                          "the central directory has more entries than the end record says");
    if (total > INFLATED_FREE && total / INFLATED_RATIO > z->size)
        return ptrun_fail(err, PTRUN_MODEL_CORRUPT,
                          "the records would inflate to %llu bytes, more than %d times the file",
                          (unsigned long long)total, INFLATED_RATIO);
    qsort(extents, archive->count, sizeof *extents, compare_extents);
    for (size_t i = 1; i < archive->count; i++)
        if (extents[i].begin < extents[i - 1].end)
            return ptrun_fail(err, PTRUN_MODEL_CORRUPT, "%s", "two records overlap");
    return PTRUN_OK;
}

static int lower(char c)
{
    return c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : (unsigned char)c;
}

/* By bytes, but for the case of ASCII letters; strcasecmp would follow the locale. */
static int compare_names(const char *a, const char *b)
{
    while (*a && lower(*a) == lower(*b)) a++, b++;
    return lower(*a) - lower(*b);
}

static int compare_records(const void *a, const void *b)
{
    return compare_names((*(ptrun_model_record *const *)a)->name, (*(ptrun_model_record *const *)b)->name);
}

/* Cut the first record's folder off all names in it, and sort. */
static ptrun_status index_names(ptrun_archive *archive, ptrun_error *err)
{
    const char *slash = strchr(archive->records[0].name, '/');
    size_t top = slash ? (size_t)(slash - archive->records[0].name) + 1 : 0;
    archive->top = ptrun_mem_strdup(archive->records[0].name, top);
    if (!archive->top) return ptrun_fail_memory(err, "the archive's records");
    for (size_t i = 0; i < archive->count; i++) {
        ptrun_model_record *record = &archive->records[i];
        if (ptrun_str_starts_with(record->name, archive->top)) record->name += top;
        else if (!archive->outside) archive->outside = record;
        archive->sorted[i] = record;
    }
    qsort(archive->sorted, archive->count, sizeof *archive->sorted, compare_records);
    for (size_t i = 1; i < archive->count; i++)
        if (compare_records(&archive->sorted[i - 1], &archive->sorted[i]) == 0)
            return corrupt(err, archive->sorted[i]->name, "the name is there twice");
    return PTRUN_OK;
}

ptrun_status ptrun_archive_open(ptrun_archive *out, const uint8_t *bytes, size_t size, ptrun_error *err)
{
    *out = (ptrun_archive){0};
    zip z = {.bytes = bytes, .size = size};
    ptrun_status status = read_end(&z, err);
    if (status != PTRUN_OK) return status;
    uint64_t length = z.directory_end - z.directory;
    if (z.count > length / CENTRAL_SIZE)
        return ptrun_fail(err, PTRUN_MODEL_CORRUPT, "%s",
                          "the central directory is too short for its entries");
    if (z.count == 0) return ptrun_fail(err, PTRUN_MODEL_CORRUPT, "%s", "the archive is empty");
    out->count = (size_t)z.count;
    extent *extents = ptrun_mem_alloc(out->count, sizeof *extents);
    out->records = ptrun_mem_zalloc(out->count, sizeof *out->records);
    out->sorted = ptrun_mem_alloc(out->count, sizeof *out->sorted);
    out->names = ptrun_mem_alloc((size_t)length, 1); /* each entry has room for the NUL of its name */
    if (!extents || !out->records || !out->sorted || !out->names)
        status = ptrun_fail_memory(err, "the archive's records");
    if (status == PTRUN_OK) status = read_records(out, &z, extents, err);
    if (status == PTRUN_OK) status = index_names(out, err);
    free(extents);
    if (status != PTRUN_OK) ptrun_archive_release(out);
    return status;
}

void ptrun_archive_release(ptrun_archive *archive)
{
    free(archive->records);
    free(archive->sorted);
    free(archive->names);
    free(archive->top);
    *archive = (ptrun_archive){0};
}

const ptrun_model_record *ptrun_archive_find(const ptrun_archive *archive, const char *name)
{
    size_t low = 0, high = archive->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_names(name, archive->sorted[middle]->name);
        if (order == 0)
            return ptrun_str_equal(name, archive->sorted[middle]->name) ? archive->sorted[middle] : NULL;
        if (order < 0) high = middle;
        else low = middle + 1;
    }
    return NULL;
}
