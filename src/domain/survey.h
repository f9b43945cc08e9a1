/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../facts/domain.h"
#include "../net/https.h"
#include "../net/resolver.h"
#include "../net/validator.h"

/*
 * One domain's DNS, asked: its exchanges with their addresses and TLSA records, SPF and all that it
 * leads to, DMARC and who may be sent its reports, DKIM selectors, MTA-STS with its policy, TLS-RPT,
 * BIMI, CAA.  No mail server is spoken with.
 */
struct domain_selector {
    struct octets name;
    bool is_typed;
};

struct domain_options {
    struct resolver *const *resolver; /* NULL in it once it is freed: no more is asked then */
    struct https *https;              /* NULL: no policy is fetched */
    struct validator *validator;      /* NULL: DNSSEC is what a local resolver says */
    const struct domain_selector *selectors;
    size_t selector_count;
    bool allow_special;   /* fetch policies from special-use addresses too */
    uint16_t policy_port; /* 443 */
    uint32_t policy_ms;   /* until the policy must be there */
};

#define DOMAIN_SELECTORS_MAX 200
#define DOMAIN_EXCHANGES_MAX 20 /* of which addresses and TLSA records are asked for */
#define DOMAIN_RECEIVERS_MAX 16
#define DOMAIN_OCTETS_MAX    ((size_t)8 * 1024 * 1024) /* an arena of this much is enough */

typedef void domain_surveyed(void *owner);

/*
 * Fills in *d, whose input, tag, name and organization are set, all from the arena; then calls done,
 * once, and never from within this call.  ERR_CLOSED without a resolver.  When memory runs out, what could not be kept is as if it
 * was not asked.  ERR_NOMEM: nothing was asked, and nobody is called.
 */
MUST_CHECK enum err domain_survey(const struct domain_options *options, struct arena *a,
                                  struct facts_domain *d, domain_surveyed *done, void *owner);

/*
 * The same from what an earlier survey was told, without asking anybody: of *kept its questions
 * with their answers, how many selectors were looked for, the policy, what DNSSEC is, and how many
 * questions there were.  *d is as for domain_survey, and is whole on return.  What was not asked then is not
 * known.  ERR_NOMEM.
 */
MUST_CHECK enum err domain_recall(const struct facts_domain *kept, struct arena *a,
                                  struct facts_domain *d);
