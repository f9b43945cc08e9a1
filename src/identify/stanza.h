/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../smtp/dialogue.h"

/*
 * The form of data/signatures and data/providers: lines `key value`, in stanzas that are parted by
 * blank lines; '#' begins a line of comment.  What the keys mean is the reader's business.
 */
struct stanza_line {
    struct octets key, value; /* trimmed */
    unsigned number;          /* in the file, from 1 */
    bool is_first;            /* of its stanza */
};

struct stanza_reader {
    struct octets rest;
    unsigned number;
    bool is_inside; /* of a stanza */
};

/* Borrows `text`. */
void stanza_reader_init(struct stanza_reader *r, struct octets text);
/* The next line that holds a key; false at the end. */
bool stanza_take(struct stanza_reader *r, struct stanza_line *ret);

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
typedef enum err stanza_take_key(void *record, struct arena *a, const struct stanza_key *key,
                                 const struct stanza_line *line, struct dialogue_problem *problem);
struct stanza_key {
    const char *name;
    stanza_take_key *take;
    size_t offset; /* of the field in the record, for the two takers here */
};
stanza_take_key stanza_take_values; /* into a struct stanza_values; borrows */
stanza_take_key stanza_take_text;   /* into a struct octets, once; borrows */

/* Gives a line to the taker of its key.  keys[0] is what begins a stanza, and stands nowhere else. */
MUST_CHECK enum err stanza_fill(void *record, struct arena *a, const struct stanza_key *keys,
                                size_t key_count, const struct stanza_line *line,
                                struct dialogue_problem *problem);
