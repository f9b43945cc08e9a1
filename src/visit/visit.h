/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../identify/next.h"
#include "host.h"
#include "session.h"

/*
 * One endpoint's visit: a few connections, each playing dialogues, that yield facts.  What a port
 * speaks is found out; which question comes next is identify's choice; what may be written is the
 * guard's.
 */
struct visit_options {
    struct session_limits limits;
    uint32_t visit_ms;
    uint32_t again_ms; /* how long a server that greylists is waited for, at most; 0: not at all */
    const struct smtp_program *const *checks; /* of the audit, the gravest first; not owned */
    size_t check_count;
    bool exhaustive;         /* ask every stimulus; the address's budget does not apply */
    bool keeps_wire;         /* keep every octet */
    bool counts_connections; /* at level full: how many it takes within a minute */
    /* What of TLS is found out hello by hello: at level full, and that of a strict client at audit,
     * where the handshake has not shown it. */
    bool probes_tls, probes_strict;
    struct octets ehlo; /* none: the address literal of each connection */
    struct octets sender, outsider;
    const struct identify_database *database;
};

struct visit_request {
    struct octets input, tag, domain, host; /* but for input: none when there is none */
    struct address address;
    uint16_t port;
    bool is_again, is_origin, is_null_mx; /* passed on to the facts */
    enum facts_level level;
    enum facts_named named; /* one address of a network is asked nothing above class session */
};

struct visit;
/* Who is told of the end, once.  The facts live until visit_free, which is called from within or
 * after `done`. */
struct visit_listener {
    void (*done)(void *owner, struct visit *v, struct facts_visit *facts);
    void (*answered)(void *owner); /* a connection was accepted: the host is there; may be NULL */
    void *owner;
};

#define VISIT_OCTETS_MAX ((size_t)16 * 1024 * 1024)

/* Budgets, from what real servers bear (docs/politeness.md). */
#define VISIT_SESSION_ERRORS   2
#define VISIT_SESSION_COMMANDS 9
#define VISIT_SESSIONS_MAX     4 /* connections to one endpoint */
#define VISIT_HOST_ERRORS      6 /* provoked by identification, per address and run */
/* From level audit on: once the product is known, of whose own limits half is the bound. */
#define VISIT_CHECK_ERRORS   8
#define VISIT_CHECK_COMMANDS 19

/* How many connections one port may cost (one more for each check that is asked again, later), and
 * what one address in a run. */
#define VISIT_CHECK_SESSIONS           3
#define VISIT_CHECK_SESSIONS_ELSEWHERE 2 /* than on port 25 */
struct visit_budget {
    uint32_t errors, commands;
};
extern const struct visit_budget visit_host_budget[FACTS_LEVEL__COUNT];

/* Copies the request.  The listener is never called from within.  `host` and `options` must outlive
 * the visit. */
MUST_CHECK enum err visit_start(struct net_loop *l, const struct visit_options *options,
                                const struct visit_request *request, struct visit_host *host,
                                struct visit_listener listener, struct visit **ret);
/* Ends it early: the listener is called with what was found so far, which has a cut if it had
 * answered and there was more to ask. */
void visit_cancel(struct visit *v);
void visit_free(struct visit *v);
