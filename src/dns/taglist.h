/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "problem.h"

/*
 * Lists of tag=value, parted by semicolons (RFC 6376 s3.2): the form of DKIM keys, DMARC (RFC 9989
 * s4.7), TLS-RPT (RFC 8460 s3), MTA-STS (RFC 8461 s3.1) and BIMI records.  Borrows the text.
 */
struct taglist_tag {
    struct octets name, value; /* blanks around them are cut */
    size_t at, value_at;       /* octets from the start of the text */
};

#define TAGLIST_TAGS_MAX 64

struct taglist {
    struct taglist_tag tags[TAGLIST_TAGS_MAX];
    size_t count;
};

/* How its own RFC has a record written. */
enum taglist_form {
    TAGLIST_LOOSE,  /* what is malformed is passed over (RFC 9989 s4.8) */
    TAGLIST_STRICT, /* what is malformed is fatal, and so is a tag that occurs twice (RFC 6376) */
    TAGLIST_BARE,   /* as strict, and no blanks beside an equals sign (RFC 8460 s3, RFC 8461 s3.1);
                     * of a tag that occurs twice the first stands (RFC 8461 s3.2) */
};

/* Reads all tags that are well-formed and adds a problem for each that is not.  Of a tag that occurs
 * twice the first is read. */
void taglist_parse(struct octets text, enum taglist_form form, struct taglist *ret,
                   struct dns_problems *problems);

/* Whether it may name an extension of RFC 8460 s3, RFC 8461 s3.1 and s3.2. */
bool taglist_is_extension(struct octets name);
/* Adds a problem for each tag but "v" and `own` that is no such extension: its value is not empty and
 * holds neither blanks nor equals signs. */
void taglist_check_extensions(const struct taglist *l, const char *own,
                              struct dns_problems *problems);

/* The tag of that name, case and all (RFC 6376 s3.2); NULL when it is not there. */
const struct taglist_tag *taglist_find(const struct taglist *l, const char *name);
/* Whether text begins with the tag and value, as `v=DMARC1`, blanks around the equals sign and
 * after it allowed, and then ends or has a semicolon.  Case matters. */
bool taglist_is_version(struct octets text, const char *tag, const char *value);

/* Where a part of the tag's value begins in the text; of an empty part, where the value does. */
size_t taglist_place(const struct taglist_tag *t, struct octets part);
