/* SPDX-License-Identifier: Apache-2.0 */
#include "folder.h"

#include <errno.h>
#include <fnmatch.h>
#include <fts.h>
#include <sys/stat.h>

#define FILE_OCTETS_MAX ((size_t)1024 * 1024)

/* The octets stay where they were allocated. */
static size_t drop_mark(uint8_t *data, size_t size)
{
    struct octets text = octets_skip_mark((struct octets){data, size});
    if (text.size < size)
        memmove(data, text.at, text.size);
    return text.size;
}

enum err folder_read_file(const char *path, size_t max, struct octets *ret)
{
    FILE *f = fopen(path, "re");
    uint8_t *data = f ? malloc(max + 1) : NULL;
    enum err e = ERR_SYS;
    if (data) {
        size_t size = fread(data, 1, max + 1, f);
        e = ferror(f) ? ERR_SYS : size > max ? ERR_LIMIT : ERR_OK;
        uint8_t *fitted = realloc(data, size ? size : 1);
        data = fitted ? fitted : data;
        if (!e)
            *ret = (struct octets){data, drop_mark(data, size)};
    }
    if (f)
        (void)fclose(f);
    if (e)
        free(data);
    return e;
}

static enum err add(struct folder *f, const char *root, const FTSENT *entry)
{
    if (f->count == f->room) {
        size_t room = f->room ? f->room * 2 : 64;
        struct bundle_file *files = reallocarray(f->files, room, sizeof *files);
        if (!files)
            return ERR_NOMEM;
        f->files = files;
        f->room = room;
    }
    char *name = strdup(entry->fts_path + strlen(root) + 1);
    if (!name)
        return ERR_NOMEM;
    f->files[f->count] = (struct bundle_file){.path = name};
    return folder_read_file(entry->fts_accpath, FILE_OCTETS_MAX, &f->files[f->count++].text);
}

void folder_release(struct folder *f)
{
    for (size_t i = 0; i < f->count; i++) {
        free((void *)(uintptr_t)f->files[i].path);
        free((void *)(uintptr_t)f->files[i].text.at);
    }
    free(f->files);
    *f = (struct folder){0};
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

enum err folder_read(const char *path, const char *pattern, struct folder *ret)
{
    char *root = strdup(path);
    if (!root)
        return ERR_NOMEM;
    for (size_t n = strlen(root); n > 1 && root[n - 1] == '/'; n--)
        root[n - 1] = 0;
    char *roots[] = {root, NULL};
    struct folder f = {0};
    enum err e = ERR_OK;
    FTS *walk = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, by_name);
    for (FTSENT *entry; walk && !e && (entry = fts_read(walk));) {
        if (entry->fts_info == FTS_F && fnmatch(pattern, entry->fts_name, FNM_PERIOD) == 0)
            e = add(&f, root, entry);
        else if (entry->fts_info == FTS_ERR || entry->fts_info == FTS_NS ||
                 entry->fts_info == FTS_DNR) {
            errno = entry->fts_errno;
            e = ERR_SYS;
        }
    }
    if (!walk || fts_close(walk))
        e = e ? e : ERR_SYS;
    free(root);
    f.bundle = (struct bundle){.files = f.files, .count = f.count, .is_temporary = true};
    *ret = f;
    return e;
}
