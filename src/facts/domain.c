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
