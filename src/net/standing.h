/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../facts/facts.h"
#include "resolver.h"

/*
 * What DNS says of one address: its names, whether one of them leads back to it (forward-confirmed,
 * RFC 8601 s3), and what lists of addresses say of it (RFC 5782).  Names are looked up one after
 * the other until one leads back; lists side by side with them.
 */
struct standing;

struct standing_options {
    bool reverse;
    bool loopback; /* of 127.0.0.0/8 and ::1 too, of which the world's DNS knows nothing */
    const struct octets *zones; /* FACTS_ZONES_MAX at most */
    size_t zone_count;
};

/* All is answered. */
typedef void standing_done(void *owner);

/* Asks; `done` is called once, never from within.  The zones must outlive it.  ERR_NOT_FOUND when
 * there is nothing that could be asked. */
MUST_CHECK enum err standing_ask(struct resolver *r, const struct address *a,
                                 const struct standing_options *options, standing_done *done,
                                 void *owner, struct standing **ret);
bool standing_is_done(const struct standing *s);
/* Borrows until standing_free.  Before the end: what is known so far; else NOT_ASKED. */
const struct facts_standing *standing_facts(const struct standing *s);
/* At any time: what is still under way is not told any more.  Takes NULL. */
void standing_free(struct standing *s);
