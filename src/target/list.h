/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/buf.h"

/*
 * Reads a list of targets line by line: one a line, blanks trimmed, empty lines and what follows a
 * '#' at the start or after a blank are skipped.  Lines end in LF or CRLF, the last one may lack
 * its end; a byte order mark at the start of the file is skipped.  A line over 1,024 octets (its
 * comment aside), or with a NUL before a comment, is given once with its number and its problem; no
 * part of it is taken for another line.
 */
struct target_list;

struct target_line {
    struct octets text;  /* valid until the next call; with a problem the line's beginning */
    uint64_t number;     /* from 1; every line counts */
    const char *problem; /* not NULL: the line cannot be a target, and why (a constant) */
};

/* "-" is standard input.  ERR_SYS with errno when the file cannot be opened.  The caller owns *ret.
 */
MUST_CHECK enum err target_list_open(const char *path, struct target_list **ret);
void target_list_close(struct target_list *l); /* NULL is nothing; standard input stays open */
/* ERR_OK with a line, ERR_NOT_FOUND at the end (and from then on), ERR_AGAIN when a pipe holds no
 * whole line yet, ERR_SYS with errno when reading failed. */
MUST_CHECK enum err target_list_next(struct target_list *l, struct target_line *ret);
