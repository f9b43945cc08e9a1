/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/buf.h"
#include "loop.h"

/*
 * Whole messages between two processes of ours, over one end of a socketpair: each goes out behind
 * its length, all that are sent within a turn of the loop together.  Messages arrive in their
 * order, or the other end has gone.
 */
struct net_link;

#define NET_LINK_MESSAGE_MAX ((size_t)80 * 1024 * 1024) /* a record, and what stands before it */

struct net_link_listener {
    void (*message)(void *owner, struct octets message); /* valid during the call */
    void (*lost)(void *owner); /* once: nothing comes any more, and what is sent is dropped */
    void *owner;
};

/* Takes the descriptor, in any case.  The listener is never called from within. */
MUST_CHECK enum err net_link_new(struct net_loop *l, int fd, struct net_link_listener listener,
                                 struct net_link **ret);
/* Queues a copy; without memory for it the link is lost. */
void net_link_send(struct net_link *k, struct octets message);
/* The other end is of no use any more: `lost` follows. */
void net_link_lose(struct net_link *k);
/* Closes it, and frees it when the loop has its turn.  The listener is called no more. */
void net_link_close(struct net_link *k);
