#include "model/kind.h"

#include "base/error.h"
#include "base/str.h"
#include "model/bytes.h"
#include "model/weights.h"

#include <ctype.h>
#include <string.h>

enum { SHOWN = 48, HEADER_LIMIT = 1 << 20, PICKLE_LIMIT = 256 << 20 };

/* What begins a file. `text` is the whole detail. */
typedef struct {
    size_t offset;
    const char *bytes;
    size_t length;
    ptrun_status status;
    const char *text;
} signature;

#define SIGNATURE(offset, bytes, status, text)                                                               \
    {                                                                                                        \
        offset, bytes, sizeof(bytes) - 1, PTRUN_MODEL_##status, text                                         \
    }
#define LOOKS_LIKE(what) "not a TorchScript archive: it looks like " what

static const signature signatures[] = {
    SIGNATURE(0, "PYTORCH1", TOO_OLD, "an archive of PyTorch's 1.0 preview"),
    SIGNATURE(0, "\xFF\xD8\xFF", IS_IMAGE, "a JPEG image, not a model"),
    SIGNATURE(0, "\x89PNG\r\n\x1A\n", IS_IMAGE, "a PNG image, not a model"),
    SIGNATURE(0, "GIF8", IS_IMAGE, "a GIF image, not a model"),
    SIGNATURE(8, "WEBPVP8", IS_IMAGE, "a WebP image, not a model"),
    SIGNATURE(0, "II*\0", IS_IMAGE, "a TIFF image, not a model"),
    SIGNATURE(0, "MM\0*", IS_IMAGE, "a TIFF image, not a model"),
    SIGNATURE(4, "ftypavif", IS_IMAGE, "an AVIF image, not a model"),
    SIGNATURE(4, "ftyphei", IS_IMAGE, "a HEIF image, not a model"),
    SIGNATURE(0, "ptrt", IS_TENSORRT, "a TensorRT engine, not TorchScript"),
    SIGNATURE(0, "ftrt", IS_TENSORRT, "a TensorRT engine, not TorchScript"),
    SIGNATURE(4, "PTMF", UNKNOWN_FORMAT, LOOKS_LIKE("a mobile model in FlatBuffer form")),
    SIGNATURE(4, "ET12", UNKNOWN_FORMAT, LOOKS_LIKE("an ExecuTorch program (.pte)")),
    SIGNATURE(4, "TFL3", UNKNOWN_FORMAT, LOOKS_LIKE("a TensorFlow Lite model")),
    SIGNATURE(0, "\x89HDF\r\n\x1A\n", UNKNOWN_FORMAT, LOOKS_LIKE("an HDF5 file (Keras?)")),
    SIGNATURE(4, "ORTM", UNKNOWN_FORMAT, LOOKS_LIKE("an ONNX Runtime model (.ort)")),
    SIGNATURE(0, "GGUF", UNKNOWN_FORMAT, LOOKS_LIKE("a GGUF model")),
    SIGNATURE(0, "\x93NUMPY", UNKNOWN_FORMAT, LOOKS_LIKE("a NumPy array")),
    SIGNATURE(0, "\x1F\x8B", UNKNOWN_FORMAT, LOOKS_LIKE("gzip data: unpack it first")),
    SIGNATURE(0, "BZh", UNKNOWN_FORMAT, LOOKS_LIKE("bzip2 data: unpack it first")),
    SIGNATURE(0,
              "\xFD"
              "7zXZ",
              UNKNOWN_FORMAT, LOOKS_LIKE("xz data: unpack it first")),
    SIGNATURE(0, "\x28\xB5\x2F\xFD", UNKNOWN_FORMAT, LOOKS_LIKE("Zstandard data: unpack it first")),
    SIGNATURE(0, "7z\xBC\xAF\x27\x1C", UNKNOWN_FORMAT, LOOKS_LIKE("a 7z archive: unpack it first")),
    SIGNATURE(0, "Rar!\x1A\x07", UNKNOWN_FORMAT, LOOKS_LIKE("a RAR archive: unpack it first")),
    SIGNATURE(257, "ustar", UNKNOWN_FORMAT, LOOKS_LIKE("a tar archive: unpack it first")),
    SIGNATURE(0,
              "\x7F"
              "ELF",
              UNKNOWN_FORMAT, LOOKS_LIKE("a program or shared library (ELF)")),
    SIGNATURE(0, "%PDF", UNKNOWN_FORMAT, LOOKS_LIKE("a PDF document")),
};

static bool begins(const uint8_t *bytes, size_t size, size_t offset, const char *wanted, size_t length)
{
    return size >= offset && size - offset >= length && memcmp(bytes + offset, wanted, length) == 0;
}

bool ptrun_kind_is_zip(const uint8_t *bytes, size_t size)
{
    return begins(bytes, size, 0, "PK\3\4", 4) || begins(bytes, size, 0, "PK\5\6", 4);
}

static bool holds(const uint8_t *bytes, size_t size, const char *wanted)
{
    return memmem(bytes, size, wanted, strlen(wanted)) != NULL;
}

/* A header's length, then JSON with entries for tensors (safetensors 0.4, README). */
static bool is_safetensors(const uint8_t *bytes, size_t size)
{
    if (size < 10 || bytes[8] != '{') return false;
    uint64_t length = ptrun_le64(bytes);
    if (length < 2 || length > 100000000) return false;
    size_t there = length < size - 8 ? (size_t)length : size - 8;
    if (there > HEADER_LIMIT) there = HEADER_LIMIT;
    return holds(bytes + 8, there, "\"dtype\"") || holds(bytes + 8, there, "\"__metadata__\"");
}

/* A protobuf number; false where the bytes end or it is too long. */
static bool take_varint(const uint8_t **at, const uint8_t *end, uint64_t *number)
{
    *number = 0;
    for (int shift = 0; shift < 64 && *at < end; shift += 7) {
        uint8_t byte = *(*at)++;
        *number |= (uint64_t)(byte & 0x7F) << shift;
        if (!(byte & 0x80)) return true;
    }
    return false;
}

/* onnx.proto's ModelProto: ir_version (1) first, then fields among which the graph (7) or the operator sets
 * (8) must come. A field beyond the end is what a cut file has. */
static bool is_onnx(const uint8_t *bytes, size_t size)
{
    const uint8_t *at = bytes, *end = bytes + size;
    uint64_t tag, number;
    if (!take_varint(&at, end, &tag) || tag != 0x08 || !take_varint(&at, end, &number) || number > 64)
        return false;
    while (take_varint(&at, end, &tag)) {
        uint64_t field = tag >> 3, wire = tag & 7;
        if (field == 0 || field > 32 || (wire != 0 && wire != 2) || !take_varint(&at, end, &number))
            return false;
        if (wire == 2 && (field == 7 || field == 8)) return true;
        if (wire == 2 && number > (uint64_t)(end - at)) return false;
        if (wire == 2) at += number;
    }
    return false;
}

static bool is_bmp(const uint8_t *bytes, size_t size)
{
    return begins(bytes, size, 0, "BM", 2) && size >= 26 && ptrun_le32(bytes + 6) == 0 &&
           ptrun_le32(bytes + 14) <= 124;
}

/* The first line, for a message. */
static void show_line(char out[SHOWN], const uint8_t *bytes, size_t size)
{
    size_t length = 0;
    while (length < size && bytes[length] != '\n' && bytes[length] != '\r') length++;
    out[0] = '\0';
    ptrun_str_append_printable(out, SHOWN, bytes, length);
}

/* Text as far as can be seen, cut anywhere: no NUL, UTF-8. */
static bool is_text(const uint8_t *bytes, size_t size)
{
    size_t length = size < 512 ? size : 512;
    for (size_t i = 0; i < length;) {
        size_t step = ptrun_str_utf8_length(bytes + i, length - i);
        if (!step) return length < size && length - i < 4;
        if (bytes[i] < 0x20 && !memchr("\t\n\r\f", bytes[i], 4)) return false;
        i += step;
    }
    return true;
}

static ptrun_status refuse_lfs(const uint8_t *bytes, size_t size, ptrun_error *err)
{
    char digits[24] = "";
    const uint8_t *found = memmem(bytes, size, "\nsize ", 6);
    for (size_t i = 0; found && found + 6 + i < bytes + size && i < sizeof digits - 1; i++) {
        if (found[6 + i] < '0' || found[6 + i] > '9') break;
        digits[i] = (char)found[6 + i];
        digits[i + 1] = '\0';
    }
    return ptrun_fail(err, PTRUN_MODEL_IS_LFS_POINTER,
                      "a Git LFS pointer to a file of %s bytes, not the model itself",
                      digits[0] ? digits : "unknown");
}

/* Markup may be in any encoding, so it is found before text is. */
static bool is_markup(const uint8_t *bytes, size_t size)
{
    return size > 1 && bytes[0] == '<' && (bytes[1] == '!' || bytes[1] == '?' || isalpha(bytes[1]));
}

static ptrun_status refuse_markup(const uint8_t *bytes, size_t size, ptrun_error *err)
{
    char line[SHOWN];
    size_t seen = size < 512 ? size : 512;
    if (holds(bytes, seen, "<svg"))
        return ptrun_fail(err, PTRUN_MODEL_IS_IMAGE, "%s", "an SVG drawing, not a model");
    if (holds(bytes, seen, "<net "))
        return ptrun_fail(err, PTRUN_MODEL_UNKNOWN_FORMAT, "%s", LOOKS_LIKE("an OpenVINO model (XML)"));
    show_line(line, bytes, size);
    return ptrun_fail(err, PTRUN_MODEL_IS_HTML, "a web page, not a model: it begins with \"%s\"", line);
}

static ptrun_status refuse_text(const uint8_t *bytes, size_t size, ptrun_error *err)
{
    char line[SHOWN];
    show_line(line, bytes, size);
    return ptrun_fail(err, PTRUN_MODEL_UNKNOWN_FORMAT, LOOKS_LIKE("text: \"%s\""), line);
}

static ptrun_status refuse_unknown(const uint8_t *bytes, size_t size, ptrun_error *err)
{
    uint8_t first[4] = {0};
    memcpy(first, bytes, size < 4 ? size : 4);
    return ptrun_fail(err, PTRUN_MODEL_UNKNOWN_FORMAT,
                      "not a TorchScript archive (a ZIP file): it begins with the bytes %02x %02x %02x %02x",
                      first[0], first[1], first[2], first[3]);
}

ptrun_status ptrun_kind_refuse(const uint8_t *bytes, size_t size, ptrun_error *err)
{
    if (size == 0) return ptrun_fail(err, PTRUN_MODEL_EMPTY, "%s", "the file is empty");
    for (const signature *s = signatures; s < signatures + sizeof signatures / sizeof *signatures; s++)
        if (begins(bytes, size, s->offset, s->bytes, s->length))
            return ptrun_fail(err, s->status, "%s", s->text);
    if (is_bmp(bytes, size)) return ptrun_fail(err, PTRUN_MODEL_IS_IMAGE, "%s", "a BMP image, not a model");
    if (is_safetensors(bytes, size))
        return ptrun_fail(err, PTRUN_MODEL_IS_SAFETENSORS, "%s", "weights without a program (safetensors)");
    if (size >= 3 && bytes[0] == 0x80 && bytes[1] >= 2 && bytes[1] <= 5)
        return ptrun_weights_refuse_file(bytes, size, err);
    if (is_onnx(bytes, size))
        return ptrun_fail(err, PTRUN_MODEL_IS_ONNX, "%s", "an ONNX model, not TorchScript");
    if (begins(bytes, size, 0, "version https://git-lfs", 23)) return refuse_lfs(bytes, size, err);
    const uint8_t *text = bytes, *end = bytes + size;
    if (begins(bytes, size, 0, "\xEF\xBB\xBF", 3)) text += 3;
    while (text < end && memchr(" \t\r\n\f", *text, 5)) text++;
    if (is_markup(text, (size_t)(end - text))) return refuse_markup(text, (size_t)(end - text), err);
    return is_text(bytes, size) ? refuse_text(text, (size_t)(end - text), err)
                                : refuse_unknown(bytes, size, err);
}

/* Records by which other ZIP archives are known: a whole name, or an ending where it begins with '*'. */
static const struct {
    const char *pattern, *text;
} other_archives[] = {
    {"*.npy", LOOKS_LIKE("NumPy arrays (.npz)")},
    {"model.weights.h5", LOOKS_LIKE("a Keras model (.keras)")},
    {"saved_model.pb", LOOKS_LIKE("a packed TensorFlow model")},
    {"[Content_Types].xml", LOOKS_LIKE("an Office document")},
    {"MANIFEST.MF", LOOKS_LIKE("a Java or Android archive")},
    {"MANIFEST.json", LOOKS_LIKE("a TorchServe archive (.mar): the model is inside, unpack it first")},
    {"*.mlmodel", LOOKS_LIKE("a packed Core ML model")},
    {"*.pt", LOOKS_LIKE("a ZIP archive with a .pt file inside: unpack it first")},
    {"*.pth", LOOKS_LIKE("a ZIP archive with a .pth file inside: unpack it first")},
    {"*.onnx", LOOKS_LIKE("a ZIP archive with an .onnx file inside")},
    {"*.safetensors", LOOKS_LIKE("a ZIP archive with a .safetensors file inside")},
    {"*", LOOKS_LIKE("some other ZIP archive")},
};

static bool matches(const char *name, const char *pattern)
{
    if (*pattern != '*') return ptrun_str_equal(name, pattern);
    size_t length = strlen(name), ending = strlen(pattern + 1);
    return length >= ending && ptrun_str_equal_nocase(name + length - ending, pattern + 1);
}

static bool has_match(const ptrun_archive *archive, const char *pattern)
{
    for (size_t i = 0; i < archive->count; i++)
        if (matches(archive->records[i].name, pattern)) return true;
    return false;
}

static ptrun_status refuse_other(const ptrun_archive *archive, ptrun_error *err)
{
    size_t i = 0;
    while (!has_match(archive, other_archives[i].pattern)) i++; /* the last one always matches */
    return ptrun_fail(err, PTRUN_MODEL_UNKNOWN_FORMAT, "%s", other_archives[i].text);
}

static bool has(const ptrun_archive *archive, const char *name)
{
    return ptrun_archive_find(archive, name) != NULL;
}

static ptrun_status refuse_pickle(const ptrun_archive *archive, ptrun_error *err)
{
    ptrun_buf pickle = {0};
    ptrun_status status =
        ptrun_model_record_read(ptrun_archive_find(archive, "data.pkl"), PICKLE_LIMIT, &pickle, err);
    if (status == PTRUN_OK)
        status = ptrun_weights_refuse((const uint8_t *)ptrun_buf_text(&pickle), pickle.length, "", err);
    ptrun_buf_release(&pickle);
    return status;
}

static ptrun_status refuse_exported(const ptrun_archive *archive, ptrun_error *err)
{
    if (has_match(archive, "*.so"))
        return ptrun_fail(err, PTRUN_MODEL_IS_EXPORTED_PROGRAM, "%s",
                          "an AOTInductor package (.pt2), not TorchScript");
    return ptrun_fail(err, PTRUN_MODEL_IS_EXPORTED_PROGRAM, "%s",
                      "an exported program (torch.export, .pt2), not TorchScript");
}

static ptrun_status check_torchscript(const ptrun_archive *archive, ptrun_error *err)
{
    if (!archive->top[0])
        return ptrun_fail(err, PTRUN_MODEL_CORRUPT, "%s",
                          "its records lie in no folder: it was packed again from inside");
    if (archive->outside)
        return ptrun_fail(err, PTRUN_MODEL_CORRUPT,
                          "record \"%.200s\" lies outside the archive's folder \"%.80s\"",
                          archive->outside->name, archive->top);
    if (!has(archive, "data.pkl"))
        return ptrun_fail(err, PTRUN_MODEL_CORRUPT, "%s", "the record \"data.pkl\" is missing");
    if (!has(archive, "version") && !has(archive, ".data/version"))
        return ptrun_fail(err, PTRUN_MODEL_CORRUPT, "%s", "the record \"version\" is missing");
    return PTRUN_OK;
}

ptrun_status ptrun_kind_check_archive(const ptrun_archive *archive, ptrun_error *err)
{
    if (has(archive, "model.json"))
        return ptrun_fail(err, PTRUN_MODEL_IS_LEGACY_TORCHSCRIPT, "%s",
                          "TorchScript of PyTorch 1.0 to 1.3 (model.json)");
    if (has(archive, "archive_format") || has(archive, "serialized_exported_program.json") ||
        has_match(archive, "*_exported_program.json"))
        return refuse_exported(archive, err);
    if (has(archive, "constants.pkl")) return check_torchscript(archive, err);
    if (has(archive, ".data/extern_modules"))
        return ptrun_fail(err, PTRUN_MODEL_IS_PICKLE, "%s",
                          "a torch.package archive of Python objects, not TorchScript");
    if (has(archive, "data.pkl") && has_match(archive, "*.py"))
        return ptrun_fail(err, PTRUN_MODEL_CORRUPT, "%s", "the record \"constants.pkl\" is missing");
    if (has(archive, "data.pkl")) return refuse_pickle(archive, err);
    return refuse_other(archive, err);
}
