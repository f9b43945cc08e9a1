/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../facts/facts.h"
#include "knowledge.h"

/*
 * What the recorded replies to a check's dialogue mean: the arrow that decided, the first verdict
 * line that holds, and else "untestable", with the server's words.
 */

/* Fills in verdict, reason and evidence; id, title and severity are the caller's.  Text lives in
 * the arena, in the facts or in what is known. */
MUST_CHECK enum err audit_verdict(const struct audit_knowledge *k, const struct audit_check *c,
                                  const struct facts_reaction *r, struct arena *a,
                                  struct finding *f);

/* The last reaction to that question, or NULL: what was asked once more, later, counts. */
const struct facts_reaction *audit_reaction(const struct facts_visit *v, struct octets ask);

/* A reply's words: its lines joined by LF, cut at 200 octets. */
MUST_CHECK enum err audit_words(const struct facts_reply *r, struct arena *a, struct octets *ret);

/* The words of the last reply, or how the dialogue ended without one. */
MUST_CHECK enum err audit_give_words(const struct facts_reaction *r, struct arena *a,
                                     struct octets *ret);

/* Why a refusal tells nothing of what was asked (it is temporary, or about us), or none. */
struct octets audit_other_cause(const struct audit_knowledge *k, const struct facts_reply *r);

/* One more line of evidence, cut at 200 octets.  Past eight lines the new one replaces the last. */
MUST_CHECK enum err audit_evidence_line(struct finding *f, struct arena *a, struct octets line);
