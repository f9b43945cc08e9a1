/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "problem.h"

/*
 * BIMI assertion records (draft-brand-indicators-for-message-identification-08), at
 * default._bimi below a domain.  Pure; borrows the text.
 */
struct bimi_record {
    struct octets text;
    struct octets location, authority; /* l= and a=, https URIs; none */
    bool is_declined; /* l is there and empty, with no evidence: no logo is wanted */
    struct dns_problems problems;
};

/* Whether a TXT record is one: "v=BIMI1" first, case and all. */
bool bimi_is_record(struct octets text);
/* Text must be a record. */
void bimi_parse(struct octets text, struct bimi_record *ret);
