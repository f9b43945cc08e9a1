/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../audit/audit.h"
#include "../audit/baseline.h"
#include "../audit/domain.h"
#include "../record/record.h"
#include "../report/text.h"
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
    struct identify_answer software; /* set where the answers point to it */
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
/* The same of a domain, whose facts hold what its servers showed.  ERR_NOMEM alone. */
MUST_CHECK enum err judgement_of_domain(struct judgement *j, const struct facts_domain *d,
                                        struct arena *a, struct finding_list *ret);
/* Appends a domain's record, if it is wanted, and with a style its text behind that.  ERR_NOMEM
 * alone. */
MUST_CHECK enum err judgement_append_domain(const struct judgement *j,
                                            const struct record_domain *d, bool with_record,
                                            const struct report_text_style *style, struct buf *out);
void judgement_release(struct judgement *j);
