/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "answers.h"
#include "knowledge.h"
#include "select.h"

/*
 * From one endpoint's facts to its findings.  Pure: a stored visit is judged again tomorrow.  What
 * was seen at level identify gives svc.cve and svc.eol alone; from level audit on each check that
 * concerns the endpoint gets its verdict.
 */
struct audit_input {
    const struct audit_knowledge *known;
    const struct facts_visit *visit;
    const struct identify_answer *software; /* NULL: nobody tried to find out */
    const struct provider_hit *provider;    /* NULL: none that is known */
    struct audit_select select;
};

/* Whether the dialogue of that id is to be asked: it is wanted, or not skipped and looked at
 * by a rule that is. */
bool audit_wants_dialogue(const struct audit_select *select, struct octets id);

/* Appends the findings, the gravest that are exposed first.  Text lives in the arena, in the facts
 * or in what is known. */
MUST_CHECK enum err audit_service(const struct audit_input *in, struct arena *a,
                                  struct finding_list *list);
