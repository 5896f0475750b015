#include "model/pickle.h"

#include "base/error.h"
#include "base/mem.h"
#include "model/bytes.h"

#include <string.h>

enum { MAX_VALUES = 1 << 22 };

#define MARK UINT32_MAX /* on the stack, where a value's number would be */

typedef struct {
    ptrun_pickle_id value;
    uint32_t next;
} link;

/* A growing array of one kind of thing. */
typedef struct {
    void *data;
    uint32_t count, capacity;
} array;

struct ptrun_pickle {
    const uint8_t *start, *at, *end;
    array values, links; /* [0] is unused in both, so that 0 means none */
    array stack, memo;   /* of ptrun_pickle_id */
    ptrun_pickle_id top;
    bool stopped;
    const char *fault; /* what went wrong; NULL for want of memory */
};

static ptrun_pickle_value *value_at(const ptrun_pickle *p, ptrun_pickle_id id)
{
    return &((ptrun_pickle_value *)p->values.data)[id];
}

static link *link_at(const ptrun_pickle *p, uint32_t index)
{
    return &((link *)p->links.data)[index];
}

static ptrun_pickle_id *id_at(const array *ids, uint32_t index)
{
    return &((ptrun_pickle_id *)ids->data)[index];
}

static bool fail(ptrun_pickle *p, const char *fault)
{
    p->fault = fault;
    return false;
}

/* Make room for one more; new memory is zero. */
static bool grow(ptrun_pickle *p, array *a, size_t size)
{
    if (a->count < a->capacity) return true;
    if (a->count >= 2 * MAX_VALUES) return fail(p, "too many values");
    uint32_t capacity = a->capacity ? 2 * a->capacity : 64;
    char *grown = ptrun_mem_resize(a->data, capacity, size);
    if (!grown) return fail(p, NULL);
    memset(grown + a->capacity * size, 0, (capacity - a->capacity) * size);
    a->data = grown;
    a->capacity = capacity;
    return true;
}

static bool push_id(ptrun_pickle *p, ptrun_pickle_id id)
{
    if (!grow(p, &p->stack, sizeof id)) return false;
    *id_at(&p->stack, p->stack.count++) = id;
    return true;
}

/* A new value, not yet on the stack. */
static bool make(ptrun_pickle *p, ptrun_pickle_value value, ptrun_pickle_id *id)
{
    if (p->values.count >= MAX_VALUES) return fail(p, "too many values");
    if (!grow(p, &p->values, sizeof value)) return false;
    *id = p->values.count++;
    *value_at(p, *id) = value;
    return true;
}

static bool push(ptrun_pickle *p, ptrun_pickle_value value)
{
    ptrun_pickle_id id;
    return make(p, value, &id) && push_id(p, id);
}

static bool pop(ptrun_pickle *p, ptrun_pickle_id *id)
{
    if (p->stack.count == 0 || *id_at(&p->stack, p->stack.count - 1) == MARK)
        return fail(p, "a value is missing");
    *id = *id_at(&p->stack, --p->stack.count);
    return true;
}

static bool adopt(ptrun_pickle *p, ptrun_pickle_id parent, ptrun_pickle_id child)
{
    if (!grow(p, &p->links, sizeof(link))) return false;
    uint32_t added = p->links.count++;
    *link_at(p, added) = (link){.value = child};
    ptrun_pickle_value *value = value_at(p, parent);
    if (value->last) link_at(p, value->last)->next = added;
    else value->first = added;
    value->last = added;
    value->n_children++;
    return true;
}

/* The stack's values above the last mark become children of `parent`; the mark goes too. */
static bool adopt_to_mark(ptrun_pickle *p, uint32_t mark, ptrun_pickle_id parent)
{
    for (uint32_t i = mark + 1; i < p->stack.count; i++)
        if (!adopt(p, parent, *id_at(&p->stack, i))) return false;
    p->stack.count = mark;
    return true;
}

static bool find_mark(ptrun_pickle *p, uint32_t *mark)
{
    for (*mark = p->stack.count; (*mark)-- > 0;)
        if (*id_at(&p->stack, *mark) == MARK) return true;
    return fail(p, "a mark is missing");
}

static bool take(ptrun_pickle *p, size_t length, const uint8_t **bytes)
{
    if ((size_t)(p->end - p->at) < length) return fail(p, "it ends too early");
    *bytes = p->at;
    p->at += length;
    return true;
}

/* A little-endian number of 1, 2, 4 or 8 bytes. */
static bool take_number(ptrun_pickle *p, int width, uint64_t *number)
{
    const uint8_t *bytes;
    if (!take(p, (size_t)width, &bytes)) return false;
    *number = width == 1   ? bytes[0]
              : width == 2 ? ptrun_le16(bytes)
              : width == 4 ? ptrun_le32(bytes)
                           : ptrun_le64(bytes);
    return true;
}

static ptrun_pickle_value string_value(const uint8_t *bytes, size_t length)
{
    return (ptrun_pickle_value){.kind = PTRUN_PICKLE_STRING, .text = {(const char *)bytes, length}};
}

/* Operations. `argument` comes from the table below. */

static bool do_skip(ptrun_pickle *p, int width)
{
    const uint8_t *bytes;
    return take(p, (size_t)width, &bytes);
}

static bool do_constant(ptrun_pickle *p, int constant)
{
    if (constant < 0) return push(p, (ptrun_pickle_value){.kind = PTRUN_PICKLE_NONE});
    return push(p, (ptrun_pickle_value){.kind = PTRUN_PICKLE_BOOL, .number = constant});
}

/* Unsigned but for the four bytes of BININT. */
static bool do_int(ptrun_pickle *p, int width)
{
    uint64_t number;
    if (!take_number(p, width, &number)) return false;
    return push(p, (ptrun_pickle_value){.kind = PTRUN_PICKLE_INT,
                                        .number = width == 4 ? (int32_t)(uint32_t)number : (int64_t)number});
}

static bool do_long(ptrun_pickle *p, int width)
{
    uint64_t length, number = 0;
    const uint8_t *bytes;
    if (!take_number(p, width, &length) || !take(p, (size_t)length, &bytes)) return false;
    if (length > 8) return push(p, string_value(bytes, (size_t)length));
    if (length > 0 && bytes[length - 1] & 0x80) number = UINT64_MAX;
    for (uint64_t i = length; i-- > 0;) number = number << 8 | bytes[i];
    return push(p, (ptrun_pickle_value){.kind = PTRUN_PICKLE_INT, .number = (int64_t)number});
}

static bool do_float(ptrun_pickle *p, int width)
{
    const uint8_t *bytes;
    uint64_t bits = 0;
    ptrun_pickle_value value = {.kind = PTRUN_PICKLE_FLOAT};
    if (!take(p, (size_t)width, &bytes)) return false;
    for (int i = 0; i < width; i++) bits = bits << 8 | bytes[i]; /* the one big-endian thing in a pickle */
    memcpy(&value.real, &bits, sizeof value.real);
    return push(p, value);
}

static bool do_text(ptrun_pickle *p, int width)
{
    uint64_t length;
    const uint8_t *bytes;
    return take_number(p, width, &length) && take(p, (size_t)length, &bytes) &&
           push(p, string_value(bytes, (size_t)length));
}

static bool do_empty(ptrun_pickle *p, int kind)
{
    return push(p, (ptrun_pickle_value){.kind = (ptrun_pickle_kind)kind});
}

static bool do_mark(ptrun_pickle *p, int unused)
{
    (void)unused;
    return push_id(p, MARK);
}

static bool do_pop(ptrun_pickle *p, int unused)
{
    (void)unused;
    if (p->stack.count == 0) return fail(p, "a value is missing");
    p->stack.count--;
    return true;
}

static bool do_pop_mark(ptrun_pickle *p, int unused)
{
    (void)unused;
    return find_mark(p, &p->stack.count);
}

static bool do_duplicate(ptrun_pickle *p, int unused)
{
    (void)unused;
    ptrun_pickle_id id;
    return pop(p, &id) && push_id(p, id) && push_id(p, id);
}

/* A list, tuple, set or dict of everything above the mark. */
static bool do_collect(ptrun_pickle *p, int kind)
{
    uint32_t mark;
    ptrun_pickle_id id;
    return find_mark(p, &mark) && make(p, (ptrun_pickle_value){.kind = (ptrun_pickle_kind)kind}, &id) &&
           adopt_to_mark(p, mark, id) && push_id(p, id);
}

/* A value whose children are the `count` topmost ones. */
static bool make_of_top(ptrun_pickle *p, ptrun_pickle_kind kind, uint32_t count)
{
    ptrun_pickle_id children[3], id;
    for (uint32_t i = count; i-- > 0;)
        if (!pop(p, &children[i])) return false;
    if (!make(p, (ptrun_pickle_value){.kind = kind}, &id)) return false;
    for (uint32_t i = 0; i < count; i++)
        if (!adopt(p, id, children[i])) return false;
    return push_id(p, id);
}

static bool do_tuple(ptrun_pickle *p, int count)
{
    return make_of_top(p, PTRUN_PICKLE_LIST, (uint32_t)count);
}

static bool do_call(ptrun_pickle *p, int n_arguments)
{
    return make_of_top(p, PTRUN_PICKLE_CALL, (uint32_t)n_arguments + 1);
}

static bool do_reference(ptrun_pickle *p, int unused)
{
    (void)unused;
    return make_of_top(p, PTRUN_PICKLE_REF, 1);
}

static bool do_stack_class(ptrun_pickle *p, int unused)
{
    (void)unused;
    return make_of_top(p, PTRUN_PICKLE_CLASS, 2);
}

static bool push_line(ptrun_pickle *p)
{
    const uint8_t *newline = memchr(p->at, '\n', (size_t)(p->end - p->at)), *line = p->at;
    if (!newline) return fail(p, "it ends too early");
    p->at = newline + 1;
    return push(p, string_value(line, (size_t)(newline - line)));
}

static bool do_class(ptrun_pickle *p, int unused)
{
    return push_line(p) && push_line(p) && do_stack_class(p, unused);
}

/* Containers and objects take more children after they were made. */
static bool check_open(ptrun_pickle *p, uint32_t below_top)
{
    if (p->stack.count <= below_top) return fail(p, "a value is missing");
    ptrun_pickle_id id = *id_at(&p->stack, p->stack.count - 1 - below_top);
    if (id == MARK) return fail(p, "a value is missing");
    ptrun_pickle_kind kind = value_at(p, id)->kind;
    bool open = kind == PTRUN_PICKLE_LIST || kind == PTRUN_PICKLE_DICT || kind == PTRUN_PICKLE_CALL;
    return open || fail(p, "a value that holds no others is given one");
}

static bool do_append(ptrun_pickle *p, int count)
{
    if (!check_open(p, (uint32_t)count)) return false;
    uint32_t first = p->stack.count - (uint32_t)count;
    ptrun_pickle_id parent = *id_at(&p->stack, first - 1);
    for (uint32_t i = first; i < p->stack.count; i++) {
        if (*id_at(&p->stack, i) == MARK) return fail(p, "a value is missing");
        if (!adopt(p, parent, *id_at(&p->stack, i))) return false;
    }
    p->stack.count = first;
    return true;
}

static bool do_append_to_mark(ptrun_pickle *p, int unused)
{
    (void)unused;
    uint32_t mark;
    if (!find_mark(p, &mark) || !check_open(p, p->stack.count - mark)) return false;
    return adopt_to_mark(p, mark, *id_at(&p->stack, mark - 1));
}

static bool do_build(ptrun_pickle *p, int unused)
{
    (void)unused;
    ptrun_pickle_id state;
    if (!pop(p, &state) || !check_open(p, 0)) return false;
    value_at(p, *id_at(&p->stack, p->stack.count - 1))->state = state;
    return true;
}

static bool remember(ptrun_pickle *p, uint64_t place)
{
    ptrun_pickle_id id;
    if (place >= MAX_VALUES) return fail(p, "too many values");
    if (!pop(p, &id) || !push_id(p, id)) return false;
    while (p->memo.count <= place) {
        if (!grow(p, &p->memo, sizeof id)) return false;
        *id_at(&p->memo, p->memo.count++) = 0;
    }
    *id_at(&p->memo, (uint32_t)place) = id;
    return true;
}

static bool do_put(ptrun_pickle *p, int width)
{
    uint64_t place;
    return take_number(p, width, &place) && remember(p, place);
}

static bool do_memoize(ptrun_pickle *p, int unused)
{
    (void)unused;
    return remember(p, p->memo.count);
}

static bool do_get(ptrun_pickle *p, int width)
{
    uint64_t place;
    if (!take_number(p, width, &place)) return false;
    if (place >= p->memo.count || !*id_at(&p->memo, (uint32_t)place)) return fail(p, "an unknown memo");
    return push_id(p, *id_at(&p->memo, (uint32_t)place));
}

static bool do_stop(ptrun_pickle *p, int unused)
{
    (void)unused;
    p->stopped = true;
    return pop(p, &p->top);
}

/* By opcode (Python's pickletools). */
static const struct {
    bool (*run)(ptrun_pickle *p, int argument);
    int argument;
} operations[256] = {
    [0x80] = {do_skip, 1}, /* PROTO */
    [0x95] = {do_skip, 8}, /* FRAME */
    ['N'] = {do_constant, -1},
    [0x88] = {do_constant, 1},
    [0x89] = {do_constant, 0},
    ['J'] = {do_int, 4},
    ['K'] = {do_int, 1},
    ['M'] = {do_int, 2},
    [0x8a] = {do_long, 1},
    [0x8b] = {do_long, 4},
    ['G'] = {do_float, 8},
    ['X'] = {do_text, 4},  /* BINUNICODE */
    [0x8c] = {do_text, 1}, /* SHORT_BINUNICODE */
    [0x8d] = {do_text, 8}, /* BINUNICODE8 */
    ['T'] = {do_text, 4},  /* BINSTRING */
    ['U'] = {do_text, 1},  /* SHORT_BINSTRING */
    ['B'] = {do_text, 4},  /* BINBYTES */
    ['C'] = {do_text, 1},  /* SHORT_BINBYTES */
    [0x8e] = {do_text, 8}, /* BINBYTES8 */
    [0x96] = {do_text, 8}, /* BYTEARRAY8 */
    ['}'] = {do_empty, PTRUN_PICKLE_DICT},
    [']'] = {do_empty, PTRUN_PICKLE_LIST},
    [')'] = {do_empty, PTRUN_PICKLE_LIST},
    [0x8f] = {do_empty, PTRUN_PICKLE_LIST}, /* EMPTY_SET */
    ['('] = {do_mark, 0},
    ['0'] = {do_pop, 0},
    ['1'] = {do_pop_mark, 0},
    ['2'] = {do_duplicate, 0},
    ['t'] = {do_collect, PTRUN_PICKLE_LIST},
    ['l'] = {do_collect, PTRUN_PICKLE_LIST},
    [0x91] = {do_collect, PTRUN_PICKLE_LIST}, /* FROZENSET */
    ['d'] = {do_collect, PTRUN_PICKLE_DICT},
    [0x85] = {do_tuple, 1},
    [0x86] = {do_tuple, 2},
    [0x87] = {do_tuple, 3},
    ['R'] = {do_call, 1},  /* REDUCE */
    [0x81] = {do_call, 1}, /* NEWOBJ */
    [0x92] = {do_call, 2}, /* NEWOBJ_EX */
    ['Q'] = {do_reference, 0},
    ['c'] = {do_class, 0},
    [0x93] = {do_stack_class, 0},
    ['a'] = {do_append, 1},
    ['s'] = {do_append, 2},
    ['e'] = {do_append_to_mark, 0},
    ['u'] = {do_append_to_mark, 0},
    [0x90] = {do_append_to_mark, 0}, /* ADDITEMS */
    ['b'] = {do_build, 0},
    ['q'] = {do_put, 1},
    ['r'] = {do_put, 4},
    [0x94] = {do_memoize, 0},
    ['h'] = {do_get, 1},
    ['j'] = {do_get, 4},
    ['.'] = {do_stop, 0},
};

static bool run(ptrun_pickle *p)
{
    ptrun_pickle_id none;
    if (!make(p, (ptrun_pickle_value){0}, &none) || !grow(p, &p->links, sizeof(link))) return false;
    p->links.count = 1;
    while (!p->stopped) {
        const uint8_t *opcode;
        if (!take(p, 1, &opcode)) return false;
        if (!operations[*opcode].run) return fail(p, "an unknown operation");
        if (!operations[*opcode].run(p, operations[*opcode].argument)) return false;
    }
    return true;
}

ptrun_status ptrun_pickle_open(ptrun_pickle **out, const uint8_t *bytes, size_t size, size_t *used,
                               ptrun_error *err)
{
    *out = NULL;
    ptrun_pickle *p = ptrun_mem_zalloc(1, sizeof *p);
    if (!p) return ptrun_fail_memory(err, "a pickle");
    p->start = p->at = bytes;
    p->end = bytes + size;
    if (run(p)) {
        *used = (size_t)(p->at - p->start);
        *out = p;
        return PTRUN_OK;
    }
    ptrun_status status = PTRUN_OK;
    if (p->fault)
        status = ptrun_fail(err, PTRUN_MODEL_CORRUPT, "the pickle cannot be read: %s (byte %zu)", p->fault,
                            (size_t)(p->at - p->start));
    else status = ptrun_fail_memory(err, "a pickle");
    ptrun_pickle_close(&p);
    return status;
}

void ptrun_pickle_close(ptrun_pickle **pickle)
{
    ptrun_pickle *p = *pickle;
    if (p) {
        ptrun_mem_release(&p->values.data);
        ptrun_mem_release(&p->links.data);
        ptrun_mem_release(&p->stack.data);
        ptrun_mem_release(&p->memo.data);
    }
    ptrun_mem_release(pickle);
}

ptrun_pickle_id ptrun_pickle_top(const ptrun_pickle *pickle)
{
    return pickle->top;
}

size_t ptrun_pickle_count(const ptrun_pickle *pickle)
{
    return pickle->values.count;
}

const ptrun_pickle_value *ptrun_pickle_get(const ptrun_pickle *pickle, ptrun_pickle_id id)
{
    return value_at(pickle, id);
}

ptrun_pickle_id ptrun_pickle_next(const ptrun_pickle *pickle, uint32_t *link_number)
{
    const link *found = link_at(pickle, *link_number);
    *link_number = found->next;
    return found->value;
}

ptrun_pickle_id ptrun_pickle_child(const ptrun_pickle *pickle, ptrun_pickle_id id, uint32_t index)
{
    uint32_t at = value_at(pickle, id)->first;
    ptrun_pickle_id child = ptrun_pickle_next(pickle, &at);
    while (child && index-- > 0) child = ptrun_pickle_next(pickle, &at);
    return child;
}

bool ptrun_pickle_is_text(const ptrun_pickle *pickle, ptrun_pickle_id id, const char *text)
{
    const ptrun_pickle_value *value = value_at(pickle, id);
    return value->kind == PTRUN_PICKLE_STRING && value->text.length == strlen(text) &&
           memcmp(value->text.at, text, value->text.length) == 0;
}

bool ptrun_pickle_is_class(const ptrun_pickle *pickle, ptrun_pickle_id id, const char *module,
                           const char *name)
{
    return value_at(pickle, id)->kind == PTRUN_PICKLE_CLASS &&
           ptrun_pickle_is_text(pickle, ptrun_pickle_child(pickle, id, 0), module) &&
           ptrun_pickle_is_text(pickle, ptrun_pickle_child(pickle, id, 1), name);
}
