/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "database.h"

/*
 * A new specimen of a product beside those of it that are known: what it answers that none of them
 * does, and which of them comes nearest.  Pure.
 */
#define IDENTIFY_NEWS_MAX 12

struct identify_news {
    bool is_known; /* a whole specimen of the product is */
    struct identify_new_answer {
        const char *ask;
        struct octets said; /* masked; its first line, or the keywords */
    } answers[IDENTIFY_NEWS_MAX];
    size_t answer_count; /* of all, those that had no room included */
    size_t unasked; /* answers to what no specimen of the product was asked, or kept no words of */
    /* Specimens that give the same answer wherever both were asked, the greeting aside. */
    size_t same[IDENTIFY_NEWS_MAX], same_count;
    size_t nearest;         /* specimen; SIZE_MAX: none was asked the same */
    size_t alike, compared; /* its answers, those that are asked of both, the greeting aside */
};

/* The product is the one that the specimen names.  Text of *ret lives in the arena.  ERR_NOMEM. */
MUST_CHECK enum err identify_news_of(const struct identify_database *db, const struct specimen *s,
                                     struct arena *a, struct identify_news *ret);
