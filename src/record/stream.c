/* SPDX-License-Identifier: Apache-2.0 */
#include "stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "store.h"

struct record_stream {
    FILE *file;
    char *text; /* getline's */
    size_t room;
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
    s->file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    return s->file ? ERR_OK : ERR_SYS;
}

enum err record_stream_open(struct record_stream **ret, const char *path)
{
    struct record_stream *s = calloc(1, sizeof *s);
    if (!s)
        return ERR_NOMEM;
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
    if (s->file && s->file != stdin)
        (void)fclose(s->file);
    record_store_reader_free(s->store);
    free(s->text);
    free(s);
}

static enum err next_stored(struct record_stream *s, struct octets *ret_line)
{
    enum err e = record_store_reader_next(s->store, ret_line);
    s->number += !e && ret_line->size;
    return e;
}

enum err record_stream_next(struct record_stream *s, struct octets *ret_line)
{
    ssize_t size;
    if (s->store)
        return next_stored(s, ret_line);
    errno = 0;
    while ((size = getline(&s->text, &s->room, s->file)) > 0) {
        s->number++;
        *ret_line = octets_trim((struct octets){(const uint8_t *)s->text, (size_t)size});
        if (ret_line->size)
            return ERR_OK;
    }
    *ret_line = OCTETS_NONE;
    if (errno == ENOMEM)
        return ERR_NOMEM;
    return ferror(s->file) ? ERR_SYS : ERR_OK;
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
