/* SPDX-License-Identifier: Apache-2.0 */
#include "domain.h"

#define X(id, name) name,

const char *facts_dnssec_name(enum facts_dnssec s)
{
    static const char *const names[] = {FACTS_DNSSEC_MAP(X)};
    return names[s];
}

const char *facts_validator_name(enum facts_validator v)
{
    static const char *const names[] = {FACTS_VALIDATOR_MAP(X)};
    return names[v];
}

const char *facts_policy_name(enum facts_policy_outcome o)
{
    static const char *const names[] = {FACTS_POLICY_MAP(X)};
    return names[o];
}

enum facts_dnssec facts_dnssec_of(struct octets name)
{
    unsigned i = FACTS_DNSSEC__COUNT;
    while (--i && !octets_is_equal(name, octets_of(facts_dnssec_name((enum facts_dnssec)i))))
        ;
    return (enum facts_dnssec)i;
}

enum facts_validator facts_validator_of(struct octets name)
{
    unsigned i = FACTS_VALIDATOR__COUNT;
    while (--i && !octets_is_equal(name, octets_of(facts_validator_name((enum facts_validator)i))))
        ;
    return (enum facts_validator)i;
}

enum facts_policy_outcome facts_policy_of(struct octets name)
{
    unsigned i = FACTS_POLICY__COUNT;
    while (--i &&
           !octets_is_equal(name, octets_of(facts_policy_name((enum facts_policy_outcome)i))))
        ;
    return (enum facts_policy_outcome)i;
}

/* ---- questions ---- */

const struct facts_asked *facts_domain_asked(const struct facts_domain *d, struct octets name,
                                             enum dns_type type)
{
    for (size_t i = 0; i < d->asked_count; i++)
        if (d->asked[i].type == type && octets_is_equal_nocase(d->asked[i].name, name))
            return &d->asked[i];
    return NULL;
}

size_t facts_domain_ask(struct facts_domain *d, struct arena *a, struct octets name,
                        enum dns_type type)
{
    const struct facts_asked *known = facts_domain_asked(d, name, type);
    if (known)
        return (size_t)(known - d->asked);
    if (!arena_grow(a, (void **)&d->asked, d->asked_count, &d->asked_room, sizeof *d->asked))
        return SIZE_MAX;
    struct facts_asked *one = &d->asked[d->asked_count];
    *one = (struct facts_asked){.type = type};
    if (!arena_copy(a, name, &one->name))
        return SIZE_MAX;
    return d->asked_count++;
}
