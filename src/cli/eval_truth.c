#include "cli/eval_truth.h"

#include "base/error.h"
#include "base/fs.h"
#include "base/str.h"
#include "cli/message.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LISTED_NAMES = 5 };

const ptrun_option ptrun_eval_truth_rows[] = {
    {PTRUN_OPTION_TEXT(ptrun_eval_truth_args, truth), .name = "truth", .value = "FILE",
     .otherwise = "the first folder below FOLDER is the class",
     .help = "true classes as CSV (path,class) or JSON Lines; paths as in the records or below FOLDER"},
    {PTRUN_OPTION_TEXT(ptrun_eval_truth_args, map), .name = "map", .value = "FILE",
     .help = "what the names of true classes mean: CSV (name,class) or a JSON object; a class is an index or "
             "a label"},
    {.name = NULL},
};

/* The whole file as text, given to one of the readers of eval/truth.h. */
static ptrun_status read_file(const char *path, ptrun_truth *truth,
                              ptrun_status (*take)(ptrun_truth *, const char *, size_t, ptrun_error *),
                              ptrun_error *err)
{
    ptrun_bytes bytes;
    ptrun_error cause = {0};
    if (ptrun_fs_read_given(path, 0, &bytes, &cause) != PTRUN_OK)
        return ptrun_fail(err, PTRUN_TRUTH_INVALID, "%s", ptrun_error_message(&cause));
    ptrun_status status = take(truth, bytes.size ? (const char *)bytes.data : "", bytes.size, err);
    ptrun_bytes_release(&bytes);
    return status;
}

static bool is_folder(const char *root, const char *name)
{
    struct stat facts;
    ptrun_buf path = {0};
    ptrun_buf_printf(&path, "%s/%s", root, name);
    bool folder = !path.failed && stat(path.data, &facts) == 0 && S_ISDIR(facts.st_mode);
    ptrun_buf_release(&path);
    return folder;
}

static int compare(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

/* The folders below a root are names of classes, also those without pictures. What is no folder, or cannot be
 * read, has no names; its pictures will say so. */
static ptrun_status add_folders(ptrun_truth *truth, const char *root, ptrun_error *err)
{
    struct dirent **entries = NULL;
    int n = scandir(root, &entries, NULL, compare);
    ptrun_status status = PTRUN_OK;
    for (int i = 0; i < n; i++) {
        const char *name = entries[i]->d_name;
        ptrun_truth_name *unused;
        if (status == PTRUN_OK && name[0] != '.' && is_folder(root, name))
            status = ptrun_truth_resolve(truth, name, strlen(name), &unused, err);
        free(entries[i]);
    }
    free(entries);
    return status;
}

/* How the names came to their classes; with --verbose each of them. */
static void show_mapping(const ptrun_cli *cli, const ptrun_truth *truth, const ptrun_recipe *known)
{
    size_t counts[PTRUN_TRUTH_AMBIGUOUS + 1] = {0};
    for (size_t i = 0; i < truth->names.count; i++) {
        const ptrun_table_entry *name = &truth->names.entries[i];
        const ptrun_truth_name *facts = &truth->facts[name->value];
        counts[facts->origin]++;
        if (facts->index < 0) continue;
        const char *label = (size_t)facts->index < known->n_labels ? known->labels[facts->index] : NULL;
        ptrun_message_note(cli, 1, "class %s: %lld%s%s (by %s)", ptrun_table_key(&truth->names, name),
                           (long long)facts->index, label ? " " : "", label ? label : "",
                           ptrun_truth_origin_word(facts->origin));
    }
    ptrun_message_note(cli, 0, "true classes: %zu by label, %zu by index, %zu by map, %zu of none",
                       counts[PTRUN_TRUTH_BY_LABEL], counts[PTRUN_TRUTH_BY_INDEX], counts[PTRUN_TRUTH_BY_MAP],
                       counts[PTRUN_TRUTH_NO_CLASS] + counts[PTRUN_TRUTH_AMBIGUOUS]);
}

/* "a", "b" and 3 more of the names without a class. */
static size_t list_strangers(const ptrun_truth *truth, ptrun_buf *list)
{
    size_t strangers = 0;
    for (size_t i = 0; i < truth->names.count; i++) {
        const ptrun_table_entry *name = &truth->names.entries[i];
        if (truth->facts[name->value].index >= 0 || ++strangers > LISTED_NAMES) continue;
        ptrun_buf_printf(list, "%s\"%s\"", strangers > 1 ? ", " : "", ptrun_table_key(&truth->names, name));
        if (truth->facts[name->value].origin == PTRUN_TRUTH_AMBIGUOUS) ptrun_buf_puts(list, " (several)");
    }
    if (strangers > LISTED_NAMES) ptrun_buf_printf(list, " and %zu more", strangers - LISTED_NAMES);
    return strangers;
}

static ptrun_status check_names(const ptrun_cli *cli, const ptrun_truth *truth, ptrun_error *err)
{
    ptrun_buf list = {0};
    size_t strangers = list_strangers(truth, &list), n = truth->names.count;
    ptrun_status status = PTRUN_OK;
    if (n == 0)
        status = ptrun_fail(err, PTRUN_TRUTH_INVALID, "%s",
                            truth->listed ? "the list is empty" : "no folder below it that could be a class");
    else if (strangers == n)
        status = ptrun_fail(err, PTRUN_TRUTH_INVALID, "no class of the model has one of these names: %s",
                            ptrun_buf_text(&list));
    else if (strangers)
        ptrun_message_warning(cli,
                              "no class of the model, so not evaluated: %s; --map says what a name means",
                              ptrun_buf_text(&list));
    ptrun_buf_release(&list);
    return status;
}

bool ptrun_eval_truth_open(const ptrun_cli *cli, const ptrun_eval_truth_args *args, const ptrun_recipe *known,
                           bool complete, const char *const *roots, size_t n_roots, ptrun_truth *truth,
                           int *code)
{
    ptrun_error err = {0};
    const char *what = args->map;
    *truth = (ptrun_truth){.roots = roots, .n_roots = n_roots};
    ptrun_status status = ptrun_truth_set_labels(truth, known->labels, known->n_labels, complete, &err);
    if (status == PTRUN_OK && args->map) status = read_file(args->map, truth, ptrun_truth_read_map, &err);
    if (status == PTRUN_OK) what = args->truth ? args->truth : n_roots ? roots[0] : NULL;
    if (status == PTRUN_OK && args->truth)
        status = read_file(args->truth, truth, ptrun_truth_read_list, &err);
    for (size_t i = 0; i < n_roots && !args->truth && status == PTRUN_OK; i++)
        status = add_folders(truth, roots[i], &err);
    if (status == PTRUN_OK) status = check_names(cli, truth, &err);
    if (status == PTRUN_OK) show_mapping(cli, truth, known);
    else *code = ptrun_message_failure(cli, what, &err);
    return status == PTRUN_OK;
}
