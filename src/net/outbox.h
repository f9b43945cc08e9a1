/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "loop.h"

/*
 * Octets on their way out of a stream: tried at once, the rest queued behind what waits already.
 * A failed write ends nothing: what the peer said before may still be unread, so the octets are
 * dropped, the error is kept, and the reading side learns of the end.
 */
struct outbox {
    uv_stream_t *stream;
    uv_write_t request;
    struct buf waiting; /* behind the request under way */
    struct buf flight;  /* what the request under way holds */
    uint64_t sent;      /* octets that the kernel took */
    int error;          /* of the first write that failed, a uv error; else 0 */
    void (*settled)(void *owner);
    void *owner;
};

#define OUTBOX_OCTETS \
    ((size_t)256 * 1024) /* unsent: twice this, for what TLS adds, is the hard cap */

/* settled: called from the loop when what was queued has gone out, or was dropped for an error. */
void outbox_init(struct outbox *o, uv_stream_t *stream, void (*settled)(void *owner), void *owner);
void outbox_release(struct outbox *o); /* the stream must have been closed */

/* Sends or queues a copy.  Never calls settled from within.  ERR_LIMIT past the hard cap. */
MUST_CHECK enum err outbox_push(struct outbox *o, struct octets octets);
size_t outbox_unsent(const struct outbox *o);
