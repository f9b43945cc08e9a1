/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/buf.h"

/*
 * Octets on their way out of a socket: tried at once, the rest kept until there is room.  A failed
 * write ends nothing: what the peer said before may still be unread, so the octets are dropped, the
 * error is kept, and the reading side learns of the end.
 */
struct outbox {
    int fd;
    bool is_held; /* the connection does not stand yet: all that is pushed waits */
    struct buf waiting;
    uint64_t sent; /* octets that the kernel took */
    int error;     /* errno of the first write that failed, else 0 */
};

#define OUTBOX_OCTETS \
    ((size_t)256 * 1024) /* unsent: twice this, for what TLS adds, is the hard cap */

void outbox_init(struct outbox *o, int fd);
void outbox_release(struct outbox *o);

/* Sends or queues a copy.  ERR_LIMIT past the hard cap. */
MUST_CHECK enum err outbox_push(struct outbox *o, struct octets octets);
/* There may be room again. */
void outbox_flush(struct outbox *o);
size_t outbox_unsent(const struct outbox *o);
