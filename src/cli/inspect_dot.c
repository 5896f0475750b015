#include "cli/inspect_dot.h"

#include "base/error.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { INPUT, OUTPUT, FIRST_OPERATOR, BOXES_READ_WITH_EASE = 48, OPERATORS_NAMED = 4 };

static const size_t NO_CALL = SIZE_MAX;

typedef struct {
    size_t caller;
    int32_t depth; /* 0: the forward itself */
    bool calls;    /* others */
    const char *name, *class_name;
} call;

typedef struct {
    const char *name; /* "aten::conv2d" */
    size_t call;
    size_t box; /* the node that stands for it: the first one of its box */
} op;

/* As numbers of operators when it is read, of boxes when the program is folded. */
typedef struct {
    size_t from, to;
    char *label; /* owned; "1 x 3 x 224 x 224"; NULL: not taken by the forward */
} edge;

typedef struct {
    call *calls;
    op *operators;
    edge *edges, *folded;
    size_t n_calls, n_operators, n_edges, n_folded;
    int32_t deepest;
} program;

/* ---- reading ---- */

static ptrun_status get_index(ptrun_json_node object, const char *key, size_t count, size_t *out, ptrun_error *err)
{
    int64_t value = 0;
    ptrun_status status = ptrun_json_get_int(ptrun_json_member(object, key), 0, (int64_t)count - 1,
                                             PTRUN_ENGINE_FAILED, &value, err);
    *out = (size_t)value;
    return status;
}

static ptrun_status get_text(ptrun_json_node object, const char *key, const char **out, ptrun_error *err)
{
    return ptrun_json_get_string(ptrun_json_member(object, key), PTRUN_ENGINE_FAILED, out, err);
}

/* An array of `count` zeros for the entries of a list. */
static ptrun_status begin_list(ptrun_json_node list, size_t item_size, void *items, size_t *count, ptrun_error *err)
{
    ptrun_status status = ptrun_json_expect(list, PTRUN_JSON_ARRAY, PTRUN_ENGINE_FAILED, err);
    if (status != PTRUN_OK) return status;
    *count = ptrun_json_count(list);
    void *memory = ptrun_mem_zalloc(*count ? *count : 1, item_size);
    memcpy(items, &memory, sizeof memory);
    return memory ? PTRUN_OK : ptrun_fail_memory(err, "the program's graph");
}

static ptrun_status read_calls(program *p, ptrun_json_node list, ptrun_error *err)
{
    ptrun_status status = begin_list(list, sizeof *p->calls, &p->calls, &p->n_calls, err);
    ptrun_json_node entry = ptrun_json_at(list, 0);
    for (size_t i = 0; i < p->n_calls && status == PTRUN_OK; i++, entry = ptrun_json_next(list, entry)) {
        call *c = &p->calls[i];
        status = get_index(entry, "caller", i ? i : 1, &c->caller, err);
        if (status == PTRUN_OK) status = get_text(entry, "name", &c->name, err);
        if (status == PTRUN_OK) status = get_text(entry, "class", &c->class_name, err);
        if (i) c->depth = p->calls[c->caller].depth + 1, p->calls[c->caller].calls = true;
        if (c->depth > p->deepest) p->deepest = c->depth;
    }
    return status;
}

static ptrun_status read_operators(program *p, ptrun_json_node list, ptrun_error *err)
{
    ptrun_status status = begin_list(list, sizeof *p->operators, &p->operators, &p->n_operators, err);
    ptrun_json_node entry = ptrun_json_at(list, 0);
    for (size_t i = 0; i < p->n_operators && status == PTRUN_OK; i++, entry = ptrun_json_next(list, entry)) {
        status = get_text(entry, "operator", &p->operators[i].name, err);
        if (status == PTRUN_OK) status = get_index(entry, "call", p->n_calls, &p->operators[i].call, err);
    }
    if (status == PTRUN_OK && p->n_operators < FIRST_OPERATOR)
        status = ptrun_fail(err, PTRUN_ENGINE_FAILED, "the graph has no input and output");
    return status;
}

/* NULL where the forward has seen no tensor there. */
static ptrun_status read_label(ptrun_json_node entry, char **out, ptrun_error *err)
{
    ptrun_buf text = {0};
    ptrun_json_node shape = ptrun_json_member(entry, "shape"), dtype = ptrun_json_member(entry, "dtype");
    const char *name = "float32";
    ptrun_status status = PTRUN_OK;
    if (ptrun_json_kind_of(shape) == PTRUN_JSON_NULL) return PTRUN_OK;
    status = ptrun_json_expect(shape, PTRUN_JSON_ARRAY, PTRUN_ENGINE_FAILED, err);
    ptrun_json_node size = ptrun_json_at(shape, 0);
    for (size_t i = 0; i < ptrun_json_count(shape) && status == PTRUN_OK; i++, size = ptrun_json_next(shape, size)) {
        int64_t value;
        if (i) ptrun_buf_puts(&text, " x ");
        if (ptrun_json_kind_of(size) == PTRUN_JSON_NULL) {
            ptrun_buf_putc(&text, '?');
            continue;
        }
        status = ptrun_json_get_int(size, 0, INT64_C(1) << 53, PTRUN_ENGINE_FAILED, &value, err);
        if (status == PTRUN_OK) ptrun_buf_printf(&text, "%lld", (long long)value);
    }
    if (ptrun_json_count(shape) == 0) ptrun_buf_puts(&text, "scalar");
    if (status == PTRUN_OK && ptrun_json_kind_of(dtype) != PTRUN_JSON_NULL)
        status = ptrun_json_get_string(dtype, PTRUN_ENGINE_FAILED, &name, err);
    if (strcmp(name, "float32") != 0) ptrun_buf_printf(&text, " %s", name);
    if (status == PTRUN_OK && text.failed) status = ptrun_fail_memory(err, "the program's graph");
    if (status == PTRUN_OK) *out = text.data;
    else ptrun_buf_release(&text);
    return status;
}

static ptrun_status read_edges(program *p, ptrun_json_node list, ptrun_error *err)
{
    ptrun_status status = begin_list(list, sizeof *p->edges, &p->edges, &p->n_edges, err);
    ptrun_json_node entry = ptrun_json_at(list, 0);
    for (size_t i = 0; i < p->n_edges && status == PTRUN_OK; i++, entry = ptrun_json_next(list, entry)) {
        edge *e = &p->edges[i];
        status = get_index(entry, "from", p->n_operators, &e->from, err);
        if (status == PTRUN_OK) status = get_index(entry, "to", p->n_operators, &e->to, err);
        if (status == PTRUN_OK) status = read_label(entry, &e->label, err);
    }
    if (status == PTRUN_OK) p->folded = ptrun_mem_zalloc(p->n_edges ? p->n_edges : 1, sizeof *p->folded);
    return status == PTRUN_OK && !p->folded ? ptrun_fail_memory(err, "the program's graph") : status;
}

/* ---- folding ---- */

/* The call at `depth` that `number` is part of; above that depth, itself where it calls no other, else NO_CALL. */
static size_t call_at(const program *p, size_t number, int32_t depth)
{
    while (p->calls[number].depth > depth) number = p->calls[number].caller;
    bool whole = p->calls[number].depth == depth || (number > 0 && !p->calls[number].calls);
    return whole ? number : NO_CALL;
}

static bool is_loose(const program *p, size_t number, int32_t depth)
{
    return number >= FIRST_OPERATOR && call_at(p, p->operators[number].call, depth) == NO_CALL;
}

/* Operators of one call at `depth` share the box of the first one of them. */
static ptrun_status box_calls(program *p, int32_t depth, ptrun_error *err)
{
    size_t *first = ptrun_mem_alloc(p->n_calls, sizeof *first);
    if (!first) return ptrun_fail_memory(err, "the program's graph");
    for (size_t i = 0; i < p->n_calls; i++) first[i] = SIZE_MAX;
    for (size_t i = 0; i < p->n_operators; i++) {
        size_t box = i < FIRST_OPERATOR ? NO_CALL : call_at(p, p->operators[i].call, depth);
        p->operators[i].box = i;
        if (box == NO_CALL) continue;
        if (first[box] == SIZE_MAX) first[box] = i;
        p->operators[i].box = first[box];
    }
    free(first);
    return PTRUN_OK;
}

static int compare_edges(const void *left, const void *right)
{
    const edge *a = left, *b = right;
    if (a->to != b->to) return a->to < b->to ? -1 : 1;
    if (a->from != b->from) return a->from < b->from ? -1 : 1;
    if (!a->label || !b->label) return !!a->label - !!b->label;
    return strcmp(a->label, b->label);
}

/* The edges between boxes, each once. */
static void fold_edges(program *p)
{
    size_t n = 0, kept = 0;
    for (size_t i = 0; i < p->n_edges; i++) {
        edge e = p->edges[i];
        e.from = p->operators[e.from].box, e.to = p->operators[e.to].box;
        if (e.from != e.to) p->folded[n++] = e;
    }
    qsort(p->folded, n, sizeof *p->folded, compare_edges);
    for (size_t i = 0; i < n; i++)
        if (i == 0 || compare_edges(&p->folded[i], &p->folded[kept - 1]) != 0) p->folded[kept++] = p->folded[i];
    p->n_folded = kept;
}

/* The only box on the other side of all edges of each box; SIZE_MAX where there are several, or none. */
static void find_neighbours(const program *p, size_t *before, size_t *after)
{
    const size_t none = SIZE_MAX, several = SIZE_MAX - 1;
    for (size_t i = 0; i < p->n_operators; i++) before[i] = after[i] = none;
    for (size_t i = 0; i < p->n_folded; i++) {
        size_t from = p->folded[i].from, to = p->folded[i].to;
        before[to] = before[to] == none || before[to] == from ? from : several;
        after[from] = after[from] == none || after[from] == to ? to : several;
    }
}

/* Operators in a row that no call holds become one box. Each stands behind what it needs. */
static ptrun_status join_rows(program *p, int32_t depth, ptrun_error *err)
{
    size_t *before = ptrun_mem_alloc(2 * p->n_operators, sizeof *before), *after = before + p->n_operators;
    if (!before) return ptrun_fail_memory(err, "the program's graph");
    find_neighbours(p, before, after);
    for (size_t i = FIRST_OPERATOR; i < p->n_operators; i++) {
        size_t previous = before[i];
        if (p->operators[i].box != i || previous >= p->n_operators || after[previous] != i) continue;
        if (is_loose(p, i, depth) && is_loose(p, previous, depth) && p->operators[i].call == p->operators[previous].call)
            p->operators[i].box = p->operators[previous].box;
    }
    free(before);
    fold_edges(p);
    return PTRUN_OK;
}

static ptrun_status fold(program *p, int32_t depth, ptrun_error *err)
{
    ptrun_status status = box_calls(p, depth, err);
    if (status != PTRUN_OK) return status;
    fold_edges(p);
    return join_rows(p, depth, err);
}

static size_t count_boxes(const program *p)
{
    size_t n = 0;
    for (size_t i = 0; i < p->n_operators; i++) n += p->operators[i].box == i;
    return n;
}

/* The deepest folding that can be read with ease; where none can, the one with the fewest boxes. */
static ptrun_status fold_readably(program *p, int32_t *depth, ptrun_error *err)
{
    size_t fewest = SIZE_MAX;
    *depth = 1;
    for (int32_t d = 1; d <= p->deepest; d++) {
        ptrun_status status = fold(p, d, err);
        if (status != PTRUN_OK) return status;
        size_t n = count_boxes(p);
        if (n <= BOXES_READ_WITH_EASE || n < fewest) *depth = d, fewest = n;
    }
    return fold(p, *depth, err);
}

/* ---- writing ---- */

/* Between quotes, where Graphviz reads \ as an escape. */
static void put_escaped(ptrun_buf *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '"' || *text == '\\') ptrun_buf_putc(out, '\\');
        ptrun_buf_putc(out, (unsigned char)*text < ' ' || *text == 0x7F ? '?' : *text);
    }
}

static void put_path(ptrun_buf *out, const program *p, size_t number)
{
    const call *c = &p->calls[number];
    if (c->depth > 1) {
        put_path(out, p, c->caller);
        ptrun_buf_putc(out, '.');
    }
    put_escaped(out, c->name);
}

/* "aten::relu_" is "relu". */
static void put_operator(ptrun_buf *out, const char *name)
{
    if (strncmp(name, "aten::", 6) == 0) name += 6;
    size_t length = strlen(name);
    ptrun_buf word = {0};
    ptrun_buf_put(&word, name, length > 1 && name[length - 1] == '_' && name[length - 2] != '_' ? length - 1 : length);
    put_escaped(out, ptrun_buf_text(&word));
    out->failed |= word.failed;
    ptrun_buf_release(&word);
}

/* The operators of a row: the first ones by name. */
static void put_row(ptrun_buf *out, const program *p, size_t box)
{
    size_t n = 0;
    for (size_t i = box; i < p->n_operators; i++) {
        if (p->operators[i].box != box) continue;
        if (n++ >= OPERATORS_NAMED) continue;
        if (n > 1) ptrun_buf_puts(out, ", ");
        put_operator(out, p->operators[i].name);
    }
    if (n > OPERATORS_NAMED) ptrun_buf_printf(out, ", and %zu more", n - OPERATORS_NAMED);
}

static void put_box(ptrun_buf *out, const program *p, size_t box, int32_t depth)
{
    size_t number = box < FIRST_OPERATOR ? NO_CALL : call_at(p, p->operators[box].call, depth);
    ptrun_buf_printf(out, "  n%zu [label=\"", box);
    if (number != NO_CALL) {
        put_path(out, p, number);
        ptrun_buf_puts(out, "\\n");
        put_escaped(out, p->calls[number].class_name);
    } else {
        put_row(out, p, box);
    }
    ptrun_buf_puts(out, box < FIRST_OPERATOR ? "\", shape=ellipse];\n"
                        : number == NO_CALL  ? "\", style=\"rounded\"];\n"
                                             : "\"];\n");
}

static void put_graph(ptrun_buf *out, const char *title, const program *p, int32_t depth)
{
    ptrun_buf_puts(out, "digraph \"");
    put_escaped(out, title);
    ptrun_buf_puts(out, "\" {\n  node [shape=box, fontname=\"sans-serif\", fontsize=11];\n"
                        "  edge [fontname=\"sans-serif\", fontsize=9];\n");
    for (size_t i = 0; i < p->n_operators; i++)
        if (p->operators[i].box == i) put_box(out, p, i, depth);
    for (size_t i = 0; i < p->n_folded; i++) {
        const edge *e = &p->folded[i];
        ptrun_buf_printf(out, "  n%zu -> n%zu [", e->from, e->to);
        if (e->label) {
            ptrun_buf_puts(out, "label=\"");
            put_escaped(out, e->label);
            ptrun_buf_puts(out, "\"];\n");
        } else {
            ptrun_buf_puts(out, "style=dashed];\n");
        }
    }
    ptrun_buf_puts(out, "}\n");
}

ptrun_status ptrun_inspect_dot_put(ptrun_buf *out, const char *title, const ptrun_json *structure, int32_t depth,
                                   ptrun_error *err)
{
    program p = {0};
    ptrun_json_node root = ptrun_json_root(structure);
    ptrun_status status = read_calls(&p, ptrun_json_member(root, "calls"), err);
    if (status == PTRUN_OK) status = read_operators(&p, ptrun_json_member(root, "nodes"), err);
    if (status == PTRUN_OK) status = read_edges(&p, ptrun_json_member(root, "edges"), err);
    if (status == PTRUN_OK) status = depth ? fold(&p, depth, err) : fold_readably(&p, &depth, err);
    if (status == PTRUN_OK) put_graph(out, title, &p, depth);
    for (size_t i = 0; i < p.n_edges && p.edges; i++) free(p.edges[i].label);
    free(p.calls);
    free(p.operators);
    free(p.edges);
    free(p.folded);
    return status;
}
