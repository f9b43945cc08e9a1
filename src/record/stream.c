/* SPDX-License-Identifier: Apache-2.0 */
#include "stream.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct record_stream {
    FILE *file;
    char *text; /* getline's */
    size_t room;
    uint64_t number;
};

enum err record_stream_open(struct record_stream **ret, const char *path)
{
    struct record_stream *s = calloc(1, sizeof *s);
    if (!s)
        return ERR_NOMEM;
    s->file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (!s->file) {
        free(s);
        return ERR_SYS;
    }
    *ret = s;
    return ERR_OK;
}

void record_stream_free(struct record_stream *s)
{
    if (!s)
        return;
    if (s->file != stdin)
        (void)fclose(s->file);
    free(s->text);
    free(s);
}

enum err record_stream_next(struct record_stream *s, struct octets *ret_line)
{
    ssize_t size;
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
