/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "knowledge.h"

/* The checks of data/checks and of --checks that are dialogues.  Used by knowledge.c alone. */

/* Compiles one file, guarded, and adds a check for each of its programs.  Keeps the text by
 * reference. */
MUST_CHECK enum err audit_dialogue_add(struct audit_knowledge *k, struct octets text,
                                       struct dialogue_problem *problem);

/* Adds it; ERR_SYNTAX when there is one of that id. */
MUST_CHECK enum err audit_check_add(struct audit_knowledge *k, const struct audit_check *c,
                                    unsigned line, struct dialogue_problem *problem);

/* Fills in what a stanza says of a check: of a text file all, of a dialogue's headers what is not
 * the compiler's. */
MUST_CHECK enum err audit_check_fill(struct audit_knowledge *k, const struct stanza *s,
                                     struct audit_check *ret, struct dialogue_problem *problem);

/* Sorts checks, and programs in the order in which they are to be played. */
MUST_CHECK enum err audit_dialogues_order(struct audit_knowledge *k);
