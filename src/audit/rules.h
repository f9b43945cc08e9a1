/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../facts/facts.h"
#include "../identify/provider.h"
#include "verdict.h"

/*
 * Rules over the facts of one endpoint: each row is a check of data/checks and the function that
 * decides it.  They ask nothing; what stays unknown is "untestable", and a rule that does not
 * concern an endpoint says nothing.
 */
struct audit_rule_view {
    const struct audit_knowledge *known;
    const struct facts_visit *v;
    const struct provider_hit *provider; /* NULL: none that is known */
    struct arena *arena;
};

/* What became of a rule; SILENT: nothing to say of such an endpoint. */
enum audit_said { AUDIT_SILENT, AUDIT_SAID, AUDIT_NO_MEMORY };

/* Sets verdict, reason, evidence and seen_at of *f, whose id, title and severity are set. */
typedef enum audit_said audit_rule(const struct audit_rule_view *w, struct finding *f);

struct audit_rule_row {
    const char *id;
    audit_rule *decide;
    const char *rests_on; /* the dialogue without whose replies there is no verdict; NULL: none */
    const char *hears;    /* the dialogue whose replies it looks at; NULL: facts alone */
};

/* The rows, ended by one without an id. */
extern const struct audit_rule_row audit_rules_service[], audit_rules_auth[], audit_rules_tls[],
    audit_rules_address[];

/* What rules end with: the verdict, and a line of evidence if there is one (none is OCTETS_NONE). */
enum audit_said audit_say(const struct audit_rule_view *w, struct finding *f,
                          enum finding_verdict verdict, struct octets evidence);
enum audit_said audit_say_why(struct finding *f, enum finding_verdict verdict, const char *reason);

/* The reply to EHLO that was heard first, in clear or under TLS; no lines when there was none. */
const struct facts_reply *audit_ehlo(const struct facts_visit *v);
