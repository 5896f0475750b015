/* Small ZIP archives for tests, laid out as torch.jit.save does it, or wrongly. */
#ifndef PTRUN_TESTS_ZIP_MAKER_H
#define PTRUN_TESTS_ZIP_MAKER_H

#include "base/buf.h"
#include "base/hash.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

typedef struct {
    const char *name, *content;
    bool deflate;
    size_t length; /* of the content; 0: up to its NUL */
} zip_entry;

static size_t zip_length(const zip_entry *entry)
{
    return entry->length ? entry->length : strlen(entry->content);
}

typedef struct {
    bool descriptors; /* sizes and checksum behind the data, as torch.jit.save */
    bool zip64;       /* ZIP64 end records, as torch.jit.save */
    bool wide;        /* sizes in ZIP64 fields, as for records of 4 GiB */
} zip_style;

static void zip_put(ptrun_buf *out, uint64_t number, int width)
{
    for (int i = 0; i < width; i++) ptrun_buf_putc(out, i < 8 ? (char)(uint8_t)(number >> 8 * i) : 0);
}

/* Stored, or as one raw deflate stream. */
static void zip_pack(ptrun_buf *out, const zip_entry *entry)
{
    size_t length = zip_length(entry);
    if (!entry->deflate) {
        ptrun_buf_put(out, entry->content, length);
        return;
    }
    uint8_t packed[4096];
    z_stream stream = {.next_in = (z_const Bytef *)entry->content,
                       .avail_in = (uInt)length,
                       .next_out = packed,
                       .avail_out = sizeof packed};
    deflateInit2(&stream, 9, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY);
    deflate(&stream, Z_FINISH);
    ptrun_buf_put(out, packed, stream.total_out);
    deflateEnd(&stream);
}

/* What a local header and a central entry have in common, from the flags on. */
static void zip_put_common(ptrun_buf *out, const zip_entry *entry, zip_style style, size_t packed, bool known)
{
    size_t size = zip_length(entry);
    zip_put(out, 0x0800 | (style.descriptors ? 8 : 0), 2);
    zip_put(out, entry->deflate ? 8 : 0, 2);
    zip_put(out, 0, 4); /* time and date */
    zip_put(out, known ? ptrun_crc32(0, entry->content, size) : 0, 4);
    zip_put(out, !known ? 0 : style.wide ? UINT32_MAX : packed, 4);
    zip_put(out, !known ? 0 : style.wide ? UINT32_MAX : size, 4);
    zip_put(out, strlen(entry->name), 2);
}

static void zip_put_wide(ptrun_buf *out, size_t size, size_t packed)
{
    zip_put(out, 1, 2);
    zip_put(out, 16, 2);
    zip_put(out, size, 8);
    zip_put(out, packed, 8);
}

static size_t zip_put_record(ptrun_buf *out, const zip_entry *entry, zip_style style)
{
    ptrun_buf packed = {0};
    size_t size = zip_length(entry);
    zip_pack(&packed, entry);
    zip_put(out, 0x04034b50, 4);
    zip_put(out, 0, 2);
    zip_put_common(out, entry, style, packed.length, !style.descriptors);
    zip_put(out, !style.descriptors && style.wide ? 20 : 6, 2);
    ptrun_buf_puts(out, entry->name);
    if (!style.descriptors && style.wide) zip_put_wide(out, size, packed.length);
    else ptrun_buf_put(out, "FB\2\0ZZ", 6); /* torch's padding */
    ptrun_buf_put(out, ptrun_buf_text(&packed), packed.length);
    if (style.descriptors) {
        zip_put(out, 0x08074b50, 4);
        zip_put(out, ptrun_crc32(0, entry->content, size), 4);
        zip_put(out, packed.length, style.wide ? 8 : 4);
        zip_put(out, size, style.wide ? 8 : 4);
    }
    size_t length = packed.length;
    ptrun_buf_release(&packed);
    return length;
}

static void zip_put_central(ptrun_buf *out, const zip_entry *entry, zip_style style, size_t packed,
                            size_t offset)
{
    zip_put(out, 0x02014b50, 4);
    zip_put(out, 0, 4); /* versions */
    zip_put_common(out, entry, style, packed, true);
    zip_put(out, style.wide ? 20 : 0, 2);
    zip_put(out, 0, 10); /* comment, disk, attributes */
    zip_put(out, offset, 4);
    ptrun_buf_puts(out, entry->name);
    if (style.wide) zip_put_wide(out, zip_length(entry), packed);
}

static void zip_put_end(ptrun_buf *out, zip_style style, size_t count, size_t directory)
{
    size_t end = out->length;
    if (style.zip64) {
        zip_put(out, 0x06064b50, 4);
        zip_put(out, 44, 8);
        zip_put(out, 0, 12); /* versions, disks */
        zip_put(out, count, 8);
        zip_put(out, count, 8);
        zip_put(out, end - directory, 8);
        zip_put(out, directory, 8);
        zip_put(out, 0x07064b50, 4);
        zip_put(out, 0, 4);
        zip_put(out, end, 8);
        zip_put(out, 1, 4);
    }
    zip_put(out, 0x06054b50, 4);
    zip_put(out, 0, 4);
    zip_put(out, count, 2);
    zip_put(out, count, 2);
    zip_put(out, end - directory, 4);
    zip_put(out, directory, 4);
    zip_put(out, 0, 2);
}

/* At most 16 entries. */
static void zip_make(ptrun_buf *out, const zip_entry *entries, size_t count, zip_style style)
{
    size_t offsets[16], packed[16];
    for (size_t i = 0; i < count; i++) {
        offsets[i] = out->length;
        packed[i] = zip_put_record(out, &entries[i], style);
    }
    size_t directory = out->length;
    for (size_t i = 0; i < count; i++) zip_put_central(out, &entries[i], style, packed[i], offsets[i]);
    zip_put_end(out, style, count, directory);
}

#endif
