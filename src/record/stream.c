/* SPDX-License-Identifier: Apache-2.0 */
#include "stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/buf.h"
#include "record.h"
#include "store.h"

#define CHUNK_OCTETS ((size_t)256 * 1024)

struct record_stream {
    int fd;
    bool is_at_end;
    struct buf text; /* what was read of the file, lines that were given included */
    size_t at;       /* where the next line begins */
    struct record_store_reader *store; /* in the place of the file */
    uint64_t number;
};

/* FILE@N: which run of the store FILE.  A file that is called so comes first. */
static bool name_run(const char *path, char **ret_file, int64_t *ret_run)
{
    const char *at = strrchr(path, '@');
    uint64_t number;
    bool is_back = at && at[1] == '-';
    if (!at || access(path, F_OK) == 0 ||
        !octets_to_number(octets_of(at + 1 + is_back), INT64_MAX, &number) || !number)
        return false;
    *ret_file = strndup(path, (size_t)(at - path));
    *ret_run = is_back ? -(int64_t)number : (int64_t)number;
    if (*ret_file && record_store_is_at(*ret_file))
        return true;
    free(*ret_file);
    return false;
}

static enum err open_either(struct record_stream *s, const char *path)
{
    char *file;
    int64_t run;
    if (strcmp(path, "-") != 0 && record_store_is_at(path))
        return record_store_reader_open(&s->store, path, RECORD_STORE_LATEST);
    if (name_run(path, &file, &run)) {
        enum err e = record_store_reader_open(&s->store, file, run);
        free(file);
        return e;
    }
    s->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    return s->fd >= 0 ? ERR_OK : ERR_SYS;
}

enum err record_stream_open(struct record_stream **ret, const char *path)
{
    struct record_stream *s = calloc(1, sizeof *s);
    if (!s)
        return ERR_NOMEM;
    s->fd = -1;
    buf_init(&s->text, RECORD_OCTETS_MAX + CHUNK_OCTETS);
    enum err e = open_either(s, path);
    if (e) {
        int error_number = errno;
        free(s);
        errno = error_number;
        return e;
    }
    *ret = s;
    return ERR_OK;
}

void record_stream_free(struct record_stream *s)
{
    if (!s)
        return;
    if (s->fd > STDIN_FILENO)
        (void)close(s->fd); /* read only: nothing is lost */
    record_store_reader_free(s->store);
    buf_release(&s->text);
    free(s);
}

static enum err next_stored(struct record_stream *s, struct octets *ret_line)
{
    enum err e = record_store_reader_next(s->store, ret_line);
    s->number += !e && ret_line->size;
    return e;
}

/* Some octets more behind those that are still to be given. */
static enum err read_more(struct record_stream *s)
{
    buf_drop_front(&s->text, s->at);
    s->at = 0;
    uint8_t *at = buf_reserve(&s->text, CHUNK_OCTETS);
    if (!at)
        return buf_error(&s->text);
    ssize_t n;
    do
        n = read(s->fd, at, CHUNK_OCTETS);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return ERR_SYS;
    s->text.size += (size_t)n;
    s->is_at_end = n == 0;
    return ERR_OK;
}

/* The next line, its end excluded.  ERR_NOT_FOUND: there is none. */
static enum err read_line(struct record_stream *s, struct octets *ret)
{
    size_t looked_at = 0; /* of the line */
    for (;;) {
        struct octets rest = octets_sub(buf_octets(&s->text), s->at, s->text.size);
        size_t end = octets_find_octet(rest, '\n', looked_at);
        if (end < rest.size || (s->is_at_end && end)) {
            s->at += end + (end < rest.size);
            *ret = octets_sub(rest, 0, end);
            return ERR_OK;
        }
        if (s->is_at_end)
            return ERR_NOT_FOUND;
        looked_at = end;
        enum err e = read_more(s);
        if (e)
            return e;
    }
}

enum err record_stream_next(struct record_stream *s, struct octets *ret_line)
{
    struct octets line;
    enum err e;
    if (s->store)
        return next_stored(s, ret_line);
    while (!(e = read_line(s, &line))) {
        line = octets_trim(s->number++ ? line : octets_skip_mark(line));
        if (line.size) {
            *ret_line = line;
            return ERR_OK;
        }
    }
    *ret_line = OCTETS_NONE;
    return e == ERR_NOT_FOUND ? ERR_OK : e;
}

uint64_t record_stream_line_number(const struct record_stream *s)
{
    return s->number;
}

json_t *record_stream_parse(struct octets line)
{
    json_t *record =
        json_loadb((const char *)line.at, line.size, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, NULL);
    if (record && !json_is_object(record)) {
        json_decref(record);
        record = NULL;
    }
    return record;
}
