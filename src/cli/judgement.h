/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../audit/audit.h"
#include "../audit/baseline.h"
#include "../audit/domain.h"
#include "commands.h"

/* What is made of each service, the same for a scan and for stored records. */
struct judgement {
    const struct identify_database *database;
    const struct audit_knowledge *knowledge;
    struct identify_options identify;
    struct audit_select select;
    struct audit_baseline baseline;
    enum finding_severity fail_on; /* __COUNT: nothing fails */
    uint64_t failing;              /* findings exposed, not accepted, and as grave as that */
    struct arena arena;            /* of the baseline */
    struct octets baseline_text;   /* owned */
};

struct judged {
    struct identify_answer software;
    struct provider_hit provider;
    struct finding_list findings;
    struct audit_answers answers; /* points into the others */
};

/* From the options; database and knowledge are borrowed.  False: a line on stderr said why, and
 * nothing is to be released. */
MUST_CHECK bool judgement_init(struct judgement *j, const struct cli_options *o,
                               const struct identify_database *database,
                               const struct audit_knowledge *knowledge);
/* *ret must not move afterwards.  ERR_NOMEM alone. */
MUST_CHECK enum err judgement_of(struct judgement *j, const struct facts_visit *v, struct arena *a,
                                 struct judged *ret);
/* Marks what is accepted of a domain's findings, and counts what makes the run fail. */
void judgement_weigh_domain(struct judgement *j, struct octets domain, struct finding_list *list);
void judgement_release(struct judgement *j);
