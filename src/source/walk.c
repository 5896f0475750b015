#include "source/walk.h"

#include "base/error.h"
#include "base/mem.h"
#include "base/str.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* The folders that we are inside of, to see a loop of symbolic links. */
typedef struct ancestor {
    dev_t device;
    ino_t inode;
    const struct ancestor *parent;
} ancestor;

typedef struct {
    const ptrun_source_options *options;
    ptrun_names *names;
    ptrun_source_skipped *skipped;
    ptrun_buf path;     /* of the folder being walked, ends with '/' */
    size_t root_length; /* globs with a '/' see the path below the root */
    ptrun_error *err;
} walk;

typedef struct {
    char *name; /* a folder's name ends with '/': that is what makes the order that of whole paths */
    bool is_folder;
} child;

typedef struct {
    child *items;
    size_t count, capacity;
} children;

static void cut_path(walk *w, size_t length)
{
    w->path.length = length;
    w->path.data[length] = '\0';
}

static void release_children(children *list)
{
    for (size_t i = 0; i < list->count; i++) free(list->items[i].name);
    free(list->items);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const child *)a)->name, ((const child *)b)->name);
}

/* A glob without '/' is matched against the name, another against the path below the folder given. */
static bool matches_any(const char *const *globs, size_t count, const char *name, const char *below)
{
    for (size_t i = 0; i < count; i++)
        if (fnmatch(globs[i], strchr(globs[i], '/') ? below : name, 0) == 0) return true;
    return false;
}

/* Whether an entry of the folder at `w->path` is an input or may hold some; counted where not. */
static bool wanted(walk *w, const char *name, const char *below, bool is_folder)
{
    const ptrun_source_options *options = w->options;
    if (matches_any(options->exclude, options->n_exclude, name, below)) return w->skipped->excluded++, false;
    if (is_folder || (options->n_include ? matches_any(options->include, options->n_include, name, below)
                                         : options->takes_name(name)))
        return true;
    return w->skipped->suffix++, false;
}

/* What lies at `name` in the open folder: S_IFREG, S_IFDIR, S_IFLNK (not to be followed), or another kind. */
static mode_t kind_of(const walk *w, int folder, const struct dirent *entry)
{
    if (entry->d_type == DT_REG) return S_IFREG;
    if (entry->d_type == DT_DIR) return S_IFDIR;
    struct stat facts;
    if (fstatat(folder, entry->d_name, &facts, AT_SYMLINK_NOFOLLOW) != 0) return S_IFREG; /* vanished: its record says so */
    if (!S_ISLNK(facts.st_mode)) return facts.st_mode & S_IFMT;
    if (!w->options->follow || fstatat(folder, entry->d_name, &facts, 0) != 0) return S_IFLNK;
    return facts.st_mode & S_IFMT;
}

static bool add_child(children *list, const char *name, bool is_folder)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? list->capacity * 2 : 64;
        child *grown = ptrun_mem_resize(list->items, capacity, sizeof *grown);
        if (!grown) return false;
        list->items = grown;
        list->capacity = capacity;
    }
    size_t length = strlen(name);
    char *copy = ptrun_mem_alloc(length + 2, 1);
    if (!copy) return false;
    memcpy(copy, name, length);
    copy[length] = '/';
    copy[length + is_folder] = '\0';
    list->items[list->count++] = (child){.name = copy, .is_folder = is_folder};
    return true;
}

/* Sort one entry of a folder into the children or into a count. False: no memory. */
static bool take_entry(walk *w, int folder, const struct dirent *entry, children *list)
{
    const char *name = entry->d_name;
    if (ptrun_str_equal(name, ".") || ptrun_str_equal(name, "..")) return true;
    if (name[0] == '.') return w->skipped->hidden++, true;
    mode_t kind = kind_of(w, folder, entry);
    if (kind == S_IFLNK) return w->skipped->links++, true;
    if (kind != S_IFREG && kind != S_IFDIR) return w->skipped->special++, true;
    size_t length = w->path.length;
    ptrun_buf_puts(&w->path, name);
    if (w->path.failed) return false;
    bool is_wanted = wanted(w, name, w->path.data + w->root_length, kind == S_IFDIR);
    cut_path(w, length);
    return !is_wanted || add_child(list, name, kind == S_IFDIR);
}

/* Read one folder whole. An errno, or 0. ENOMEM stands for our own memory. */
static int read_folder(walk *w, const ancestor *parent, ancestor *self, children *list, bool *loop)
{
    int fd = open(w->path.data, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) return errno;
    struct stat facts;
    if (fstat(fd, &facts) != 0) return close(fd), EIO;
    *self = (ancestor){.device = facts.st_dev, .inode = facts.st_ino, .parent = parent};
    for (const ancestor *a = parent; a; a = a->parent)
        if (a->device == self->device && a->inode == self->inode) return close(fd), *loop = true, 0;
    DIR *stream = fdopendir(fd);
    int failure = stream ? 0 : errno;
    if (!stream) return close(fd), failure;
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(stream);
        if (!entry) {
            failure = errno;
            break;
        }
        if (!take_entry(w, fd, entry, list)) {
            failure = ENOMEM;
            break;
        }
    }
    closedir(stream);
    return failure;
}

static ptrun_status walk_folder(walk *w, const ancestor *parent);

static ptrun_status walk_children(walk *w, const children *list, const ancestor *self)
{
    size_t length = w->path.length;
    ptrun_status status = PTRUN_OK;
    for (size_t i = 0; i < list->count && status == PTRUN_OK; i++) {
        ptrun_buf_puts(&w->path, list->items[i].name);
        if (w->path.failed) return ptrun_fail_memory(w->err, "a path in a folder");
        if (list->items[i].is_folder) status = walk_folder(w, self);
        else if (!ptrun_names_add(w->names, w->path.data, w->path.length, PTRUN_NAME_FILE, 0))
            status = ptrun_fail_memory(w->err, "the list of inputs");
        cut_path(w, length);
    }
    return status;
}

static ptrun_status walk_folder(walk *w, const ancestor *parent)
{
    children list = {0};
    ancestor self;
    bool loop = false;
    int failure = read_folder(w, parent, &self, &list, &loop);
    ptrun_status status = PTRUN_OK;
    if (failure == ENOMEM) {
        status = ptrun_fail_memory(w->err, "the names of a folder");
    } else if (failure) {
        size_t length = w->path.length - (w->path.length > 1); /* without the '/' at its end */
        if (!ptrun_names_add(w->names, w->path.data, length, PTRUN_NAME_FAILED_FOLDER, failure))
            status = ptrun_fail_memory(w->err, "the list of inputs");
    } else if (loop) {
        w->skipped->links++;
    } else if (list.count) {
        qsort(list.items, list.count, sizeof *list.items, by_name);
        status = walk_children(w, &list, &self);
    }
    release_children(&list);
    return status;
}

ptrun_status ptrun_walk(const char *folder, const ptrun_source_options *options, ptrun_names *names,
                        ptrun_source_skipped *skipped, ptrun_error *err)
{
    walk w = {.options = options, .names = names, .skipped = skipped, .err = err};
    ptrun_buf_puts(&w.path, folder);
    if (w.path.length && w.path.data[w.path.length - 1] != '/') ptrun_buf_putc(&w.path, '/');
    w.root_length = w.path.length;
    ptrun_status status = w.path.failed ? ptrun_fail_memory(err, "a folder's path") : walk_folder(&w, NULL);
    ptrun_buf_release(&w.path);
    return status;
}
