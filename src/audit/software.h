/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../identify/match.h"
#include "knowledge.h"

/*
 * From who a server is to what that may mean: findings svc.cve and svc.eol.  Rules over facts: they
 * say how likely the version is in the range of an advisory, never that a server is vulnerable.
 */

/* Less likely than this is not said. */
#define AUDIT_SOFTWARE_P_MIN 0.05

/* Appends what there is to say at the time of the scan.  Text lives in the arena or in what is
 * known. */
MUST_CHECK enum err audit_software(const struct audit_knowledge *k,
                                   const struct identify_answer *answer, uint64_t time_ms,
                                   struct arena *a, struct finding_list *list);

/* Gives the answer's versions their CPE names.  The table of products stands before what a specimen
 * says: one place to put right. */
MUST_CHECK enum err audit_cpe(const struct audit_knowledge *k, struct identify_answer *answer,
                              struct arena *a);
