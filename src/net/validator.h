/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../dns/message.h"
#include "loop.h"

/*
 * DNSSEC (RFC 4035) validated in this process by libunbound, from a trust anchor that is given,
 * through the name servers that are asked anyway.  It works in a thread of its own; answers come on
 * the loop.
 */
struct validator;

enum validator_verdict {
    VALIDATOR_UNKNOWN,  /* no answer, or none in time */
    VALIDATOR_INSECURE, /* it is proven that nothing is signed there */
    VALIDATOR_SECURE,
    VALIDATOR_BOGUS,
};

typedef void validator_answer(void *owner, enum validator_verdict v);

/*
 * `server`: as of resolver_new.  `anchors`: a file of DS or DNSKEY records in zone form.  ERR_SYNTAX
 * for a malformed server, ERR_NOT_FOUND when the anchors cannot be read.
 */
MUST_CHECK enum err validator_new(struct net_loop *l, const char *server, const char *anchors,
                                  uint32_t timeout_ms, struct validator **ret);
/* The answer never comes from within this call.  ERR_SYNTAX when it can be no name. */
MUST_CHECK enum err validator_ask(struct validator *v, struct octets name, enum dns_type type,
                                  validator_answer *answer, void *owner);
/* Takes NULL; not from within an answer.  What is under way is not answered any more; memory goes
 * when the loop has closed the handles. */
void validator_free(struct validator *v);
