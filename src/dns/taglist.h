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

/*
 * Reads all tags that are well-formed and adds a problem for each that is not: they are fatal where
 * the record's own RFC has it so.  Of a tag that occurs twice the first stands.
 */
void taglist_parse(struct octets text, bool is_fatal, struct taglist *ret,
                   struct dns_problems *problems);

/* The tag of that name, case and all (RFC 6376 s3.2); NULL when it is not there. */
const struct taglist_tag *taglist_find(const struct taglist *l, const char *name);
/* Whether text begins with the tag and value, as `v=DMARC1`, blanks around the equals sign and
 * after it allowed, and then ends or has a semicolon.  Case matters. */
bool taglist_is_version(struct octets text, const char *tag, const char *value);

/* Where a part of the tag's value begins in the text; of an empty part, where the value does. */
size_t taglist_place(const struct taglist_tag *t, struct octets part);
