/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../dns/message.h"
#include "loop.h"

/*
 * libunbound: asks name servers, or the root and on from there by itself, and validates DNSSEC (RFC
 * 4035) where it has a trust anchor.  It works in a thread of its own; answers come on the loop.
 */
struct validator;

#define VALIDATOR_RECURSIVE "recursive" /* in the place of a server: from the root on */

enum validator_verdict {
    VALIDATOR_UNKNOWN,  /* no answer, or none in time */
    VALIDATOR_INSECURE, /* it is proven that nothing is signed there */
    VALIDATOR_SECURE,
    VALIDATOR_BOGUS,
};

struct validator_result {
    enum validator_verdict verdict;
    struct octets message; /* as received, for the time of the call; none: there was none */
    bool is_late;
};
typedef void validator_answer(void *owner, const struct validator_result *r);

/*
 * `server`: as of resolver_new, or VALIDATOR_RECURSIVE.  `anchors`: a file of DS or DNSKEY records in
 * zone form; NULL: nothing is validated.  ERR_SYNTAX for a malformed server, ERR_NOT_FOUND when the
 * anchors cannot be read.
 */
MUST_CHECK enum err validator_new(struct net_loop *l, const char *server, const char *anchors,
                                  uint32_t timeout_ms, struct validator **ret);
/* The answer never comes from within this call.  ERR_SYNTAX when it can be no name. */
MUST_CHECK enum err validator_ask(struct validator *v, struct octets name, enum dns_type type,
                                  validator_answer *answer, void *owner);
/* Takes NULL; not from within an answer.  What is under way is not answered any more; memory goes
 * when the loop has closed the handles. */
void validator_free(struct validator *v);
