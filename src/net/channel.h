/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
/* From 1.28 on c-ares would rather hand out its own records; raw answers are what we parse. */
#define CARES_NO_DEPRECATED
#include <ares.h>

#include "../dns/message.h"

#include "loop.h"

/*
 * A c-ares channel on the loop: its sockets polled, its timeouts timed.  c-ares calls back as it
 * likes, also from within channel_ask and channel_close: the resolver above puts that in order.
 */
struct channel {
    struct net_loop *loop;
    ares_channel ares;
    struct channel_watch *watches;
    struct net_timer timer;
    bool is_timing;
    size_t under_way; /* questions without an answer: the callback counts it down */
    void (*closed)(void *owner);
    void *owner;
};

/* See resolver_new.  On failure there is nothing to close. */
MUST_CHECK enum err channel_init(struct channel *c, struct net_loop *l, const char *server,
                                 uint32_t timeout_ms, unsigned tries);
/*
 * Cancels all questions (ARES_EDESTRUCTION).  Never from within a callback of c-ares.  The memory
 * of c must live until closed(owner) was called.
 */
void channel_close(struct channel *c, void (*closed)(void *owner), void *owner);

/* name: as dns/message.h has it, NUL-terminated. */
void channel_ask(struct channel *c, const char *name, enum dns_type type, ares_callback callback,
                 void *owner);
/* Whether all name servers stand on loopback: on another path anybody may set AD (RFC 4035 s4.9.3). */
bool channel_is_local(const struct channel *c);
/* Appends them as ADDRESS:PORT,... */
void channel_append_servers(const struct channel *c, struct buf *out);
