/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../dns/ask.h"
#include "loop.h"

/*
 * DNS through c-ares on the loop, or through libunbound: raw answers, own parsing.  Neither search domains nor the hosts
 * file are looked at; truncated answers are asked for again over TCP.
 *
 * Any number of questions may be put.  At most RESOLVER_UNDER_WAY are asked at once, the others wait
 * in their order: past about 4,000 answers overrun the socket and become timeouts.  What is being
 * asked already is not asked again, and answers are kept as long as they hold, an hour at most;
 * timeouts and failures are not.
 *
 * Any type is asked for.  Each question says by its AD bit that the answer's is understood (RFC 6840
 * s5.7): dns_message.is_authentic is what the resolver says of its own validation, and is worth
 * believing only where resolver_is_local.
 */
struct resolver;
#define RESOLVER_UNDER_WAY     1000
#define RESOLVER_CACHE_ENTRIES 65536
#define RESOLVER_CACHE_OCTETS  ((size_t)32 * 1024 * 1024)

struct resolver_counts {
    uint64_t queries; /* asked of name servers; a second try is none of its own */
    uint64_t hits;    /* answered by what was known, or by a query that was on its way */
};

enum resolver_status {
    RESOLVER_OK, /* the message holds at least one record of the type asked, be it behind a CNAME */
    RESOLVER_NO_DATA, /* the name exists, without such a record; so too a CNAME that leads to none
                       */
    RESOLVER_NO_SUCH_NAME, /* NXDOMAIN */
    RESOLVER_FAILED,       /* SERVFAIL, REFUSED, malformed answers, no server reachable */
    RESOLVER_TIMEOUT,      /* no answer in time: never the same as absent */
    RESOLVER_CANCELLED,    /* the resolver was freed */
};

/* message is NULL unless OK; it and all in it is valid during the call. */
typedef void resolver_answer(void *owner, enum resolver_status status,
                             const struct dns_message *message);

/*
 * `server`: "ADDRESS", "ADDRESS:PORT" or "[V6]:PORT"; NULL for the system's; VALIDATOR_RECURSIVE:
 * none, libunbound asks from the root on, at some 65 us of CPU a query.  Each try waits timeout_ms,
 * tries times over all servers.  ERR_SYNTAX for a malformed server.
 */
MUST_CHECK enum err resolver_new(struct net_loop *l, const char *server, uint32_t timeout_ms,
                                 unsigned tries, struct resolver **ret);
/* Takes NULL.  Questions under way are answered with CANCELLED, not from within; memory goes when
 * the loop has closed its handles. */
void resolver_free(struct resolver *r);

/*
 * Asks.  The answer never comes from within this call.  `name`: presentation form, ASCII.
 * ERR_SYNTAX for blanks, control characters, escapes and more than 254 octets; other faults of a
 * name come as FAILED.  ERR_CLOSED once freed.
 */
MUST_CHECK enum err resolver_ask(struct resolver *r, struct octets name, enum dns_type type,
                                 resolver_answer *answer, void *owner);
/* The PTR name of an address, under in-addr.arpa or ip6.arpa (RFC 1035 s3.5, RFC 3596 s2.5). */
MUST_CHECK enum err resolver_ask_reverse(struct resolver *r, const struct address *a,
                                         resolver_answer *answer, void *owner);

/* How many may be asked at once from now on: for tests. */
void resolver_limit(struct resolver *r, size_t under_way);
struct resolver_counts resolver_counts(const struct resolver *r);

/* Whether all name servers asked stand on loopback: on any other path AD can be set by anybody (RFC
 * 4035 s4.9.3). */
bool resolver_is_local(const struct resolver *r);
/* Appends whom it asks: ADDRESS:PORT,... or VALIDATOR_RECURSIVE. */
void resolver_append_name(const struct resolver *r, struct buf *out);
/* The same answer as the pure machines of dns take it: found, absent in two ways, or failed. */
struct dns_answer resolver_dns_answer(enum resolver_status status, const struct dns_message *m);
