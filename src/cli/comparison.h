/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/buf.h"
#include "../identify/match.h"
#include "../identify/news.h"

/* A recording that is to become a specimen, beside what is known: whether it is what it is said to
 * be, and what is new about it. */
struct comparison {
    const struct identify_database *database;
    struct octets product; /* as it is said to be */
    struct identify_answer answer;
    struct identify_news news;
    bool is_contradicted;
};

/* Identifies the visit without its greeting.  Text of *ret lives in the arena and the database.
 * ERR_NOMEM. */
MUST_CHECK enum err comparison_make(const struct identify_database *db, const struct facts_visit *v,
                                    const struct specimen *s, struct arena *a,
                                    struct comparison *ret);

/* In lines for people: what contradicts it, and what became of it for that; what is new. */
void comparison_append_contradiction(struct buf *out, const struct comparison *c, bool is_forced);
void comparison_append_news(struct buf *out, const struct comparison *c);
