/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/buf.h"
#include "../identify/database.h"

/* What the recordings say of products and questions, counted for explain.  Pure.  */

/* All specimens that reacted to a question in the same way. */
struct explain_group {
    struct octets text; /* of the reaction: lines joined by LF, as reaction_append writes it */
    size_t *specimens;  /* indices */
    size_t count;
};

/* The distinct reactions to a question ("greeting", "ehlo", "ehlo-tls", "quit", or a stimulus), the
 * commonest first. */
MUST_CHECK enum err explain_groups(const struct identify_database *db, struct octets ask,
                                   struct arena *a, struct explain_group **ret, size_t *ret_count);

/* A reaction that tells a product from the others. */
struct explain_telling {
    struct octets ask, text;
    double within; /* share of the product's specimens that give it */
    size_t others; /* how many other products know it too */
    double score;
};

/* The most telling reactions of a product, best first; at most `max` of them. */
MUST_CHECK enum err explain_telling(const struct identify_database *db, struct octets product,
                                    struct arena *a, struct explain_telling *ret, size_t max,
                                    size_t *ret_count);

/* The recorded versions of a product behind a front (none: behind nothing) in release order; `ret` has
 * room for one of each specimen.  Returns how many. */
size_t explain_versions(const struct identify_database *db, struct octets product,
                        struct octets front, struct octets *ret);

/* Whether a specimen was put together from what could be found of a server, so that it answers less
 * than half of the questions. */
bool explain_is_partial(const struct identify_database *db, const struct specimen *s);
