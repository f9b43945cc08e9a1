/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../smtp/dialogue.h"
#include "reaction.h"

/* A recorded server: who it was, and how it reacted, masked.  Read from and written as the dialogue
 * language. */
struct specimen {
    struct octets product, vendor, version, front, build, config, kind, seen, origin, cpe;
    struct specimen_section {
        struct octets ask; /* "greeting", "ehlo", "ehlo-tls", "quit", or a stimulus */
        struct reaction reaction;
    } * sections;
    size_t section_count;
};

/* Takes a parsed specimen.  Borrows its text.  ERR_SYNTAX with *ret_problem. */
MUST_CHECK enum err specimen_take(const struct dialogue *d, struct arena *a, struct specimen *ret,
                                  struct dialogue_problem *ret_problem);

/* Masks one reaction, as recording and matching both do. */
MUST_CHECK enum err specimen_mask(const struct facts_reaction *seen, const struct mask *m,
                                  struct arena *a, struct reaction *ret);

/* The sections that a visit gives: masked, in a fixed order.  Who it is stays empty. */
MUST_CHECK enum err specimen_from_facts(const struct facts_visit *v, struct arena *a,
                                        struct specimen *ret);

/* `question(owner, ask)` gives the C: lines to print for an ask, or NULL. */
typedef const struct dialogue *specimen_question(void *owner, struct octets ask);
void specimen_append(struct buf *out, const struct specimen *s, specimen_question *question,
                     void *owner);
