/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../facts/facts.h"
#include "finding.h"
#include "knowledge.h"
#include "select.h"

/*
 * From what a server answered to hellos of many kinds to findings tls.version.*, tls.cipher.* and
 * their like.  Rules over facts: nothing where nothing was probed.
 */

/* A Diffie-Hellman prime with fewer bits is weak (RFC 9325 s4.5). */
#define AUDIT_DH_BITS_MIN 2048

/* Appends a finding for each check that the data has and that is wanted.  Text lives in the arena, in the facts or in
 * what is known. */
MUST_CHECK enum err audit_tls_probe(const struct audit_knowledge *k, const struct facts_visit *v,
                                    const struct audit_select *select, struct arena *a,
                                    struct finding_list *list);

/* Whether any of these findings is wanted: else nothing is to be probed. */
bool audit_tls_probe_is_wanted(const struct audit_select *select);
