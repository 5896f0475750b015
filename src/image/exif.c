#include "image/exif.h"

#include "image/bytes.h"

#include <stdbool.h>
#include <string.h>

enum { TAG_ORIENTATION = 0x0112, ENTRY_SIZE = 12 };

typedef struct {
    const uint8_t *bytes;
    size_t size;
    bool big_endian;
} tiff;

static uint32_t get16(const tiff *t, size_t at)
{
    return t->big_endian ? ptrun_be16(t->bytes + at) : ptrun_le16(t->bytes + at);
}

static uint32_t get32(const tiff *t, size_t at)
{
    return t->big_endian ? ptrun_be32(t->bytes + at) : ptrun_le32(t->bytes + at);
}

/* Bytes of one value of a TIFF type; 0: a type that Pillow skips. */
static size_t type_size(uint32_t type)
{
    static const uint8_t sizes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8};
    return type < sizeof sizes ? sizes[type] : 0;
}

static uint64_t get64(const tiff *t, size_t at)
{
    uint64_t first = get32(t, at), second = get32(t, at + 4);
    return t->big_endian ? first << 32 | second : second << 32 | first;
}

static int whole(double value)
{
    return value >= 1 && value <= 8 && value == (int)value ? (int)value : 0;
}

static int whole_float(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return whole((double)value);
}

static int whole_double(uint64_t bits)
{
    double value;
    memcpy(&value, &bits, sizeof value);
    return whole(value);
}

/* The number at `at`, of whatever type: 6, 6/1 and 6.0 are all 6 in Python. 0, which is no orientation,
 * for fractions, texts and raw bytes. */
static int64_t get_number(const tiff *t, uint32_t type, size_t at)
{
    switch (type) {
    case 3: return get16(t, at);
    case 4:
    case 13: return get32(t, at);
    case 6: return (int8_t)t->bytes[at];
    case 8: return (int16_t)get16(t, at);
    case 9: return (int32_t)get32(t, at);
    case 5:
    case 10: {
        uint32_t numerator = get32(t, at), denominator = get32(t, at + 4);
        return denominator && numerator % denominator == 0 ? numerator / denominator : 0;
    }
    case 11: return whole_float(get32(t, at));
    case 12: return whole_double(get64(t, at));
    case 16: return get64(t, at) <= 8 ? (int64_t)get64(t, at) : 0;
    default: return 0;
    }
}

/* Look through the directory at `at`; entries after one whose data is cut off are lost to Pillow too. */
static bool find_in_directory(const tiff *t, size_t at, int64_t *orientation)
{
    if (at > t->size || t->size - at < 2) return false;
    uint32_t count = get16(t, at);
    uint64_t outside = 0; /* bytes of data beyond the directory so far; never more than the block has */
    at += 2;
    for (uint32_t i = 0; i < count; i++, at += ENTRY_SIZE) {
        if (t->size - at < ENTRY_SIZE) return false;
        uint32_t type = get16(t, at + 2);
        uint64_t size = (uint64_t)get32(t, at + 4) * type_size(type);
        size_t data = at + 8;
        if (size == 0) continue;
        if (size > 4) {
            outside += size;
            if (outside > t->size) continue;
            data = get32(t, at + 8);
            if (data > t->size || t->size - data < size) return false;
        }
        if (get16(t, at) != TAG_ORIENTATION) continue;
        *orientation = get_number(t, type, data);
        return true;
    }
    return false;
}

/* The TIFF header with the six forms that Pillow takes; BigTIFF always fails there. */
static bool open_tiff(tiff *t)
{
    static const char little[][5] = {"II*\0", "II\0*"}, big[][5] = {"MM\0*", "MM*\0", "MM\0+"};
    if (t->size < 8) return false;
    for (size_t i = 0; i < sizeof little / sizeof *little; i++)
        if (memcmp(t->bytes, little[i], 4) == 0) return true;
    t->big_endian = true;
    for (size_t i = 0; i < sizeof big / sizeof *big; i++)
        if (memcmp(t->bytes, big[i], 4) == 0) return true;
    return false;
}

static int64_t from_xmp(const uint8_t *xmp, size_t size)
{
    static const char key[] = "tiff:Orientation";
    enum { KEY = sizeof key - 1 };
    if (!xmp) return 1;
    const uint8_t *end = xmp + size;
    while ((xmp = memmem(xmp, (size_t)(end - xmp), key, KEY))) {
        xmp += KEY;
        size_t rest = (size_t)(end - xmp);
        size_t mark = rest >= 3 && memcmp(xmp, "=\"", 2) == 0 ? 2 : rest >= 2 && *xmp == '>' ? 1 : 0;
        if (mark && xmp[mark] >= '0' && xmp[mark] <= '9') return xmp[mark] - '0';
    }
    return 1;
}

int32_t ptrun_exif_orientation(const uint8_t *exif, size_t exif_size, const uint8_t *xmp, size_t xmp_size)
{
    tiff t = {exif, exif ? exif_size : 0, false};
    for (int i = 0; i < 2 && t.size >= 6 && memcmp(t.bytes, "Exif\0\0", 6) == 0; i++) {
        t.bytes += 6;
        t.size -= 6;
    }
    int64_t orientation;
    if (t.size == 0) orientation = from_xmp(xmp, xmp_size);
    else if (!open_tiff(&t)) orientation = 1;
    else if (!find_in_directory(&t, get32(&t, 4), &orientation)) orientation = from_xmp(xmp, xmp_size);
    return orientation >= 1 && orientation <= 8 ? (int32_t)orientation : 1;
}
