/* What a file is, by its content alone, and that only TorchScript is opened. */
#include "base/error.h"
#include "base/fs.h"
#include "check.h"
#include "model/file.h"
#include "zip_maker.h"

#include <stdlib.h>
#include <unistd.h>

static char path[] = "/tmp/ptrun-model-XXXXXX";

static ptrun_status open_file(const void *bytes, size_t size, ptrun_model_file **file, ptrun_error *err)
{
    ptrun_error ignored = {0};
    *err = (ptrun_error){0};
    CHECK(ptrun_fs_replace(path, bytes, size, &ignored) == PTRUN_OK);
    ptrun_status status = ptrun_model_file_open(file, path, err);
    CHECK((status == PTRUN_OK) == (*file != NULL) && status == err->status);
    return status;
}

static void check_refused(const void *bytes, size_t size, ptrun_status status, const char *detail)
{
    ptrun_error err;
    ptrun_model_file *file;
    CHECK(open_file(bytes, size, &file, &err) == status);
    CHECK_TEXT(err.detail, detail);
    ptrun_model_file_close(&file);
}

#define REFUSED(bytes, status, detail) check_refused(bytes, sizeof(bytes) - 1, PTRUN_MODEL_##status, detail)

static void check_texts(void)
{
    REFUSED("", EMPTY, "the file is empty");
    REFUSED("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 46830571\n", IS_LFS_POINTER,
            "a Git LFS pointer to a file of 46830571 bytes, not the model itself");
    REFUSED("version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize", IS_LFS_POINTER,
            "a Git LFS pointer to a file of unknown bytes, not the model itself");
    REFUSED("<!DOCTYPE html>\n<html>", IS_HTML,
            "a web page, not a model: it begins with \"<!DOCTYPE html>\"");
    REFUSED("\xEF\xBB\xBF \r\n\t<HTML lang=\"en\">", IS_HTML,
            "a web page, not a model: it begins with \"<HTML lang=\"en\">\"");
    REFUSED("<html>\xE9", IS_HTML, "a web page, not a model: it begins with \"<html>?\"");
    REFUSED("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", IS_HTML,
            "a web page, not a model: it begins with \"<?xml version=\"1.0\"?><Error><Code>AccessDeni…\"");
    REFUSED("<?xml version=\"1.0\"?>\n<net name=\"x\">", UNKNOWN_FORMAT,
            "not a TorchScript archive: it looks like an OpenVINO model (XML)");
    REFUSED("<svg xmlns=\"x\"/>", IS_IMAGE, "an SVG drawing, not a model");
    REFUSED("404: Not Found", UNKNOWN_FORMAT,
            "not a TorchScript archive: it looks like text: \"404: Not Found\"");
    REFUSED("\n\n{\"error\":\n1}", UNKNOWN_FORMAT,
            "not a TorchScript archive: it looks like text: \"{\"error\":\"");
    REFUSED("\n", UNKNOWN_FORMAT, "not a TorchScript archive: it looks like text: \"\"");
}

static void check_signatures(void)
{
    REFUSED("\xFF\xD8\xFF\xE0....", IS_IMAGE, "a JPEG image, not a model");
    REFUSED("\x89PNG\r\n\x1A\n....", IS_IMAGE, "a PNG image, not a model");
    REFUSED("RIFF....WEBPVP8 ", IS_IMAGE, "a WebP image, not a model");
    REFUSED("BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\2\0\0\0\2\0\0\0", IS_IMAGE, "a BMP image, not a model");
    REFUSED("ptrt\x01\0\0\0", IS_TENSORRT, "a TensorRT engine, not TorchScript");
    REFUSED("ftrt\x01\0\0\0", IS_TENSORRT, "a TensorRT engine, not TorchScript");
    REFUSED("\x1C\0\0\0TFL3", UNKNOWN_FORMAT,
            "not a TorchScript archive: it looks like a TensorFlow Lite model");
    REFUSED("\x1F\x8B\x08", UNKNOWN_FORMAT,
            "not a TorchScript archive: it looks like gzip data: unpack it first");
    REFUSED("PYTORCH1........", TOO_OLD, "an archive of PyTorch's 1.0 preview");
    REFUSED("\x3C\0\0\0\0\0\0\0{\"a\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[0,4]}}     ....",
            IS_SAFETENSORS, "weights without a program (safetensors)");
    REFUSED("\xFF\0\0\0\0\0\0\0{\"a\":{\"dtype\":\"F32\"", IS_SAFETENSORS,
            "weights without a program (safetensors)");
    REFUSED("\x08\x08\x12\x07pytorch\x1A\x03"
            "1.9:\x05.....",
            IS_ONNX, "an ONNX model, not TorchScript");
    REFUSED("\x08\x0A:\x80\x80\x80\x10..", IS_ONNX, "an ONNX model, not TorchScript");
    REFUSED("\x08\x08\x12\x7Fpytorch", UNKNOWN_FORMAT,
            "not a TorchScript archive (a ZIP file): it begins with the bytes 08 08 12 7f");
    REFUSED("\x01\x02", UNKNOWN_FORMAT,
            "not a TorchScript archive (a ZIP file): it begins with the bytes 01 02 00 00");
}

#define TENSOR "ctorch._utils\n_rebuild_tensor_v2\n(tR"

static void check_pickles(void)
{
    REFUSED("\x80\x02}(X\x01\0\0\0w" TENSOR "X\x01\0\0\0b" TENSOR "u.", IS_STATE_DICT,
            "weights without a program: a state_dict of 2 tensors (w, …)");
    REFUSED("\x80\x02"
            "ccollections\nOrderedDict\n)R(X\x01\0\0\0w" TENSOR "u.",
            IS_STATE_DICT, "weights without a program: a state_dict of 1 tensors (w)");
    REFUSED("\x80\x02}(X\x05\0\0\0epochK\x03X\x05\0\0\0model}X\x01\0\0\0w" TENSOR "su.", IS_STATE_DICT,
            "weights without a program: a checkpoint with 1 tensors under \"model\"");
    REFUSED("\x80\x02}(X\x05\0\0\0modelcnets\nNet\n)\x81}bu.", IS_PICKLE,
            "a checkpoint with a pickled Python object (class Net) under \"model\"");
    REFUSED("\x80\x02"
            "cnets.resnet\nResNet\n)\x81}b.",
            IS_PICKLE, "a pickled Python object (class ResNet of nets.resnet), not TorchScript");
    REFUSED("\x80\x04\x8C\x01m\x8C\x01N\x93)\x81.", IS_PICKLE,
            "a pickled Python object (class N of m), not TorchScript");
    REFUSED("\x80\x02" TENSOR ".", IS_PICKLE, "a pickled tensor, not TorchScript");
    REFUSED("\x80\x02}.", IS_PICKLE, "a pickled dict without tensors, not TorchScript");
    REFUSED("\x80\x02]K\x01"
            "a.",
            IS_PICKLE, "a pickled Python object, not TorchScript");
    REFUSED("\x80\x02}(X\xFF\xFF\xFF\xFFw", IS_PICKLE, "a pickled Python object, not TorchScript");
    REFUSED("\x80\x02\x8A\x0A\x6C\xFC\x9C\x46\xF9\x20\x6A\xA8\x50\x19.\x80\x02M\xE9\x03.\x80\x02}.\x80\x02}"
            "X\x01\0\0\0w" TENSOR "s.",
            IS_STATE_DICT,
            "weights without a program: a state_dict of 1 tensors (w), in PyTorch's format before 1.6");
}

static void check_archive(const char *const *names, const char *pickle, ptrun_status status,
                          const char *detail)
{
    zip_entry entries[8];
    size_t count = 0;
    for (; names[count]; count++)
        entries[count] =
            (zip_entry){names[count], strstr(names[count], "data.pkl") ? pickle : "1\n", false, 0};
    ptrun_buf zip = {0};
    zip_make(&zip, entries, count, (zip_style){.descriptors = true});
    check_refused(zip.data, zip.length, status, detail);
    ptrun_buf_release(&zip);
}

#define ARCHIVE(status, detail, ...)                                                                         \
    check_archive((const char *const[]){__VA_ARGS__, NULL}, "\x80\x02}.", PTRUN_##status, detail)

static void check_archives(void)
{
    ARCHIVE(OK, "", "m/data.pkl", "m/constants.pkl", "m/version");
    ARCHIVE(OK, "", "m/data.pkl", "m/constants.pkl", "m/.data/version", "m/extra/model.json");
    ARCHIVE(MODEL_IS_PICKLE, "a pickled dict without tensors, not TorchScript", "m/data.pkl", "m/version");
    ARCHIVE(MODEL_IS_PICKLE, "a torch.package archive of Python objects, not TorchScript",
            "m/.data/extern_modules", "m/model.pkl");
    ARCHIVE(MODEL_IS_LEGACY_TORCHSCRIPT, "TorchScript of PyTorch 1.0 to 1.3 (model.json)", "m/version",
            "m/model.json");
    ARCHIVE(MODEL_IS_EXPORTED_PROGRAM, "an exported program (torch.export, .pt2), not TorchScript",
            "m/archive_format", "m/models/model.json");
    ARCHIVE(MODEL_IS_EXPORTED_PROGRAM, "an exported program (torch.export, .pt2), not TorchScript",
            "serialized_exported_program.json");
    ARCHIVE(MODEL_IS_EXPORTED_PROGRAM, "an AOTInductor package (.pt2), not TorchScript", "m/archive_format",
            "m/data/aotinductor/model/x.so");
    ARCHIVE(MODEL_CORRUPT, "the record \"data.pkl\" is missing", "m/constants.pkl", "m/version");
    ARCHIVE(MODEL_CORRUPT, "the record \"constants.pkl\" is missing", "m/code/a.py", "m/data.pkl", "m/version");
    ARCHIVE(MODEL_CORRUPT, "the record \"version\" is missing", "m/constants.pkl", "m/data.pkl");
    ARCHIVE(MODEL_CORRUPT, "its records lie in no folder: it was packed again from inside", "constants.pkl",
            "data.pkl", "version");
    ARCHIVE(MODEL_CORRUPT, "record \"n/x\" lies outside the archive's folder \"m/\"", "m/constants.pkl",
            "m/data.pkl", "n/x", "m/version");
    ARCHIVE(MODEL_UNKNOWN_FORMAT, "not a TorchScript archive: it looks like NumPy arrays (.npz)",
            "arr_0.npy");
    ARCHIVE(MODEL_UNKNOWN_FORMAT, "not a TorchScript archive: it looks like a Keras model (.keras)",
            "metadata.json", "config.json", "model.weights.h5");
    ARCHIVE(MODEL_UNKNOWN_FORMAT,
            "not a TorchScript archive: it looks like a ZIP archive with a .pt file inside: unpack it first",
            "release/Model.PT");
    ARCHIVE(MODEL_UNKNOWN_FORMAT, "not a TorchScript archive: it looks like some other ZIP archive",
            "notes.txt");
    REFUSED("PK\3\4", TRUNCATED, "the archive has no end record: the file is cut off");
    REFUSED("PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", CORRUPT, "the archive is empty");
}

static void check_opening(void)
{
    static const zip_entry entries[] = {{"m/data.pkl", "\x80\x02}.", false, 0},
                                        {"m/constants.pkl", "\x80\x02).", true, 0},
                                        {"m/version", "3\n", false, 0}};
    ptrun_buf zip = {0};
    ptrun_error err;
    ptrun_model_file *file;
    size_t size;
    char hex[65];
    zip_make(&zip, entries, 3, (zip_style){.descriptors = true, .zip64 = true});
    CHECK(open_file(zip.data, zip.length, &file, &err) == PTRUN_OK);
    CHECK(memcmp(ptrun_model_file_bytes(file, &size), zip.data, zip.length) == 0 && size == zip.length);
    CHECK(ptrun_model_file_count(file) == 3);
    CHECK_TEXT(ptrun_model_file_record(file, 1)->name, "constants.pkl");
    CHECK(ptrun_model_file_find(file, "version")->size == 2 && !ptrun_model_file_find(file, "versio"));
    CHECK(ptrun_model_file_check(file, &err) == PTRUN_OK);
    ptrun_model_file_sha256(file, hex);
    CHECK(strlen(hex) == 64);
    ptrun_model_file_close(&file);
    ptrun_model_file_close(&file);

    memcpy(memmem(zip.data, zip.length, "3\n", 2), "4", 1);
    CHECK(open_file(zip.data, zip.length, &file, &err) == PTRUN_OK);
    CHECK(ptrun_model_file_check(file, &err) == PTRUN_MODEL_CORRUPT);
    CHECK_TEXT(err.detail, "record \"version\": its checksum (CRC-32) is wrong");
    ptrun_model_file_close(&file);
    ptrun_buf_release(&zip);

    CHECK(ptrun_model_file_open(&file, "/tmp/no/such/model.pt", &(ptrun_error){0}) == PTRUN_MODEL_NOT_FOUND);
    CHECK(ptrun_model_file_open(&file, "/tmp", &(ptrun_error){0}) == PTRUN_MODEL_UNREADABLE);
}

int main(void)
{
    int fd = mkstemp(path);
    if (fd < 0) return 1;
    close(fd);
    check_texts();
    check_signatures();
    check_pickles();
    check_archives();
    check_opening();
    unlink(path);
    return CHECK_DONE();
}
