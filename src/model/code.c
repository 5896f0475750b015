#include "model/code.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

#include <string.h>

enum { MAX_TEXT = 256 << 20 };

/* "__torch__.torch.nn.modules.conv" lies in code/__torch__/torch/nn/modules/conv.py. */
static ptrun_status find_record(const ptrun_model_file *file, const char *module,
                                const ptrun_model_record **record, ptrun_error *err)
{
    ptrun_buf name = {0};
    ptrun_buf_puts(&name, "code/");
    for (; *module; module++) ptrun_buf_putc(&name, *module == '.' ? '/' : *module);
    ptrun_buf_puts(&name, ".py");
    ptrun_status status = name.failed ? ptrun_fail_memory(err, "a record's name") : PTRUN_OK;
    *record = status == PTRUN_OK ? ptrun_model_file_find(file, name.data) : NULL;
    ptrun_buf_release(&name);
    return status;
}

static ptrun_status read_text(ptrun_code *code, const ptrun_model_record *record, const char **text,
                              ptrun_error *err)
{
    for (size_t i = 0; i < code->count; i++)
        if (code->texts[i].record == record) return *text = ptrun_buf_text(&code->texts[i].text), PTRUN_OK;
    struct ptrun_code_text *grown = ptrun_mem_resize(code->texts, code->count + 1, sizeof *grown);
    if (!grown) return ptrun_fail_memory(err, "the model's code");
    code->texts = grown;
    struct ptrun_code_text *added = &grown[code->count++];
    *added = (struct ptrun_code_text){.record = record};
    ptrun_status status = ptrun_model_record_read(record, MAX_TEXT, &added->text, err);
    *text = ptrun_buf_text(&added->text);
    return status;
}

/* The next line from `at` on that begins with `word`, or the end. */
static const char *find_line(const char *at, const char *word)
{
    while (*at && !ptrun_str_starts_with(at, word)) {
        const char *newline = strchr(at, '\n');
        at = newline ? newline + 1 : at + strlen(at);
    }
    return at;
}

ptrun_status ptrun_code_find(ptrun_code *code, const char *module, const char *name, ptrun_code_class *out,
                             ptrun_error *err)
{
    *out = (ptrun_code_class){0};
    const char *text = "";
    const ptrun_model_record *record;
    ptrun_status status = find_record(code->file, module, &record, err);
    if (status == PTRUN_OK && record) status = read_text(code, record, &text, err);
    if (status != PTRUN_OK) return status;
    size_t length = strlen(name);
    for (const char *line = find_line(text, "class "); *line; line = find_line(line + 1, "class ")) {
        const char *rest = line + strlen("class ");
        if (strncmp(rest, name, length) == 0 && rest[length] == '(')
            return *out = (ptrun_code_class){line, find_line(line + 1, "class ")}, PTRUN_OK;
    }
    return PTRUN_OK;
}

void ptrun_code_release(ptrun_code *code)
{
    for (size_t i = 0; i < code->count; i++) ptrun_buf_release(&code->texts[i].text);
    ptrun_mem_release(&code->texts);
    *code = (ptrun_code){0};
}

/* The place behind the line "  WORD" of the class, or NULL. */
static const char *find_in_class(ptrun_code_class found, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = found.begin; at && at < found.end;) {
        if (strncmp(at, "  ", 2) == 0 && strncmp(at + 2, word, length) == 0) return at + 2 + length;
        at = strchr(at, '\n');
        if (at) at++;
    }
    return NULL;
}

bool ptrun_code_lists(ptrun_code_class found, const char *list, const char *attribute)
{
    size_t length = strlen(attribute);
    const char *at = find_in_class(found, list);
    if (!at || strncmp(at, " = [", 4) != 0) return false;
    for (at += 4; *at == '"'; at += strspn(at, ", ")) {
        const char *end = strchr(++at, '"');
        if (!end) return false;
        if ((size_t)(end - at) == length && memcmp(at, attribute, length) == 0) return true;
        at = end + 1;
    }
    return false;
}

void ptrun_code_signature(ptrun_code_class found, const char *method, ptrun_buf *out)
{
    const char *at = find_in_class(found, "def ");
    ptrun_code_class rest = found;
    while (at && !(ptrun_str_starts_with(at, method) && at[strlen(method)] == '(')) {
        rest.begin = at;
        at = find_in_class(rest, "def ");
    }
    if (!at) return;
    at += strlen(method);
    bool first = true, skip = false; /* the type of the first argument, self */
    for (; at < found.end && strncmp(at, ":\n", 2) != 0; at++) {
        if (*at == ':' && first) skip = true;
        if (*at == ',' || *at == ')') first = skip = false;
        if (skip || *at == '\n' || (*at == ' ' && out->length && out->data[out->length - 1] == ' ')) continue;
        ptrun_buf_putc(out, *at);
        if (*at == ',') ptrun_buf_putc(out, ' ');
    }
}
