#include "pipeline/feed.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/mem.h"
#include "base/thread.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct {
    ptrun_feed *feed;
    ptrun_preparer *preparer;
    pthread_t thread;
} worker;

/* `claiming` is held while an input is taken from the source, which may wait for a stream; `lock` guards
 * the ring and is only held for moments. Order: claiming, then lock. */
struct ptrun_feed {
    ptrun_feed_options options;
    ptrun_source *source;
    const ptrun_prep *prep;
    pthread_mutex_t claiming;

    pthread_mutex_t lock;
    pthread_cond_t space; /* a batch was recycled, or the feed ends */
    pthread_cond_t whole; /* a batch became whole, or the source ended */
    pthread_cond_t done;  /* a batch has its outcomes, or the source ended */
    ptrun_batch *ring;
    uint64_t depth;
    uint64_t head;     /* batches recycled */
    uint64_t taken;    /* batches taken: [head, taken) are run or done */
    uint64_t tail;     /* batches closed: [taken, tail) are being filled or whole; `tail` is the open one */
    bool ended;        /* no more inputs */
    bool left;         /* no more batches to take */
    ptrun_layout layout; /* of batches to come */
    int32_t idle;      /* forwards that wait in ptrun_feed_take */
    int64_t opened_at; /* when the open batch was given its first input */
    ptrun_error error; /* of the source */
    ptrun_prepare_times times;

    worker *workers;
    int32_t n_workers; /* that run */
};

static ptrun_batch *slot(const ptrun_feed *feed, uint64_t number)
{
    return &feed->ring[number % feed->depth];
}

static bool stopping(const ptrun_feed *feed)
{
    return feed->options.stop && atomic_load_explicit(feed->options.stop, memory_order_relaxed);
}

/* With the lock held: the open batch takes no more. */
static void close_batch(ptrun_feed *feed)
{
    if (slot(feed, feed->tail)->pending == 0) pthread_cond_broadcast(&feed->whole);
    feed->tail++;
}

/* With the lock held: no more inputs come; what is open is closed. */
static void end_feed(ptrun_feed *feed)
{
    if (feed->ended) return;
    feed->ended = true;
    if (feed->tail - feed->head < feed->depth && slot(feed, feed->tail)->count) close_batch(feed);
    pthread_cond_broadcast(&feed->space);
    pthread_cond_broadcast(&feed->whole);
    pthread_cond_broadcast(&feed->done);
}

/* With the lock held: wait for an open batch. False: the feed has ended. */
static bool wait_for_space(ptrun_feed *feed)
{
    while (!feed->ended && feed->tail - feed->head == feed->depth) pthread_cond_wait(&feed->space, &feed->lock);
    if (stopping(feed)) end_feed(feed);
    return !feed->ended;
}

/* With the lock held: how long the source may keep us. An input that is there waits for others no longer than
 * batch_wait_ms and no longer than the engine is busy, which is looked at each millisecond. */
static int patience(const ptrun_feed *feed)
{
    if (slot(feed, feed->tail)->count == 0) return -1;
    int64_t left = feed->opened_at + feed->options.batch_wait_ms * INT64_C(1000000) - ptrun_clock_now();
    if (left > 0) return (int)(left / 1000000) + 1;
    return feed->idle > 0 ? 0 : 1;
}

/* With the lock held: the source's answer for place `count` of the open batch. Whether the place is taken. */
static bool take_place(ptrun_feed *feed, ptrun_status status, ptrun_source_event event, const ptrun_error *error)
{
    ptrun_batch *open = slot(feed, feed->tail);
    if (feed->ended) return false;
    if (status == PTRUN_OK && event == PTRUN_SOURCE_INPUT) {
        if (open->count == 0) open->layout = feed->layout, feed->opened_at = ptrun_clock_now();
        open->count++;
        open->pending++;
        if (open->count == open->places) close_batch(feed);
        return true;
    }
    if (status != PTRUN_OK || event == PTRUN_SOURCE_END) {
        feed->error = *error;
        end_feed(feed);
    } else if (feed->idle > 0 && patience(feed) == 0) {
        close_batch(feed);
    }
    return false;
}

/* With `claiming` held: the next input and its place. False: the feed has ended. */
static bool claim_next(ptrun_feed *feed, ptrun_batch **batch, int32_t *place)
{
    for (;;) {
        pthread_mutex_lock(&feed->lock);
        bool open = wait_for_space(feed);
        *batch = slot(feed, feed->tail);
        *place = (*batch)->count;
        int wait_ms = open ? patience(feed) : 0;
        pthread_mutex_unlock(&feed->lock);
        if (!open) return false;

        ptrun_source_event event;
        ptrun_error error = {0};
        ptrun_item *item = &(*batch)->items[*place]; /* nobody else touches a place that is not counted yet */
        ptrun_status status = ptrun_source_next(feed->source, wait_ms, &item->input, &event, &error);

        pthread_mutex_lock(&feed->lock);
        bool taken = take_place(feed, status, event, &error);
        pthread_mutex_unlock(&feed->lock);
        if (taken) return true;
    }
}

static bool claim(ptrun_feed *feed, ptrun_batch **batch, int32_t *place)
{
    pthread_mutex_lock(&feed->claiming);
    bool taken = claim_next(feed, batch, place);
    pthread_mutex_unlock(&feed->claiming);
    return taken;
}

static ptrun_status give_shape(ptrun_batch *batch, const ptrun_image *image, ptrun_error *err)
{
    const int64_t dims[3] = {image->channels, image->height, image->width};
    if (memcmp(batch->dims, dims, sizeof dims) == 0) return PTRUN_OK;
    if (batch->places > 1) /* fixed by the recipe when the batch was opened */
        return ptrun_fail(err, PTRUN_INTERNAL, "an image of another size in a batch");
    return ptrun_batch_shape(batch, dims[0], dims[1], dims[2], err);
}

static ptrun_status prepare(ptrun_preparer *preparer, ptrun_batch *batch, int32_t place)
{
    ptrun_item *item = &batch->items[place];
    ptrun_error *err = &item->error;
    *err = item->input.error;
    if (err->status != PTRUN_OK) return err->status;
    ptrun_status status = ptrun_prepare_file(preparer, item->input.is_stdin ? NULL : item->input.path.data, err);
    const ptrun_image_info *info = ptrun_prepare_info(preparer);
    item->width = info->width, item->height = info->height;
    const ptrun_image *resized = NULL;
    if (status == PTRUN_OK) status = ptrun_prepare_resize(preparer, &resized, err);
    if (status == PTRUN_OK) status = give_shape(batch, resized, err);
    if (status == PTRUN_OK) ptrun_prepare_tensor(preparer, batch->layout, ptrun_batch_place(batch, place));
    return status;
}

static void *work(void *argument)
{
    worker *self = argument;
    ptrun_feed *feed = self->feed;
    ptrun_batch *batch;
    int32_t place;
    while (claim(feed, &batch, &place)) {
        if (prepare(self->preparer, batch, place) != PTRUN_OK && batch->tensor)
            memset(ptrun_batch_place(batch, place), 0, ptrun_batch_stride(batch) * sizeof(float));
        pthread_mutex_lock(&feed->lock);
        if (--batch->pending == 0) pthread_cond_broadcast(&feed->whole);
        pthread_mutex_unlock(&feed->lock);
    }
    return NULL;
}

static ptrun_status open_ring(ptrun_feed *feed, ptrun_error *err)
{
    /* For every forward a batch that runs and one that is whole, and places enough for every worker. */
    uint64_t batch = (uint64_t)feed->options.batch, filling = ((uint64_t)feed->options.jobs + batch - 1) / batch;
    feed->depth = filling + 2 * (uint64_t)feed->options.forwards;
    feed->ring = ptrun_mem_zalloc(feed->depth, sizeof *feed->ring);
    if (!feed->ring) return ptrun_fail_memory(err, "the batches");
    const ptrun_recipe *recipe = ptrun_prep_recipe(feed->prep);
    int32_t width, height;
    bool fixed = ptrun_recipe_fixed_size(recipe, &width, &height);
    ptrun_status status = PTRUN_OK;
    for (uint64_t i = 0; i < feed->depth && status == PTRUN_OK; i++) {
        status = ptrun_batch_open(&feed->ring[i], feed->options.batch, err);
        if (status == PTRUN_OK && fixed)
            status = ptrun_batch_shape(&feed->ring[i], ptrun_recipe_channels(recipe), height, width, err);
    }
    return status;
}

static ptrun_status start_worker(ptrun_feed *feed, ptrun_error *err)
{
    worker *w = &feed->workers[feed->n_workers];
    w->feed = feed;
    ptrun_status status = ptrun_preparer_open(&w->preparer, feed->prep, feed->options.max_pixels, err);
    if (status != PTRUN_OK) return status;
    int failure = ptrun_thread_start(&w->thread, work, w);
    if (!failure) return feed->n_workers++, PTRUN_OK;
    ptrun_preparer_close(&w->preparer);
    return ptrun_fail(err, PTRUN_OUT_OF_MEMORY, "no thread can be started: %s", strerrordesc_np(failure));
}

/* Fewer workers than planned do the same work. */
static ptrun_status start_workers(ptrun_feed *feed, ptrun_error *err)
{
    feed->workers = ptrun_mem_zalloc((size_t)feed->options.jobs, sizeof *feed->workers);
    if (!feed->workers) return ptrun_fail_memory(err, "the workers");
    ptrun_status status = PTRUN_OK;
    ptrun_error failure = {0};
    while (feed->n_workers < feed->options.jobs && status == PTRUN_OK) status = start_worker(feed, &failure);
    if (feed->n_workers > 0) return PTRUN_OK;
    *err = failure;
    return status;
}

/* Waiting must not depend on the wall clock. */
static bool init_sync(ptrun_feed *feed)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0) return false;
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    bool ready = pthread_mutex_init(&feed->claiming, NULL) == 0 && pthread_mutex_init(&feed->lock, NULL) == 0 &&
                 pthread_cond_init(&feed->space, &attributes) == 0 && pthread_cond_init(&feed->whole, &attributes) == 0 &&
                 pthread_cond_init(&feed->done, &attributes) == 0;
    pthread_condattr_destroy(&attributes);
    return ready;
}

ptrun_status ptrun_feed_open(ptrun_feed **out, const ptrun_feed_options *options, ptrun_source *source,
                             const ptrun_prep *prep, ptrun_error *err)
{
    *out = NULL;
    ptrun_feed *feed = ptrun_mem_zalloc(1, sizeof *feed);
    if (!feed) return ptrun_fail_memory(err, "the workers");
    feed->options = *options;
    feed->source = source;
    feed->prep = prep;
    if (!init_sync(feed)) return free(feed), ptrun_fail(err, PTRUN_INTERNAL, "no lock can be made");
    ptrun_status status = open_ring(feed, err);
    if (status == PTRUN_OK) status = start_workers(feed, err);
    if (status != PTRUN_OK) ptrun_feed_close(&feed);
    *out = feed;
    return status;
}

static void add_times(ptrun_prepare_times *sum, const ptrun_prepare_times *times)
{
    sum->read += times->read;
    sum->decode += times->decode;
    sum->resize += times->resize;
    sum->tensor += times->tensor;
}

static void join_workers(ptrun_feed *feed)
{
    if (feed->n_workers == 0) return; /* all joined, or none ever started: then there may be no ring, either */
    pthread_mutex_lock(&feed->lock);
    end_feed(feed);
    pthread_mutex_unlock(&feed->lock);
    for (int32_t i = 0; i < feed->n_workers; i++) {
        worker *w = &feed->workers[i];
        pthread_join(w->thread, NULL);
        add_times(&feed->times, ptrun_prepare_times_of(w->preparer));
        ptrun_preparer_close(&w->preparer);
    }
    feed->n_workers = 0;
}

void ptrun_feed_close(ptrun_feed **feed)
{
    if (!*feed) return;
    join_workers(*feed);
    for (uint64_t i = 0; (*feed)->ring && i < (*feed)->depth; i++) ptrun_batch_release(&(*feed)->ring[i]);
    free((*feed)->ring);
    free((*feed)->workers);
    pthread_cond_destroy(&(*feed)->space);
    pthread_cond_destroy(&(*feed)->whole);
    pthread_cond_destroy(&(*feed)->done);
    pthread_mutex_destroy(&(*feed)->lock);
    pthread_mutex_destroy(&(*feed)->claiming);
    ptrun_mem_release(feed);
}

/* A tenth of a second at most, so that a stop flag set by a signal handler is seen. */
static void wait_a_moment(ptrun_feed *feed, pthread_cond_t *condition)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += 100 * 1000 * 1000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_cond_timedwait(condition, &feed->lock, &until);
    if (stopping(feed)) end_feed(feed);
}

/* With the lock held: wait until there is a batch to take, or never will be. */
static bool wait_for_batch(ptrun_feed *feed)
{
    feed->idle++;
    if (stopping(feed)) end_feed(feed);
    while (!feed->left && !(feed->taken < feed->tail && slot(feed, feed->taken)->pending == 0) &&
           !(feed->ended && feed->taken == feed->tail))
        wait_a_moment(feed, &feed->whole);
    feed->idle--;
    return !feed->left && feed->taken < feed->tail;
}

const ptrun_batch *ptrun_feed_first(ptrun_feed *feed)
{
    pthread_mutex_lock(&feed->lock);
    ptrun_batch *batch = wait_for_batch(feed) ? slot(feed, feed->taken) : NULL;
    pthread_mutex_unlock(&feed->lock);
    if (batch && batch->tensor) /* a batch that is closed is no worker's any more */
        memset(ptrun_batch_place(batch, batch->count), 0,
               (size_t)(batch->places - batch->count) * ptrun_batch_stride(batch) * sizeof(float));
    return batch;
}

void ptrun_feed_use(ptrun_feed *feed, ptrun_layout layout)
{
    pthread_mutex_lock(&feed->lock);
    feed->layout = layout;
    pthread_mutex_unlock(&feed->lock);
}

ptrun_batch *ptrun_feed_take(ptrun_feed *feed)
{
    pthread_mutex_lock(&feed->lock);
    ptrun_batch *batch = wait_for_batch(feed) ? slot(feed, feed->taken++) : NULL;
    pthread_mutex_unlock(&feed->lock);
    return batch;
}

void ptrun_feed_give(ptrun_feed *feed, ptrun_batch *batch)
{
    pthread_mutex_lock(&feed->lock);
    batch->done = true;
    pthread_cond_signal(&feed->done);
    pthread_mutex_unlock(&feed->lock);
}

ptrun_status ptrun_feed_next(ptrun_feed *feed, ptrun_batch **batch, ptrun_error *err)
{
    pthread_mutex_lock(&feed->lock);
    while (!(feed->head < feed->taken && slot(feed, feed->head)->done) && !(feed->ended && feed->head == feed->tail))
        wait_a_moment(feed, &feed->done);
    *batch = feed->head < feed->tail ? slot(feed, feed->head) : NULL;
    if (!*batch) *err = feed->error;
    pthread_mutex_unlock(&feed->lock);
    return *batch ? PTRUN_OK : err->status;
}

void ptrun_feed_recycle(ptrun_feed *feed)
{
    pthread_mutex_lock(&feed->lock);
    ptrun_batch *batch = slot(feed, feed->head++);
    batch->count = 0;
    batch->done = false;
    pthread_cond_broadcast(&feed->space);
    pthread_mutex_unlock(&feed->lock);
}

void ptrun_feed_leave(ptrun_feed *feed)
{
    pthread_mutex_lock(&feed->lock);
    feed->left = true;
    end_feed(feed);
    pthread_cond_broadcast(&feed->whole);
    pthread_mutex_unlock(&feed->lock);
}

ptrun_prepare_times ptrun_feed_times(ptrun_feed *feed)
{
    join_workers(feed);
    return feed->times;
}
