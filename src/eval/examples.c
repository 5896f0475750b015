#include "eval/examples.h"

#include "base/mem.h"

#include <stdlib.h>

bool ptrun_examples_open(ptrun_eval_list *list, size_t capacity)
{
    list->items = ptrun_mem_zalloc(capacity, sizeof *list->items);
    list->capacity = list->items ? capacity : 0;
    return list->items != NULL;
}

void ptrun_examples_release(ptrun_eval_list *list)
{
    for (size_t i = 0; i < list->count; i++) free(list->items[i].path);
    free(list->items);
    *list = (ptrun_eval_list){0};
}

/* Whether a tells more than b. */
static bool tells_more(bool low, const ptrun_eval_example *a, const ptrun_eval_example *b)
{
    if (a->score != b->score) return low ? a->score < b->score : a->score > b->score;
    return a->number < b->number;
}

/* Move the example at `place` down to where it belongs; the least telling is the heap's root. */
static void sink(ptrun_eval_list *list, size_t count, size_t place)
{
    ptrun_eval_example moving = list->items[place];
    for (size_t child = 2 * place + 1; child < count; child = 2 * place + 1) {
        if (child + 1 < count && tells_more(list->low, &list->items[child], &list->items[child + 1])) child++;
        if (!tells_more(list->low, &moving, &list->items[child])) break;
        list->items[place] = list->items[child];
        place = child;
    }
    list->items[place] = moving;
}

static void rise(ptrun_eval_list *list, size_t place)
{
    ptrun_eval_example moving = list->items[place];
    for (size_t parent; place > 0; place = parent) {
        parent = (place - 1) / 2;
        if (!tells_more(list->low, &list->items[parent], &moving)) break;
        list->items[place] = list->items[parent];
    }
    list->items[place] = moving;
}

bool ptrun_examples_add(ptrun_eval_list *list, const ptrun_record *record, int64_t truth)
{
    ptrun_eval_example example = {.path_length = record->path_length,
                                  .number = record->number,
                                  .truth = truth,
                                  .predicted = record->top[0].index,
                                  .score = record->top[0].score};
    bool full = list->count == list->capacity;
    if (full && (list->count == 0 || !tells_more(list->low, &example, &list->items[0]))) return true;
    example.path = ptrun_mem_strdup(record->path, record->path_length);
    if (!example.path) return false;
    if (full) {
        free(list->items[0].path);
        list->items[0] = example;
        sink(list, list->count, 0);
    } else {
        list->items[list->count] = example;
        rise(list, list->count++);
    }
    return true;
}

/* The heap's root, the least telling, goes to the end again and again. */
void ptrun_examples_sort(ptrun_eval_list *list)
{
    for (size_t count = list->count; count > 1; count--) {
        ptrun_eval_example least = list->items[0];
        list->items[0] = list->items[count - 1];
        sink(list, count - 1, 0);
        list->items[count - 1] = least;
    }
}
