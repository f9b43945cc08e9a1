/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "arena.h"

/*
 * Data files of plain rows, "KEY   VALUE": rows without an empty line between them are a stanza, its
 * first row says what it is.  A line that begins with # is a comment.  What keys mean is not known
 * here.
 */
struct stanza_row {
    struct octets key, value; /* borrowed from the file's text */
    unsigned line;            /* from 1 */
};

struct stanza {
    struct stanza_row *rows;
    size_t count;
};

struct stanza_reader {
    struct octets rest; /* set this to the file's text; the rest is zero at first */
    unsigned line;
};

/* The next stanza; count is 0 at the end of the file.  ERR_NOMEM alone. */
MUST_CHECK enum err stanza_next(struct stanza_reader *r, struct arena *a, struct stanza *ret);

/* The value of a key; none when it is not there.  `from` goes on after an earlier hit (0 at first);
 * may be NULL. */
struct octets stanza_value(const struct stanza *s, const char *key, size_t *from);
