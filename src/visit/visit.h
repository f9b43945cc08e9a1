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
enum visit_level { VISIT_DETECT, VISIT_IDENTIFY, VISIT_AUDIT, VISIT_FULL, VISIT_LEVEL__COUNT };

struct visit_options {
    struct session_limits limits;
    uint32_t visit_ms;
    enum visit_level level;
    bool exhaustive;    /* ask every stimulus; the address's budget does not apply */
    bool keeps_wire;    /* keep every octet */
    bool probes_tls;    /* with level full: try out what TLS is accepted, hello by hello */
    struct octets ehlo; /* none: the address literal of each connection */
    struct octets sender, outsider;
    struct address source; /* family 0: the kernel's choice */
    const struct identify_database *database;
};

struct visit_request {
    struct octets input, tag, domain, host; /* but for input: none when there is none */
    struct address address;
    uint16_t port;
    bool is_again;     /* passed on to the facts */
    bool may_transact; /* the user named this target: class transaction may be asked */
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
#define VISIT_HOST_ERRORS      6 /* per address and run at level identify */

/* Copies the request.  The listener is never called from within.  `host` and `options` must outlive
 * the visit. */
MUST_CHECK enum err visit_start(struct net_loop *l, const struct visit_options *options,
                                const struct visit_request *request, struct visit_host *host,
                                struct visit_listener listener, struct visit **ret);
/* Ends it early: the listener is called with what was found so far, which has a cut if it had
 * answered and there was more to ask. */
void visit_cancel(struct visit *v);
void visit_free(struct visit *v);
