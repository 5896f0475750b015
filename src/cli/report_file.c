#include "cli/report_file.h"

#include "base/error.h"
#include "base/fs.h"
#include "base/num.h"
#include "cli/exit_code.h"
#include "cli/message.h"
#include "json/json.h"

#include <string.h>

enum { MAX_FACTS = 16 };

/* What the page says of the model: the keys of "model" that are texts or numbers, with their values.
 * `numbers` lends memory. */
static void take_facts(ptrun_json_node model, ptrun_report_fact facts[MAX_FACTS + 1],
                       char numbers[MAX_FACTS][PTRUN_NUM_FLOAT_SIZE])
{
    size_t n = 0;
    for (ptrun_json_node node = ptrun_json_at(model, 0); node.value && n < MAX_FACTS;
         node = ptrun_json_next(model, node)) {
        ptrun_error ignored = {0};
        double number;
        const char *text = NULL;
        if (ptrun_json_kind_of(node) == PTRUN_JSON_STRING) {
            if (ptrun_json_get_string(node, PTRUN_INTERNAL, &text, &ignored) != PTRUN_OK) continue;
        } else if (ptrun_json_get_double(node, PTRUN_INTERNAL, &number, &ignored) == PTRUN_OK) {
            ptrun_num_format_double(numbers[n], number);
            text = numbers[n];
        }
        if (text && *text) facts[n++] = (ptrun_report_fact){ptrun_json_key(node), text};
    }
}

int ptrun_report_file_write(const ptrun_cli *cli, const char *path, ptrun_report_kind kind, const char *title,
                            const char *head, const ptrun_eval *eval)
{
    ptrun_report_fact facts[MAX_FACTS + 1] = {{0}};
    char numbers[MAX_FACTS][PTRUN_NUM_FLOAT_SIZE];
    ptrun_buf text = {0}, page = {0};
    ptrun_json *json = NULL;
    ptrun_error err = {0}, ignored = {0};
    ptrun_buf_printf(&text, "{%s}", head);
    if (!text.failed && ptrun_json_parse(&json, text.data, text.length, PTRUN_INTERNAL, &ignored) == PTRUN_OK)
        take_facts(ptrun_json_member(ptrun_json_root(json), "model"), facts, numbers);
    ptrun_report_write(&page, &(ptrun_report){.kind = kind, .title = title, .facts = facts, .eval = eval});
    ptrun_status status = page.failed ? ptrun_fail_memory(&err, "the report")
                                      : ptrun_fs_replace(path, page.data, page.length, &err);
    ptrun_json_close(&json);
    ptrun_buf_release(&text);
    ptrun_buf_release(&page);
    return status == PTRUN_OK ? PTRUN_EXIT_OK : ptrun_message_failure(cli, path, &err);
}

const char *ptrun_report_file_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash && slash[1] ? slash + 1 : path;
}
