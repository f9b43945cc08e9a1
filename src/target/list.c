/* SPDX-License-Identifier: Apache-2.0 */
#include "list.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#define LINE_MAX_OCTETS ((size_t)1024)

struct target_list {
    int fd;
    bool may_wait; /* no regular file: what is not there yet may still come */
    bool is_at_end;
    uint64_t number; /* lines read so far */
    size_t size;     /* octets of this line in the file, its line end excluded; may exceed `line` */
    uint8_t line[LINE_MAX_OCTETS + 4]; /* and a byte order mark and a CR, which do not count */
    size_t at, end;                    /* what of `buffer` is still to be read */
    uint8_t buffer[16 * 1024];
};

enum err target_list_open(const char *path, struct target_list **ret)
{
    struct stat about;
    struct target_list *l = calloc(1, sizeof *l);
    if (!l)
        return ERR_NOMEM;
    l->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (l->fd < 0 || fstat(l->fd, &about)) {
        target_list_close(l);
        return ERR_SYS;
    }
    if (S_ISDIR(about.st_mode)) {
        target_list_close(l);
        errno = EISDIR;
        return ERR_SYS;
    }
    l->may_wait = !S_ISREG(about.st_mode);
    *ret = l;
    return ERR_OK;
}

void target_list_close(struct target_list *l)
{
    if (l && l->fd > STDIN_FILENO)
        (void)close(l->fd); /* read only: nothing is lost */
    free(l);
}

static enum err fill_buffer(struct target_list *l)
{
    struct pollfd ready = {.fd = l->fd, .events = POLLIN};
    if (l->may_wait && poll(&ready, 1, 0) == 0)
        return ERR_AGAIN;
    ssize_t n;
    do
        n = read(l->fd, l->buffer, sizeof l->buffer);
    while (n < 0 && errno == EINTR);
    if (n < 0)
        return ERR_SYS;
    l->at = 0;
    l->end = (size_t)n;
    l->is_at_end = n == 0;
    return ERR_OK;
}

/* Reads on in the line under way, of which it keeps what fits; ERR_OK once it is whole. */
static enum err read_line(struct target_list *l)
{
    for (;;) {
        struct octets rest = {l->buffer + l->at, l->end - l->at};
        size_t end = octets_find_octet(rest, '\n', 0);
        for (size_t i = 0; i < end; i++, l->size++)
            if (l->size < sizeof l->line)
                l->line[l->size] = rest.at[i];
        l->at += end;
        if (end < rest.size || (l->is_at_end && l->size)) {
            l->at += end < rest.size;
            l->number++;
            return ERR_OK;
        }
        if (l->is_at_end)
            return ERR_NOT_FOUND;
        enum err e = fill_buffer(l);
        if (e)
            return e;
    }
}

/* The place of the '#' that begins a comment; o.size when there is none. */
static size_t find_comment(struct octets o)
{
    size_t at = octets_find_octet(o, '#', 0);
    while (at < o.size && at > 0 && o.at[at - 1] != ' ' && o.at[at - 1] != '\t')
        at = octets_find_octet(o, '#', at + 1);
    return at;
}

/* What a target may be read from: neither byte order mark nor comment nor blanks around it. */
static struct target_line understand(const struct target_list *l)
{
    bool is_cut = l->size > sizeof l->line;
    struct octets text = {l->line, is_cut ? sizeof l->line : l->size};
    if (l->number == 1)
        text = octets_skip_mark(text);
    size_t end = find_comment(text);
    is_cut = is_cut && end == text.size; /* a long comment is no harm */
    text = octets_trim(octets_sub(text, 0, end));

    struct target_line line = {.text = text, .number = l->number};
    if (is_cut || text.size > LINE_MAX_OCTETS)
        line.problem = "the line is longer than 1,024 octets";
    else if (octets_find_octet(text, 0, 0) < text.size)
        line.problem = "the line holds a NUL: a list is plain text, one target a line";
    return line;
}

enum err target_list_next(struct target_list *l, struct target_line *ret)
{
    for (;;) {
        enum err e = read_line(l);
        if (e)
            return e;
        struct target_line line = understand(l);
        l->size = 0;
        if (line.text.size > 0 || line.problem) {
            *ret = line;
            return ERR_OK;
        }
    }
}
