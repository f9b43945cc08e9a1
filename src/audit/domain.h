/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../dns/bimi.h"
#include "../dns/mtasts.h"
#include "../dns/spf_lint.h"
#include "../dns/tlsrpt.h"
#include "../facts/domain.h"
#include "knowledge.h"
#include "rules.h"
#include "select.h"

/*
 * From what a domain publishes, and what its servers showed, to findings.  Pure.  A question that
 * DNS did not answer leaves a check untestable: it is never taken as absence.
 */
struct audit_domain_input {
    const struct audit_knowledge *known;
    const struct facts_domain *domain;
    spf_is_registry *is_registry; /* NULL: top-level domains alone are ones */
    struct audit_select select;
};

/* Appends the findings, the gravest that are exposed first. */
MUST_CHECK enum err audit_domain(const struct audit_domain_input *in, struct arena *a,
                                 struct finding_list *list);

/* Whether any check of domains is among those chosen. */
bool audit_domain_is_wanted(const struct audit_select *s);

/* What receivers do with mail that claims to be from the domain (RFC 9989 s4.10.1): a name of which
 * NXDOMAIN is said does not exist (s3.2.13). */
enum dmarc_policy audit_dmarc_policy(const struct facts_domain *d);

/* ---- for rules ---- */

/* The records of one kind among the TXT records of a name. */
struct audit_texts {
    struct octets first, nearly; /* what was meant to be one; none */
    size_t count;
};

struct audit_domain_view {
    const struct audit_knowledge *known;
    const struct facts_domain *d;
    struct arena *arena;
    bool takes_mail; /* it has exchanges */
    bool is_parked;  /* it is known to have none, and names nobody who sends for it */
    struct spf_flaws spf;
    struct audit_texts mtasts, tlsrpt, bimi;
    struct mtasts_record mtasts_record;
    struct mtasts_policy policy; /* of d->policy.FOUND */
};

typedef enum audit_said audit_domain_rule(const struct audit_domain_view *w, struct finding *f);

struct audit_domain_row {
    const char *id;
    audit_domain_rule *decide;
};

/* The rows, ended by one without an id. */
extern const struct audit_domain_row audit_rules_domain_mx[], audit_rules_domain_spf[],
    audit_rules_domain_dmarc[], audit_rules_domain_tls[], audit_rules_domain_join[];

/* One more line of evidence: the three joined.  Sets no verdict. */
enum audit_said audit_domain_line(const struct audit_domain_view *w, struct finding *f,
                                  struct octets a, const char *between, struct octets b);
/* A line for each problem of the record, but for the tags that RFC 9989 removed; EXPOSED with any. */
enum audit_said audit_domain_problems(const struct audit_domain_view *w, struct finding *f,
                                      const struct dns_problems *p, struct octets record);
/* EXPOSED with evidence, SAFE without. */
enum audit_said audit_domain_by_evidence(struct finding *f);
/* The same, but UNTESTABLE without evidence when of the exchanges that were to be looked at some, or
 * all, did not answer on port 25. */
struct audit_domain_looks {
    size_t looked_at, missed;
};
enum audit_said audit_domain_by_looks(const struct audit_domain_view *w, struct finding *f,
                                      struct audit_domain_looks looks);
/* UNTESTABLE, for the answer told nothing. */
enum audit_said audit_domain_failed(const struct facts_dns *answer, struct finding *f);
