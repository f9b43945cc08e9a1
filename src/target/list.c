/* SPDX-License-Identifier: Apache-2.0 */
#include "list.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_OCTETS ((size_t)1024)

static const struct octets byte_order_mark = {(const uint8_t *)"\xef\xbb\xbf", 3};

struct target_list {
    FILE *file;
    uint64_t number; /* lines read so far */
    size_t size;     /* octets of this line in the file, its line end excluded; may exceed `line` */
    uint8_t line[LINE_MAX_OCTETS + 4]; /* and a byte order mark and a CR, which do not count */
};

enum err target_list_open(const char *path, struct target_list **ret)
{
    struct target_list *l = calloc(1, sizeof *l);
    if (!l)
        return ERR_NOMEM;
    l->file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (!l->file) {
        free(l);
        return ERR_SYS;
    }
    *ret = l;
    return ERR_OK;
}

void target_list_close(struct target_list *l)
{
    if (l && l->file != stdin)
        (void)fclose(l->file); /* read only: nothing is lost */
    free(l);
}

/* Reads the next line, of which it keeps what fits. */
static enum err read_line(struct target_list *l)
{
    int c = getc(l->file);
    l->size = 0;
    for (; c != EOF && c != '\n'; c = getc(l->file)) {
        if (l->size < sizeof l->line)
            l->line[l->size] = (uint8_t)c;
        l->size++;
    }
    if (ferror(l->file))
        return ERR_SYS;
    if (c == EOF && l->size == 0)
        return ERR_NOT_FOUND;
    l->number++;
    return ERR_OK;
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
    if (l->number == 1 && octets_has_prefix(text, byte_order_mark))
        text = octets_sub(text, byte_order_mark.size, text.size);
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
        if (line.text.size > 0 || line.problem) {
            *ret = line;
            return ERR_OK;
        }
    }
}
