/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../facts/facts.h"
#include "hello.h"
#include "suites.h"

/*
 * Which hello to send next, and what its answer decides: from nothing known to every question of
 * FACTS_TLS_ASK_MAP answered, in as few connections as that takes.  A plan as rows; pure, the driver
 * connects.  Nothing but the first message of a handshake is ever sent.
 *
 * NO needs an answer that speaks of what was offered: an alert that says so, or another one or an
 * orderly end that comes twice while the first hello is still answered.  A reset or a time-out
 * leaves a question UNDECIDED, and so does all that comes when the first, modern hello is not
 * answered.
 */
#define TLS_PROBER_CONNECTIONS 24
#define TLS_PROBER_TIMEOUTS    2 /* after that many the rest is not asked */

enum tls_prober_end {
    TLS_PROBER_ANSWERED, /* the answer was read as far as it is wanted */
    TLS_PROBER_CLOSED,   /* an orderly end */
    TLS_PROBER_RESET,
    TLS_PROBER_TIMEOUT,
};

struct tls_prober {
    struct facts_tls_probe *facts;
    struct arena *arena; /* of the facts' words */
    struct octets server_name;
    uint32_t wanted; /* set of questions */

    /* The hello under way: */
    struct tls_answer answer;
    size_t row;           /* of the plan */
    uint32_t decides;     /* what of that was open */
    uint16_t least, most; /* versions offered */
    uint16_t suites[TLS_SUITES_MAX], groups[FACTS_TLS_GROUPS_MAX];
    size_t suite_count, group_count;

    bool is_controlled;     /* the first hello was accepted */
    uint32_t rows_done;     /* set of rows */
    const char *seen_once;  /* how the row ended before: decides when it comes again */
    const char *manner;     /* how a row ended twice: the server's way to refuse */
    uint32_t by_repetition; /* questions with a NO of that kind */
    unsigned timeouts;
    bool knows_legacy;     /* whether TLS 1.2 or older is spoken at all */
    uint16_t legacy;       /* the highest of those; 0: none */
    uint16_t legacy_suite; /* chosen for it */
    uint32_t groups_left;  /* not accepted yet: set of places in the table of groups */
};

/*
 * Borrows all three until the prober is released.  *facts is to be zero.  `wanted`: the questions, all
 * of them or a few that need nothing of the others; without that for TLS 1.3, which is the modern
 * hello's, a handshake must have succeeded before.
 */
#define TLS_PROBER_ALL ((1u << FACTS_TLS__COUNT) - 1)
void tls_prober_init(struct tls_prober *p, struct octets server_name, uint32_t wanted,
                     struct arena *a, struct facts_tls_probe *facts);
void tls_prober_release(struct tls_prober *p);
/*
 * Appends the next hello to out, for a connection of its own; from_random holds TLS_HELLO_RANDOM
 * octets.  False when there is none: everything is decided.
 */
bool tls_prober_next(struct tls_prober *p, const uint8_t *from_random, struct buf *out);
/* What the server sent next.  False: enough, end the connection. */
bool tls_prober_feed(struct tls_prober *p, struct octets more);
/* How the connection ended; draws the conclusions. */
void tls_prober_ended(struct tls_prober *p, enum tls_prober_end end);
/* No further connection can be had: what is open stays UNDECIDED, for this reason. */
void tls_prober_stop(struct tls_prober *p, struct octets reason);
