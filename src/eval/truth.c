#include "eval/truth.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/num.h"
#include "base/str.h"
#include "eval/csv.h"
#include "json/json.h"

#include <stdlib.h>
#include <string.h>

void ptrun_truth_release(ptrun_truth *truth)
{
    ptrun_table_release(&truth->labels);
    ptrun_table_release(&truth->map);
    ptrun_table_release(&truth->paths);
    ptrun_table_release(&truth->names);
    free(truth->facts);
    *truth = (ptrun_truth){0};
}

const char *ptrun_truth_origin_word(ptrun_truth_origin origin)
{
    static const char *const words[] = {"map", "label", "index", "none", "ambiguous"};
    return words[origin];
}

ptrun_status ptrun_truth_set_labels(ptrun_truth *truth, char *const *labels, size_t n, bool complete,
                                    ptrun_error *err)
{
    truth->n_classes = complete ? n : 0;
    for (size_t i = 0; i < n; i++) {
        if (!labels[i]) continue;
        ptrun_table_entry *entry = ptrun_table_add(&truth->labels, labels[i], strlen(labels[i]), (int64_t)i);
        if (!entry) return ptrun_fail_memory(err, "the labels");
        if (entry->value != (int64_t)i) entry->value = PTRUN_TRUTH_UNKNOWN;
    }
    return PTRUN_OK;
}

static int64_t parse_index(const ptrun_truth *truth, const char *name, size_t length)
{
    char digits[20];
    int64_t index, max = truth->n_classes ? (int64_t)truth->n_classes - 1 : PTRUN_EVAL_MAX_CLASSES - 1;
    if (length == 0 || length >= sizeof digits) return PTRUN_TRUTH_UNKNOWN;
    memcpy(digits, name, length);
    digits[length] = '\0';
    return ptrun_num_parse_int(digits, 0, max, &index) ? index : PTRUN_TRUTH_UNKNOWN;
}

static ptrun_truth_name look_up(const ptrun_truth *truth, const char *name, size_t length)
{
    const ptrun_table_entry *mapped = ptrun_table_find(&truth->map, name, length);
    if (mapped) return (ptrun_truth_name){.index = mapped->value, .origin = PTRUN_TRUTH_BY_MAP};
    const ptrun_table_entry *label = ptrun_table_find(&truth->labels, name, length);
    if (label && label->value < 0)
        return (ptrun_truth_name){.index = PTRUN_TRUTH_UNKNOWN, .origin = PTRUN_TRUTH_AMBIGUOUS};
    if (label) return (ptrun_truth_name){.index = label->value, .origin = PTRUN_TRUTH_BY_LABEL};
    int64_t index = parse_index(truth, name, length);
    return (ptrun_truth_name){.index = index,
                              .origin = index >= 0 ? PTRUN_TRUTH_BY_INDEX : PTRUN_TRUTH_NO_CLASS};
}

ptrun_status ptrun_truth_resolve(ptrun_truth *truth, const char *name, size_t length, ptrun_truth_name **out,
                                 ptrun_error *err)
{
    size_t before = truth->names.count;
    ptrun_table_entry *entry = ptrun_table_add(&truth->names, name, length, (int64_t)before);
    if (!entry) return ptrun_fail_memory(err, "the names of classes");
    if (before == truth->fact_capacity) {
        size_t capacity = before ? 2 * before : 64;
        ptrun_truth_name *facts = ptrun_mem_resize(truth->facts, capacity, sizeof *facts);
        if (!facts) return ptrun_fail_memory(err, "the names of classes");
        truth->facts = facts, truth->fact_capacity = capacity;
    }
    if (truth->names.count > before) truth->facts[before] = look_up(truth, name, length);
    *out = &truth->facts[entry->value];
    return PTRUN_OK;
}

static ptrun_status add_mapping(ptrun_truth *truth, const char *name, size_t name_length, const char *class,
                                size_t class_length, const char *where, ptrun_error *err)
{
    const ptrun_table_entry *label = ptrun_table_find(&truth->labels, class, class_length);
    int64_t index = label ? label->value : parse_index(truth, class, class_length);
    char shown[80] = "";
    ptrun_str_append_printable(shown, sizeof shown, class, class_length);
    if (index < 0)
        return ptrun_fail(err, PTRUN_TRUTH_INVALID, "%s: \"%s\" is %s", where, shown,
                          label ? "the label of several classes; give an index" : "no class of the model");
    ptrun_table_entry *entry = ptrun_table_add(&truth->map, name, name_length, index);
    if (!entry) return ptrun_fail_memory(err, "the map of classes");
    if (entry->value != index)
        return ptrun_fail(err, PTRUN_TRUTH_INVALID, "%s: the name is mapped twice", where);
    return PTRUN_OK;
}

/* A class given as JSON, an index or a text, as text. `digits` lends memory. */
static ptrun_status class_text(ptrun_json_node node, char digits[PTRUN_NUM_FLOAT_SIZE], const char **class,
                               ptrun_error *err)
{
    int64_t index;
    if (ptrun_json_kind_of(node) != PTRUN_JSON_NUMBER)
        return ptrun_json_get_string(node, PTRUN_TRUTH_INVALID, class, err);
    ptrun_status status =
        ptrun_json_get_int(node, 0, PTRUN_EVAL_MAX_CLASSES - 1, PTRUN_TRUTH_INVALID, &index, err);
    if (status == PTRUN_OK) ptrun_num_format_double(digits, (double)index), *class = digits;
    return status;
}

static ptrun_status read_map_json(ptrun_truth *truth, const char *text, size_t length, ptrun_error *err)
{
    ptrun_json *json;
    ptrun_status status = ptrun_json_parse(&json, text, length, PTRUN_TRUTH_INVALID, err);
    if (status != PTRUN_OK) return status;
    ptrun_json_node root = ptrun_json_root(json);
    for (ptrun_json_node node = ptrun_json_at(root, 0); node.value && status == PTRUN_OK;
         node = ptrun_json_next(root, node)) {
        const char *name = ptrun_json_key(node), *class = NULL;
        char digits[PTRUN_NUM_FLOAT_SIZE];
        status = class_text(node, digits, &class, err);
        if (status == PTRUN_OK)
            status = add_mapping(truth, name, strlen(name), class, strlen(class), node.path, err);
    }
    ptrun_json_close(&json);
    return status;
}

static bool begins_with_brace(const char *text, size_t length)
{
    size_t i = length >= 3 && memcmp(text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    while (i < length && strchr(" \t\r\n", text[i])) i++;
    return i < length && text[i] == '{';
}

ptrun_status ptrun_truth_read_map(ptrun_truth *truth, const char *text, size_t length, ptrun_error *err)
{
    if (begins_with_brace(text, length)) return read_map_json(truth, text, length, err);
    ptrun_csv csv = ptrun_csv_open(text, length);
    ptrun_status status = PTRUN_OK;
    while (status == PTRUN_OK && ptrun_csv_next(&csv, &status, PTRUN_TRUTH_INVALID, err)) {
        char where[32];
        ptrun_csv_where(&csv, where);
        status = add_mapping(truth, csv.fields[0].text, csv.fields[0].length, csv.fields[1].text,
                             csv.fields[1].length, where, err);
    }
    ptrun_csv_close(&csv);
    return status;
}

static ptrun_status add_path(ptrun_truth *truth, const char *path, size_t path_length, const char *name,
                             size_t name_length, const char *where, ptrun_error *err)
{
    ptrun_truth_name *resolved = NULL;
    if (path_length > 2 && memcmp(path, "./", 2) == 0) path += 2, path_length -= 2;
    ptrun_status status = ptrun_truth_resolve(truth, name, name_length, &resolved, err);
    if (status != PTRUN_OK) return status;
    int64_t value = resolved - truth->facts;
    ptrun_table_entry *entry = ptrun_table_add(&truth->paths, path, path_length, value);
    if (!entry) return ptrun_fail_memory(err, "the list of classes");
    if (entry->value != value)
        return ptrun_fail(err, PTRUN_TRUTH_INVALID, "%s: the path has another class before", where);
    return PTRUN_OK;
}

/* The first of the keys that a line may have its class under. */
static ptrun_json_node find_class(ptrun_json_node line)
{
    static const char *const keys[] = {"class", "label", "index"};
    ptrun_json_node node = ptrun_json_member(line, keys[0]);
    for (size_t i = 1; i < 3 && !node.value; i++) node = ptrun_json_member(line, keys[i]);
    return node.value ? node : ptrun_json_member(line, keys[0]);
}

static ptrun_status add_json_line(ptrun_truth *truth, const char *text, size_t length, const char *where,
                                  ptrun_error *err)
{
    ptrun_json *json;
    char digits[PTRUN_NUM_FLOAT_SIZE];
    const char *path = NULL, *class = NULL;
    ptrun_status status = ptrun_json_parse(&json, text, length, PTRUN_TRUTH_INVALID, err);
    if (status != PTRUN_OK) return status;
    ptrun_json_node root = ptrun_json_root(json);
    status = ptrun_json_get_string(ptrun_json_member(root, "path"), PTRUN_TRUTH_INVALID, &path, err);
    if (status == PTRUN_OK) status = class_text(find_class(root), digits, &class, err);
    if (status == PTRUN_OK) status = add_path(truth, path, strlen(path), class, strlen(class), where, err);
    ptrun_json_close(&json);
    return status;
}

static ptrun_status read_list_json(ptrun_truth *truth, const char *text, size_t length, ptrun_error *err)
{
    const char *end = text + length;
    ptrun_status status = PTRUN_OK;
    for (uint64_t number = 1; text < end && status == PTRUN_OK; number++) {
        const char *newline = memchr(text, '\n', (size_t)(end - text)), *stop = newline ? newline : end;
        char where[32];
        ptrun_csv_line(number, where);
        if (stop > text && strspn(text, " \t\r") < (size_t)(stop - text)) {
            status = add_json_line(truth, text, (size_t)(stop - text), where, err);
            if (status == PTRUN_TRUTH_INVALID && !ptrun_str_starts_with(err->detail, where))
                ptrun_error_prefix(err, "%s: ", where);
        }
        text = newline ? newline + 1 : end;
    }
    return status;
}

static bool is_header(const ptrun_csv *csv)
{
    static const char *const seconds[] = {"class", "label", "index"};
    if (csv->row != 1 || !ptrun_str_equal_nocase(csv->fields[0].text, "path")) return false;
    for (size_t i = 0; i < 3; i++)
        if (ptrun_str_equal_nocase(csv->fields[1].text, seconds[i])) return true;
    return false;
}

ptrun_status ptrun_truth_read_list(ptrun_truth *truth, const char *text, size_t length, ptrun_error *err)
{
    truth->listed = true;
    if (begins_with_brace(text, length)) return read_list_json(truth, text, length, err);
    ptrun_csv csv = ptrun_csv_open(text, length);
    ptrun_status status = PTRUN_OK;
    while (status == PTRUN_OK && ptrun_csv_next(&csv, &status, PTRUN_TRUTH_INVALID, err)) {
        char where[32];
        ptrun_csv_where(&csv, where);
        if (is_header(&csv)) continue;
        status = add_path(truth, csv.fields[0].text, csv.fields[0].length, csv.fields[1].text,
                          csv.fields[1].length, where, err);
    }
    ptrun_csv_close(&csv);
    return status;
}

/* What stands behind the root that `path` lies in, or NULL. */
static const char *below_root(const ptrun_truth *truth, const char *path, size_t length)
{
    const char *below = NULL;
    for (size_t i = 0; i < truth->n_roots; i++) {
        size_t n = strlen(truth->roots[i]);
        while (n > 1 && truth->roots[i][n - 1] == '/') n--;
        if (length <= n || memcmp(path, truth->roots[i], n) != 0 ||
            (path[n] != '/' && truth->roots[i][n - 1] != '/'))
            continue;
        const char *rest = path + n;
        while (*rest == '/') rest++;
        if (!below || rest > below) below = rest; /* the innermost root */
    }
    return below;
}

static ptrun_truth_name *listed_name(const ptrun_truth *truth, const char *path, size_t length)
{
    if (length > 2 && memcmp(path, "./", 2) == 0) path += 2, length -= 2;
    const ptrun_table_entry *entry = ptrun_table_find(&truth->paths, path, length);
    const char *below = entry ? NULL : below_root(truth, path, length);
    if (below) entry = ptrun_table_find(&truth->paths, below, length - (size_t)(below - path));
    return entry ? &truth->facts[entry->value] : NULL;
}

ptrun_status ptrun_truth_of(ptrun_truth *truth, const char *path, size_t length, int64_t *index,
                            ptrun_error *err)
{
    ptrun_truth_name *name = NULL;
    *index = PTRUN_TRUTH_NONE;
    if (truth->listed) {
        name = listed_name(truth, path, length);
    } else {
        const char *below = below_root(truth, path, length);
        const char *slash = below ? strchr(below, '/') : NULL;
        if (!slash) return PTRUN_OK;
        ptrun_status status = ptrun_truth_resolve(truth, below, (size_t)(slash - below), &name, err);
        if (status != PTRUN_OK) return status;
    }
    if (!name) return PTRUN_OK;
    name->images++;
    *index = name->index;
    return PTRUN_OK;
}
