/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "dialogue.h"

/*
 * The form of all data files that are no dialogues (signatures, providers, advisories, checks):
 * lines `key value`, in stanzas that are parted by blank lines; '#' begins a line of comment.  The
 * first key says what the stanza is.  What keys mean is the reader's business, and stands in a
 * table.
 */
struct stanza_line {
    struct octets key, value; /* trimmed */
    unsigned number;          /* in the file, from 1 */
};

struct stanza {
    struct stanza_line *lines;
    size_t count, room;
};

struct stanza_reader {
    struct octets rest; /* set this to the file's text; all else is zero at first */
    unsigned number;
    struct stanza stanza;
};

/* The next stanza, which borrows the text and is overwritten by the one after it.  *ret is NULL at
 * the end of the file.  ERR_NOMEM alone. */
MUST_CHECK enum err stanza_next(struct stanza_reader *r, struct arena *a,
                                const struct stanza **ret);

/* The values of a key that may stand several times. */
struct stanza_value {
    struct octets text;
    unsigned number;
};
struct stanza_values {
    struct stanza_value *at;
    size_t count, room;
};

/* Whether one of them is that text. */
bool stanza_values_has(const struct stanza_values *v, struct octets text);

/* What stands between the slashes of "/regex/".  ERR_SYNTAX, with the problem set, when there is no
 * such thing. */
MUST_CHECK enum err stanza_regex(const struct stanza_line *line, struct octets *ret,
                                 struct dialogue_problem *problem);

/* What a key does to the record that its stanza fills. */
struct stanza_key;
enum stanza_need { STANZA_MAY, STANZA_MUST };
typedef enum err stanza_take_key(void *record, struct arena *a, const struct stanza_key *key,
                                 const struct stanza_line *line, struct dialogue_problem *problem);
struct stanza_key {
    const char *name;
    enum stanza_need need;
    stanza_take_key *take; /* NULL: has no value */
    size_t offset;         /* of the field in the record, for the two takers here */
};
stanza_take_key stanza_take_values; /* into a struct stanza_values; borrows */
stanza_take_key stanza_take_text;   /* into a struct octets, once; borrows */

/* Gives each line to the taker of its key.  keys[0] is what begins the stanza; a key without a name
 * ends the list. */
MUST_CHECK enum err stanza_fill(void *record, struct arena *a, const struct stanza_key *keys,
                                const struct stanza *s, struct dialogue_problem *problem);
