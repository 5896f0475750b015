/* Records that are read back. */
#include "check.h"
#include "eval/records.h"

static ptrun_record last;
static char last_path[64], last_label[16];
static int seen;

static ptrun_status take(void *context, const ptrun_record *record, ptrun_error *err)
{
    (void)context, (void)err;
    seen++;
    last = *record;
    memcpy(last_path, record->path, record->path_length + 1);
    const char *label = record->n_top && record->top[0].label ? record->top[0].label : "none";
    snprintf(last_label, sizeof last_label, "%s", label);
    return PTRUN_OK;
}

static ptrun_status read_text(const char *text, bool *torn, ptrun_error *err)
{
    *err = (ptrun_error){0};
    seen = 0;
    return ptrun_records_read(text, strlen(text), take, NULL, torn, err);
}

#define OK_LINE                                                                                              \
    "{\"path\":\"a\",\"status\":\"ok\",\"width\":8,\"height\":4,\"top\":[{\"index\":3,\"label\":\"x\","      \
    "\"score\":0.25},"                                                                                       \
    "{\"index\":0,\"label\":null,\"score\":1e-7}]}\n"

int main(void)
{
    bool torn;
    ptrun_error err;
    CHECK(read_text(OK_LINE OK_LINE, &torn, &err) == PTRUN_OK && seen == 2 && !torn);
    CHECK(last.number == 1 && last.width == 8 && last.height == 4 && last.n_top == 2 && last.error != NULL);
    CHECK_TEXT(last_path, "a");
    CHECK_TEXT(last_label, "x");
    CHECK(read_text(OK_LINE "{\"path\":", &torn, &err) == PTRUN_OK && seen == 1 && torn);
    CHECK(read_text(
              "{\"path\":\"\xEF\xBF\xBD\",\"path_base64\":\"/2E=\",\"status\":\"error\",\"error\":{\"code\":"
              "\"image_truncated\",\"message\":\"cut\"}}\n",
              &torn, &err) == PTRUN_OK);
    CHECK(seen == 1 && last.path_length == 2);
    CHECK_TEXT(last_path, "\xFF"
                          "a");
    CHECK(read_text("", &torn, &err) == PTRUN_OK && seen == 0 && !torn);
    static const char *const bad[] = {
        "x\n",
        "[]\n",
        "{\"path\":\"a\",\"status\":\"fine\"}\n",
        "{\"path\":\"a\",\"status\":\"ok\",\"width\":8,\"height\":4,\"top\":[]}\n",
        "{\"path\":\"a\",\"status\":\"ok\",\"width\":8,\"height\":4,\"top\":[{\"index\":-1,\"score\":0}]}\n",
        "{\"path\":\"a\",\"status\":\"ok\",\"width\":8,\"height\":4,\"top\":[{\"index\":1000000,\"score\":0}]"
        "}\n",
        "{\"path\":\"a\",\"status\":\"ok\",\"width\":8,\"height\":4,\"top\":[{\"index\":1}]}\n",
        "{\"path\":\"a\",\"path_base64\":\"a\",\"status\":\"ok\"}\n",
        "{\"path\":\"a\",\"path_base64\":\"=A==\",\"status\":\"ok\"}\n",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        CHECK(read_text(bad[i], &torn, &err) == PTRUN_RECORDS_INVALID);
        CHECK(strncmp(err.detail, "line 1: ", 8) == 0);
    }
    CHECK(read_text(OK_LINE "{}\n", &torn, &err) == PTRUN_RECORDS_INVALID &&
          strncmp(err.detail, "line 2: ", 8) == 0);
    return CHECK_DONE();
}
