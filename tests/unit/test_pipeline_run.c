#include "pipeline/pipeline.h"

#include "base/error.h"
#include "check.h"

#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { FILES = 203, CLASSES = 4 };

static char root[] = "/tmp/ptrun-pipeline-XXXXXX";

/* ---- images that are a number: 0 ... 65535 in red and green ------------------------------------------------- */

static void put_le32(unsigned char *at, uint32_t value)
{
    for (int i = 0; i < 4; i++) at[i] = (unsigned char)(value >> 8 * i);
}

/* A BMP of 24 bits, width x height pixels of one colour. */
static void write_bmp(const char *path, uint32_t number, uint32_t width, uint32_t height)
{
    uint32_t stride = (width * 3 + 3) & ~3u, size = 54 + stride * height;
    unsigned char *bytes = calloc(1, size);
    memcpy(bytes, "BM", 2);
    put_le32(bytes + 2, size), put_le32(bytes + 10, 54), put_le32(bytes + 14, 40);
    put_le32(bytes + 18, width), put_le32(bytes + 22, height), put_le32(bytes + 26, 1 | 24 << 16);
    for (uint32_t y = 0; y < height; y++)
        for (uint32_t x = 0; x < width; x++) {
            bytes[54 + y * stride + 3 * x + 1] = (unsigned char)(number >> 8);
            bytes[54 + y * stride + 3 * x + 2] = (unsigned char)number;
        }
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    CHECK(fd >= 0 && write(fd, bytes, size) == (ssize_t)size && close(fd) == 0);
    free(bytes);
}

static void write_text(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    CHECK(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && close(fd) == 0);
}

static bool is_bad(uint64_t number)
{
    return number % 10 == 3 || number == 0 || (number >= 40 && number < 48);
}

static ptrun_status status_of(uint64_t number)
{
    if (!is_bad(number)) return PTRUN_OK;
    return number % 3 == 0 ? PTRUN_FILE_NOT_FOUND : number % 3 == 1 ? PTRUN_IMAGE_UNKNOWN_FORMAT : PTRUN_NOT_A_REGULAR_FILE;
}

/* FILES names in "list"; one in ten is missing, no image or a FIFO, and so is the whole batch 40 ... 47. */
static void make_files(void)
{
    ptrun_buf list = {0};
    char name[32];
    for (uint32_t i = 0; i < FILES; i++) {
        snprintf(name, sizeof name, "%u.bmp", i);
        ptrun_buf_printf(&list, "%s\n", name);
        ptrun_status status = status_of(i);
        if (status == PTRUN_OK) write_bmp(name, i, 1 + i % 7, 1 + i % 5);
        if (status == PTRUN_IMAGE_UNKNOWN_FORMAT) write_text(name, "this is no image");
        if (status == PTRUN_NOT_A_REGULAR_FILE) CHECK(mkfifo(name, 0666) == 0);
    }
    write_text("list", ptrun_buf_text(&list));
    ptrun_buf_release(&list);
}

/* ---- an engine that reads the number back ----------------------------------------------------------------------- */

struct ptrun_engine_model {
    bool variable;      /* tensors of any size */
    bool distributions; /* give softmax outputs */
    bool channels_last; /* how it wants its images */
    int last_seen;      /* forwards whose images came so */
    int nan_first;      /* so many images give NaN */
    long sleep_us;
    float output[64 * CLASSES];
    ptrun_buf seen; /* "[0 1 2] " for each forward */
    ptrun_engine_model *saved; /* of an instance: the model that it was made of, which sees what it saw */
    int instances, most_instances;
};

static ptrun_status engine_run(ptrun_engine_output *out, ptrun_engine_model *m, const ptrun_tensor *input, ptrun_error *err)
{
    (void)err;
    const float *data = input->data;
    const int64_t *strides = input->strides;
    m->last_seen += strides[1] == 1;
    int64_t plane = input->dims[2] * input->dims[3];
    CHECK(input->dims[1] == 3 && input->dims[0] <= 64 && (m->variable || plane == 4));
    ptrun_buf_puts(&m->seen, "[");
    for (int64_t i = 0; i < input->dims[0]; i++) {
        float number = data[i * strides[0]] + 256 * data[i * strides[0] + strides[1]], *row = m->output + i * CLASSES;
        ptrun_buf_printf(&m->seen, i ? " %g" : "%g", (double)number);
        for (int k = 0; k < CLASSES; k++) row[k] = m->distributions ? k == 2 ? 0.7f : 0.1f : k == 1 ? number : -(float)k;
        if (m->nan_first > 0 && m->nan_first--) row[0] = NAN;
    }
    ptrun_buf_puts(&m->seen, "] ");
    if (m->sleep_us) nanosleep(&(struct timespec){.tv_nsec = m->sleep_us * 1000 * (1 + (long)data[0] % 4)}, NULL);
    *out = (ptrun_engine_output){.data = m->output, .rows = input->dims[0], .cols = CLASSES};
    return PTRUN_OK;
}

static ptrun_status engine_instance(ptrun_engine_model **out, ptrun_engine_model *model, int32_t threads, ptrun_error *err)
{
    CHECK(threads == 1);
    *out = NULL;
    if (model->instances == model->most_instances) return ptrun_fail(err, PTRUN_OUT_OF_MEMORY, "no more");
    *out = calloc(1, sizeof **out);
    **out = (ptrun_engine_model){.variable = model->variable, .distributions = model->distributions,
                                 .sleep_us = model->sleep_us, .saved = model};
    model->instances++;
    return PTRUN_OK;
}

static void engine_close(ptrun_engine_model **instance)
{
    ptrun_buf_put(&(*instance)->saved->seen, (*instance)->seen.data, (*instance)->seen.length);
    (*instance)->saved->instances--;
    ptrun_buf_release(&(*instance)->seen);
    free(*instance);
    *instance = NULL;
}

static ptrun_layout engine_layout(const ptrun_engine_model *model)
{
    return model->channels_last ? PTRUN_LAYOUT_CHANNELS_LAST : PTRUN_LAYOUT_CHANNELS_FIRST;
}

static const ptrun_engine_api engine = {.abi = PTRUN_ENGINE_ABI, .size = sizeof engine, .run = engine_run,
                                        .close = engine_close, .instance = engine_instance, .layout = engine_layout};

/* ---- one run ---------------------------------------------------------------------------------------------------- */

typedef struct {
    ptrun_recipe recipe;
    ptrun_pipeline_options options;
    ptrun_source_options source_options;
    ptrun_engine_model model;
    atomic_int stop;
    ptrun_buf notices;
    uint64_t records, flushed;
    uint64_t stop_at, fail_at, fail_flush_at;
    sem_t *recorded;
    ptrun_pipeline_counts counts;
    ptrun_activation activation;
    ptrun_status result;
} fixture;

static char label_names[][5] = {"zero", "one", "two"};
static char *labels[] = {label_names[0], label_names[1], label_names[2]};

static fixture make_fixture(int32_t jobs, int32_t batch)
{
    fixture f = {.recipe = {.n_steps = 2}, .source_options = {.list_path = "list"}};
    f.recipe.steps[0] = (ptrun_step){.kind = PTRUN_STEP_RESIZE, .resize = {.width = 2, .height = 2}};
    f.recipe.steps[1] = (ptrun_step){.kind = PTRUN_STEP_SCALE, .scale = {.factor = 1}};
    f.recipe.labels = labels, f.recipe.n_labels = 3;
    f.model.most_instances = 100;
    f.options = (ptrun_pipeline_options){.plan = {.jobs = jobs, .batch = batch, .forwards = 1, .threads = 1}, .batch_wait_ms = 5, .max_pixels = 1000,
                                         .top_k = 2, .logits = true};
    return f;
}

static void on_notice(void *context, const char *text)
{
    ptrun_buf_printf(&((fixture *)context)->notices, "%s|", text);
}

/* Every record is checked against its number. */
static ptrun_status on_record(void *context, const ptrun_record *record, ptrun_error *err)
{
    fixture *f = context;
    char name[32];
    CHECK(record->number == f->records);
    if (f->fail_at && f->records + 1 == f->fail_at) return ptrun_fail(err, PTRUN_OUTPUT_FAILED, "full");
    f->records++;
    if (f->records == f->stop_at) atomic_store(&f->stop, SIGINT);
    if (f->recorded) sem_post(f->recorded);
    if (f->model.distributions || f->recorded) return PTRUN_OK;
    snprintf(name, sizeof name, "%d.bmp", (int)record->number);
    CHECK_TEXT(record->path, name);
    CHECK(record->path_length == strlen(name));
    CHECK(record->error->status == status_of(record->number));
    if (record->error->status != PTRUN_OK) CHECK(record->n_top == 0 && !record->logits);
    if (record->error->status != PTRUN_OK) return PTRUN_OK;
    CHECK(record->width == (int32_t)(1 + record->number % 7) && record->height == (int32_t)(1 + record->number % 5));
    CHECK(record->n_logits == CLASSES && record->logits[1] == (float)record->number);
    CHECK(record->n_top == 2 && record->top[0].index == 1);
    CHECK_TEXT(record->top[0].label, "one");
    return PTRUN_OK;
}

static ptrun_status on_flush(void *context, ptrun_error *err)
{
    fixture *f = context;
    f->flushed++;
    return f->fail_flush_at == f->flushed ? ptrun_fail(err, PTRUN_OUTPUT_CLOSED, "gone") : PTRUN_OK;
}

static void run(fixture *f)
{
    ptrun_error err = {0};
    ptrun_source *source;
    ptrun_prep *prep;
    ptrun_pipeline *pipeline;
    f->options.stop = &f->stop;
    f->options.notice = on_notice, f->options.notice_context = f;
    CHECK(ptrun_source_open(&source, &f->source_options, &err) == PTRUN_OK && ptrun_prep_open(&prep, &f->recipe, &err) == PTRUN_OK);
    CHECK(ptrun_pipeline_open(&pipeline, &f->options, source, prep, &err) == PTRUN_OK);
    const ptrun_pipeline_model model = {.engine = &engine, .model = &f->model, .forwards = f->options.plan.forwards,
                                        .threads = f->options.plan.threads};
    f->result = ptrun_pipeline_run(pipeline, &model, on_record, on_flush, f, &err);
    CHECK(err.status == f->result);
    f->counts = *ptrun_pipeline_counts_of(pipeline);
    f->activation = ptrun_pipeline_activation(pipeline);
    ptrun_pipeline_close(&pipeline);
    ptrun_prep_close(&prep);
    ptrun_source_close(&source);
    CHECK(f->counts.inputs == f->records && f->model.instances == 0);
}

static void release(fixture *f)
{
    ptrun_buf_release(&f->model.seen);
    ptrun_buf_release(&f->notices);
}

/* What the engine sees of [begin, end): failed places are zeros, and a batch of these alone is not run. */
static void put_batch(ptrun_buf *text, uint64_t begin, uint64_t end)
{
    bool any = false;
    for (uint64_t i = begin; i < end; i++) any |= !is_bad(i);
    if (!any) return;
    for (uint64_t i = begin; i < end; i++) ptrun_buf_printf(text, i == begin ? "[%d" : " %d", is_bad(i) ? 0 : (int)i);
    ptrun_buf_puts(text, "] ");
}

static void test_order_and_batches(void)
{
    static const int32_t jobs[] = {1, 2, 3, 8, 31}, batches[] = {1, 4, 8, 64};
    for (int j = 0; j < 5; j++)
        for (int b = 0; b < 4; b++) {
            fixture f = make_fixture(jobs[j], batches[b]);
            f.model.sleep_us = j == 3 ? 300 : 0;
            f.model.channels_last = batches[b] == 4; /* batches that were begun before the engine was there are as they are */
            run(&f);
            CHECK((f.model.last_seen > 0) == f.model.channels_last);
            CHECK(f.result == PTRUN_OK && f.records == FILES && !f.counts.stopped && !f.counts.too_many_errors);
            ptrun_buf expected = {0};
            for (uint64_t i = 0; i < FILES; i += (uint64_t)batches[b]) {
                uint64_t end = i + (uint64_t)batches[b];
                put_batch(&expected, i, end < FILES ? end : FILES);
                if (i == 0 && batches[b] == 4) ptrun_buf_puts(&expected, "[1] [2] "); /* the probe; 0 and 3 are bad */
                if (i == 0 && batches[b] == 8) ptrun_buf_puts(&expected, "[1] [7] ");
                if (i == 0 && batches[b] == 64) ptrun_buf_puts(&expected, "[1] [62] ");
            }
            CHECK_TEXT(ptrun_buf_text(&f.model.seen), ptrun_buf_text(&expected));
            CHECK_TEXT(ptrun_buf_text(&f.notices), "3 labels for 4 outputs: names may belong to other classes|");
            CHECK(f.flushed == (FILES + (uint64_t)batches[b] - 1) / (uint64_t)batches[b]);
            ptrun_buf_release(&expected);
            release(&f);
        }
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The batches of `text` in an order of their own. */
static void sort_batches(ptrun_buf *text)
{
    char *batches[2 * FILES], *rest = text->data;
    size_t count = 0;
    for (char *end; rest && (end = strchr(rest, ']')); rest = end + 2) {
        *end = '\0';
        batches[count++] = rest;
    }
    qsort(batches, count, sizeof *batches, by_text);
    ptrun_buf sorted = {0};
    for (size_t i = 0; i < count; i++) ptrun_buf_printf(&sorted, "%s] ", batches[i]);
    ptrun_buf_release(text);
    *text = sorted;
}

/* Forwards that overtake each other: the same batches, and the same records in the same order. */
static void test_side_by_side(void)
{
    static const int32_t forwards[] = {2, 3, 8}, jobs[] = {1, 8}, batches[] = {1, 4, 8};
    for (int k = 0; k < 3 * 2 * 3; k++) {
        int32_t batch = batches[k % 3];
        fixture alone = make_fixture(4, batch), f = make_fixture(jobs[k / 3 % 2], batch);
        run(&alone);
        f.options.plan.forwards = forwards[k / 6];
        f.model.sleep_us = 200;
        run(&f);
        CHECK(f.result == PTRUN_OK && f.records == FILES && f.flushed == alone.flushed);
        CHECK(f.counts.forward.forwards == alone.counts.forward.forwards);
        sort_batches(&alone.model.seen), sort_batches(&f.model.seen);
        CHECK_TEXT(ptrun_buf_text(&f.model.seen), ptrun_buf_text(&alone.model.seen));
        CHECK_TEXT(ptrun_buf_text(&f.notices), ptrun_buf_text(&alone.notices));
        release(&alone), release(&f);
    }
    for (int most = 0; most < 2; most++) { /* fewer instances than planned, or none */
        fixture f = make_fixture(4, 8);
        f.options.plan.forwards = 4;
        f.model.most_instances = most;
        run(&f);
        CHECK(f.result == PTRUN_OK && f.records == FILES);
        release(&f);
    }
}

/* Equal images prove nothing about batches, so every forward goes on looking while the others run. */
static void test_equal_images(void)
{
    ptrun_buf list = {0};
    for (int i = 0; i < 100; i++) ptrun_buf_puts(&list, "1.bmp\n");
    write_text("equal", ptrun_buf_text(&list));
    ptrun_buf_release(&list);
    sem_t ignored;
    sem_init(&ignored, 0, 0);
    fixture f = make_fixture(4, 4);
    f.source_options.list_path = "equal";
    f.options.plan.forwards = 3;
    f.recorded = &ignored;
    run(&f);
    CHECK(f.result == PTRUN_OK && f.records == 100 && f.counts.ok == 100);
    CHECK(f.counts.forward.forwards == 25 * 2);
    sem_destroy(&ignored);
    release(&f);
}

static void test_counts(void)
{
    fixture f = make_fixture(2, 8);
    run(&f);
    uint64_t by_kind[3] = {0}, failed = 0;
    for (uint64_t i = 0; i < FILES; i++) {
        failed += is_bad(i);
        if (is_bad(i)) by_kind[i % 3]++;
    }
    static const ptrun_status kinds[] = {PTRUN_FILE_NOT_FOUND, PTRUN_IMAGE_UNKNOWN_FORMAT, PTRUN_NOT_A_REGULAR_FILE};
    CHECK(f.counts.ok == FILES - failed);
    for (int i = 0; i < PTRUN_MAX_FAILURE_KINDS; i++) {
        bool known = f.counts.failures[i].count == 0;
        for (int k = 0; k < 3; k++) known |= f.counts.failures[i].status == kinds[k] && f.counts.failures[i].count == by_kind[k];
        CHECK(known);
    }
    CHECK(f.counts.failures[2].count && !f.counts.failures[3].count);
    CHECK(f.counts.wall > 0 && f.counts.prepare.decode > 0 && f.counts.forward.forwards == 25 + 2);
    release(&f);
}

/* Without a fixed size every image goes alone, in its own size. */
static void test_variable_size(void)
{
    fixture f = make_fixture(3, 1);
    f.recipe.steps[0] = f.recipe.steps[1];
    f.recipe.n_steps = 1;
    f.model.variable = true;
    run(&f);
    CHECK(f.result == PTRUN_OK && f.records == FILES);
    release(&f);
}

static void test_early_ends(int32_t forwards)
{
    fixture plain = make_fixture(4, 8);
    plain.options.plan.forwards = forwards;
    plain.model.sleep_us = 500;
    fixture f = plain;
    f.options.max_errors = 5; /* 0, 3, 13, 23, 33 */
    run(&f);
    CHECK(f.result == PTRUN_OK && f.counts.too_many_errors && f.records == 34);
    release(&f);

    f = plain;
    f.stop_at = 20; /* what is in flight is finished: whole batches */
    run(&f);
    CHECK(f.result == PTRUN_OK && f.counts.stopped && f.records >= 24 && f.records < FILES);
    release(&f);

    f = plain;
    atomic_store(&f.stop, SIGTERM);
    run(&f);
    CHECK(f.result == PTRUN_OK && f.counts.stopped && f.records < 40 + 16 * (uint64_t)forwards);
    release(&f);

    f = plain;
    f.fail_at = 20;
    run(&f);
    CHECK(f.result == PTRUN_OUTPUT_FAILED && f.records == 19);
    release(&f);

    f = plain;
    f.fail_flush_at = 2;
    run(&f);
    CHECK(f.result == PTRUN_OUTPUT_CLOSED && f.records == 16);
    release(&f);
}

/* A run that ends before it begins: workers that wait for space, for a stream, or have nothing to do. */
static void test_close_without_run(void)
{
    int ends[2];
    char path[32];
    CHECK(pipe2(ends, O_CLOEXEC) == 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    const char *const lists[] = {"list", path, "empty"};
    write_text("empty", "");
    for (int i = 0; i < 3; i++)
        for (int wait = 0; wait < 2; wait++) {
            fixture f = make_fixture(4, 4);
            ptrun_error err = {0};
            ptrun_source *source;
            ptrun_prep *prep;
            ptrun_pipeline *pipeline;
            f.source_options.list_path = lists[i];
            CHECK(ptrun_source_open(&source, &f.source_options, &err) == PTRUN_OK && ptrun_prep_open(&prep, &f.recipe, &err) == PTRUN_OK);
            CHECK(ptrun_pipeline_open(&pipeline, &f.options, source, prep, &err) == PTRUN_OK);
            if (wait) nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
            ptrun_pipeline_close(&pipeline);
            CHECK(!pipeline);
            ptrun_prep_close(&prep);
            ptrun_source_close(&source);
        }
    close(ends[0]), close(ends[1]);
}

/* ---- streams ---------------------------------------------------------------------------------------------------- */

typedef struct {
    int fd;
    int names;
    int at_once; /* names written before a record is waited for */
    sem_t recorded;
} dialogue;

/* Who asks for one answer at a time must get it, though the batch is not full. */
static void *converse(void *argument)
{
    dialogue *d = argument;
    for (int i = 0; i < d->names; i += d->at_once) {
        for (int k = i; k < i + d->at_once; k++) CHECK(dprintf(d->fd, "%d.bmp\n", k) > 0);
        for (int k = 0; k < d->at_once; k++) sem_wait(&d->recorded);
    }
    close(d->fd);
    return NULL;
}

static void run_dialogue(int32_t jobs, int32_t forwards, int32_t batch, int32_t batch_wait_ms, int names, int at_once)
{
    int ends[2];
    char path[32];
    dialogue d = {.names = names, .at_once = at_once};
    pthread_t writer;
    fixture f = make_fixture(jobs, batch);
    CHECK(pipe2(ends, O_CLOEXEC) == 0 && sem_init(&d.recorded, 0, 0) == 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    d.fd = ends[1];
    f.source_options.list_path = path;
    f.options.plan.forwards = forwards;
    f.options.batch_wait_ms = batch_wait_ms;
    f.recorded = &d.recorded;
    CHECK(pthread_create(&writer, NULL, converse, &d) == 0);
    run(&f);
    pthread_join(writer, NULL);
    CHECK(f.result == PTRUN_OK && f.records == (uint64_t)names);
    close(ends[0]);
    sem_destroy(&d.recorded);
    release(&f);
}

static void test_stream(void)
{
    for (int32_t jobs = 1; jobs <= 4; jobs += 3)
        for (int32_t forwards = 1; forwards <= 3; forwards += 2) {
            run_dialogue(jobs, forwards, 8, 0, 20, 1);
            run_dialogue(jobs, forwards, 8, 1, 20, 1);
            run_dialogue(jobs, forwards, 8, 5, 21, 3);
            run_dialogue(jobs, forwards, 4, 5, 40, 10);
            run_dialogue(jobs, forwards, 1, 5, 10, 1);
        }
}

/* Names that are all there make full batches; a list that breaks off is told after what came before it. */
static void test_broken_stream(void)
{
    int ends[2];
    char path[32];
    CHECK(pipe2(ends, O_CLOEXEC) == 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    for (int i = 0; i < 20; i++) CHECK(dprintf(ends[1], "%d.bmp\n", i) > 0);
    CHECK(write(ends[1], "a\0b\n", 4) == 4 && close(ends[1]) == 0);
    fixture f = make_fixture(4, 8);
    f.source_options.list_path = path;
    f.model.sleep_us = 1000;
    run(&f);
    CHECK(f.result == PTRUN_LIST_UNREADABLE && f.records == 20);
    CHECK_TEXT(ptrun_buf_text(&f.model.seen), "[0 1 2 0 4 5 6 7] [1] [7] [8 9 10 11 12 0 14 15] [16 17 18 19] ");
    close(ends[0]);
    release(&f);
}

/* ---- scores ------------------------------------------------------------------------------------------------------ */

static void test_scores(void)
{
    fixture f = make_fixture(2, 8);
    f.model.distributions = true;
    f.model.nan_first = 2; /* outputs that are not finite decide nothing */
    run(&f);
    CHECK(f.activation == PTRUN_ACTIVATION_NONE);
    CHECK(strstr(ptrun_buf_text(&f.notices), "already is a probability distribution") != NULL);
    release(&f);

    f = make_fixture(2, 8);
    f.model.distributions = true;
    f.recipe.activation = PTRUN_ACTIVATION_SOFTMAX;
    f.recipe.n_labels = 0;
    run(&f);
    CHECK(f.activation == PTRUN_ACTIVATION_SOFTMAX && f.notices.length == 0);
    release(&f);

    f = make_fixture(2, 8);
    run(&f);
    CHECK(f.activation == PTRUN_ACTIVATION_SOFTMAX);
    release(&f);
}

/* A folder that cannot be read has its record among the others. */
static void test_failed_folder(void)
{
    char name[256];
    memset(name, 'd', 255);
    name[255] = '\0';
    CHECK(mkdir("tree", 0777) == 0);
    int fd = open("tree", O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < 17; i++) {
        CHECK(mkdirat(fd, name, 0777) == 0);
        int below = openat(fd, name, O_RDONLY | O_DIRECTORY);
        close(fd);
        fd = below;
    }
    close(fd);
    const char *const folder[] = {"tree"};
    fixture f = make_fixture(2, 8);
    f.source_options = (ptrun_source_options){.arguments = folder, .n_arguments = 1};
    sem_t ignored;
    sem_init(&ignored, 0, 0);
    f.recorded = &ignored;
    run(&f);
    CHECK(f.records == 1 && f.counts.failures[0].status == PTRUN_FILE_UNREADABLE && f.counts.failures[0].count == 1);
    release(&f);
}

int main(void)
{
    char remove[64];
    signal(SIGPIPE, SIG_IGN);
    alarm(120); /* a lost wake-up must not hang the suite */
    CHECK(mkdtemp(root) && chdir(root) == 0);
    make_files();
    test_order_and_batches();
    test_counts();
    test_variable_size();
    test_side_by_side();
    test_equal_images();
    test_early_ends(1);
    test_early_ends(3);
    test_close_without_run();
    test_stream();
    test_broken_stream();
    test_scores();
    test_failed_folder();
    snprintf(remove, sizeof remove, "rm -rf %s", root);
    CHECK(chdir("/") == 0 && system(remove) == 0);
    return CHECK_DONE();
}
