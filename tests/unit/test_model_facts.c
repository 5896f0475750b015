/* Tensors, class and signature of archives made by hand: what torch would write, and what it would not. */
#include "base/error.h"
#include "base/fs.h"
#include "check.h"
#include "model/facts.h"
#include "zip_maker.h"

#include <stdlib.h>
#include <unistd.h>

static char path[] = "/tmp/ptrun-facts-XXXXXX";

#define BYTES(text)          text, sizeof(text) - 1
#define STRING(length, text) "X" length "\0\0\0" text
#define STORAGE(class, key, elements)                                                                        \
    "(" STRING("\7", "storage") "ctorch\n" class "\n" STRING("\1", key) STRING("\3", "cpu") elements "tQ"
#define TENSOR(storage, shape)                                                                               \
    "ctorch._utils\n_rebuild_tensor_v2\n(" storage "K\0" shape ")\x89"                                       \
    "ccollections\nOrderedDict\n)RtR"
#define MODEL(state)                                                                                         \
    "\x80\x02"                                                                                               \
    "c__torch__.nets\nNet\n)\x81}(" state "ub."

#define CODE                                                                                                 \
    "class Net(Module):\n"                                                                                   \
    "  __parameters__ = [\"weight\", ]\n"                                                                    \
    "  __buffers__ = [\"mean\", ]\n"                                                                         \
    "  training : bool\n"                                                                                    \
    "  def other(self: __torch__.nets.Net) -> int:\n    return 1\n"                                          \
    "  def forward(self: __torch__.nets.Net,\n    x: Tensor,\n    y: Tuple[int, int]=[1, 2]) -> Tensor:\n  " \
    "  return x\n"                                                                                           \
    "class Network(Module):\n  __parameters__ = [\"mean\"]\n  def forward(self) -> None:\n    pass\n"

typedef struct {
    const char *pickle;
    size_t length;
    const char *constants;
    size_t constants_length;
} pickles;

static ptrun_status read_facts(pickles in, ptrun_model_facts *facts, ptrun_error *err)
{
    const zip_entry entries[] = {
        {"m/data.pkl", in.pickle, false, in.length},
        {"m/constants.pkl", in.constants ? in.constants : "\x80\x02).", false, in.constants_length},
        {"m/version", "3\n", false, 0},
        {"m/code/__torch__/nets.py", CODE, true, 0},
        {"m/data/0", "0123456789abcdef0123456789abcdef0123456789abcdef", false, 0},
        {"m/data/1", "01234567", false, 0},
        {"m/constants/0", "0123", false, 0},
    };
    ptrun_buf zip = {0};
    ptrun_model_file *file;
    ptrun_error check = {0};
    zip_make(&zip, entries, sizeof entries / sizeof *entries, (zip_style){.descriptors = true});
    CHECK(ptrun_fs_replace(path, zip.data, zip.length, &check) == PTRUN_OK);
    CHECK(ptrun_model_file_open(&file, path, &check) == PTRUN_OK);
    CHECK_TEXT(check.detail, "");
    *err = (ptrun_error){0};
    ptrun_status status = ptrun_model_facts_read(facts, file, err);
    CHECK(status == ptrun_model_file_check(file, &check)); /* the check before loading refuses the same */
    ptrun_model_file_close(&file);
    ptrun_buf_release(&zip);
    return status;
}

static void check_tensor(const ptrun_model_tensor *tensor, const char *name, ptrun_tensor_role role,
                         const char *dtype, int32_t rank, int64_t count)
{
    CHECK_TEXT(tensor->name, name);
    CHECK_TEXT(tensor->dtype, dtype);
    CHECK_TEXT(tensor->device, "cpu");
    CHECK(tensor->role == role && tensor->rank == rank && tensor->count == count);
}

#define WEIGHT TENSOR(STORAGE("FloatStorage", "0", "K\x0C"), "(K\3K\4t")

static const char whole[] =
    MODEL(STRING("\x08", "training") "\x88" STRING("\6", "weight") WEIGHT "q\1" STRING("\4", "mean")
              TENSOR(STORAGE("LongStorage", "1", "K\1"), ")")
                  STRING("\4", "same") "h\1" STRING("\4", "list") "](h\1" TENSOR(
                      STORAGE("HalfStorage", "0", "K\3"), "K\3\x85") "e" STRING("\3", "odd")
                      TENSOR(STORAGE("WideStorage", "0", "K\x63"), "K\0\x85"));

static const char constants[] = "\x80\x02(N" TENSOR(STORAGE("IntStorage", "0", "K\1"), "(K\1K\1t") "t.";

static void check_whole(void)
{
    ptrun_model_facts facts;
    ptrun_error err;
    CHECK(read_facts((pickles){BYTES(whole), BYTES(constants)}, &facts, &err) == PTRUN_OK);
    CHECK_TEXT(err.detail, "");
    CHECK(facts.format == 3 && facts.training && !facts.mobile && !facts.xnnpack);
    CHECK_TEXT(facts.class_name, "Net");
    CHECK_TEXT(facts.signature, "(self, x: Tensor, y: Tuple[int, int]=[1, 2]) -> Tensor");
    CHECK(facts.n_tensors == 5);
    check_tensor(&facts.tensors[0], "weight", PTRUN_TENSOR_PARAMETER, "float32", 2, 12);
    check_tensor(&facts.tensors[1], "mean", PTRUN_TENSOR_BUFFER, "int64", 0, 1);
    check_tensor(&facts.tensors[2], "list.1", PTRUN_TENSOR_ATTRIBUTE, "float16", 1, 3);
    check_tensor(&facts.tensors[3], "odd", PTRUN_TENSOR_ATTRIBUTE, "other", 1, 0);
    check_tensor(&facts.tensors[4], "c1", PTRUN_TENSOR_CONSTANT, "int32", 2, 1);
    CHECK(facts.tensors[0].dims[0] == 3 && facts.tensors[0].dims[1] == 4);
    CHECK(facts.n_totals == 5 && facts.totals[0].elements == 12 && facts.totals[0].bytes == 48);
    CHECK_TEXT(ptrun_tensor_role_name(facts.totals[4].role), "constant");
    ptrun_model_facts_release(&facts);
    ptrun_model_facts_release(&facts);
}

static void check_xnnpack(void)
{
    static const char packed[] =
        MODEL(STRING("\1", "p") "c__torch__.torch.classes.xnnpack\nConv2dOpContext\n)\x81");
    ptrun_model_facts facts;
    ptrun_error err;
    CHECK(read_facts((pickles){BYTES(packed), NULL, 0}, &facts, &err) == PTRUN_OK && facts.xnnpack);
    ptrun_model_facts_release(&facts);
}

static void check_refused(const char *pickle, size_t length, const char *detail)
{
    ptrun_model_facts facts;
    ptrun_error err;
    CHECK(read_facts((pickles){pickle, length, NULL, 0}, &facts, &err) == PTRUN_MODEL_CORRUPT);
    CHECK_TEXT(err.detail, detail);
    CHECK(!facts.tensors && !facts.class_name);
}

static void check_faults(void)
{
    check_refused(BYTES(MODEL(STRING("\1", "w") TENSOR(STORAGE("FloatStorage", "0", "K\x0D"), "K\1\x85"))),
                  "in data.pkl: tensor \"w\": its storage is larger than its record");
    check_refused(BYTES(MODEL(STRING("\1", "w") TENSOR(
                      STORAGE("FloatStorage", "0", "\x8A\x08\0\0\0\0\0\0\0\x40"), "K\1\x85"))),
                  "in data.pkl: tensor \"w\": its storage is larger than its record");
    check_refused(
        BYTES(MODEL(STRING("\1", "w") TENSOR(STORAGE("FloatStorage", "0", "J\xFF\xFF\xFF\xFF"), "K\1\x85"))),
        "in data.pkl: tensor \"w\": its storage cannot be followed");
    check_refused(BYTES(MODEL(STRING("\1", "w") TENSOR("K\1", "K\1\x85"))),
                  "in data.pkl: tensor \"w\": its storage cannot be followed");
    check_refused(BYTES(MODEL(STRING("\1", "w") TENSOR(STORAGE("FloatStorage", "0", "K\1"), "K\1"))),
                  "in data.pkl: tensor \"w\": its shape cannot be followed");
    check_refused(
        BYTES(MODEL(STRING("\1", "w") TENSOR(STORAGE("FloatStorage", "0", "K\1"), "(J\xFF\xFF\xFF\xFFt"))),
        "in data.pkl: tensor \"w\": its shape is impossible");
    check_refused(BYTES(MODEL(STRING("\1", "w") TENSOR(STORAGE("FloatStorage", "0", "K\1"),
                                                       "(J\0\0\0\x40J\0\0\0\x40J\0\0\0\x40t"))),
                  "in data.pkl: tensor \"w\": its shape is impossible");
    check_refused(BYTES("\x80\x02"
                        "c__torch__\nNet\n)\x81"),
                  "in data.pkl: the pickle cannot be read: it ends too early (byte 19)");
    check_refused(BYTES("\x80\x02\xFF."),
                  "in data.pkl: the pickle cannot be read: an unknown operation (byte 3)");
    check_refused(BYTES("\x80\x02h\5."), "in data.pkl: the pickle cannot be read: an unknown memo (byte 4)");
    check_refused(BYTES("\x80\x02t."), "in data.pkl: the pickle cannot be read: a mark is missing (byte 3)");
    check_refused(
        BYTES("\x80\x02K\1K\2a."),
        "in data.pkl: the pickle cannot be read: a value that holds no others is given one (byte 7)");
    check_refused(BYTES("\x80\x02](a."),
                  "in data.pkl: the pickle cannot be read: a value is missing (byte 5)");
}

/* What refers to itself, and what nests without end. */
static void check_cycles(void)
{
    ptrun_model_facts facts;
    ptrun_error err;
    CHECK(read_facts((pickles){BYTES(MODEL(STRING("\1", "l") "]q\1h\1"
                                                             "a")),
                               NULL, 0},
                     &facts, &err) == PTRUN_OK);
    CHECK(facts.n_tensors == 0 && facts.n_totals == 0);
    ptrun_model_facts_release(&facts);
    ptrun_buf deep = {0};
    ptrun_buf_put(&deep, "\x80\x02", 2);
    for (int i = 0; i < 100000; i++) ptrun_buf_putc(&deep, ']');
    for (int i = 1; i < 100000; i++) ptrun_buf_putc(&deep, 'a');
    ptrun_buf_putc(&deep, '.');
    CHECK(read_facts((pickles){deep.data, deep.length, NULL, 0}, &facts, &err) == PTRUN_MODEL_CORRUPT);
    CHECK(strstr(err.detail, "it lies too deep"));
    ptrun_buf_release(&deep);
}

int main(void)
{
    int fd = mkstemp(path);
    if (fd < 0) return 1;
    close(fd);
    check_whole();
    check_xnnpack();
    check_faults();
    check_cycles();
    unlink(path);
    return CHECK_DONE();
}
