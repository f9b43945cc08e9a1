/* SPDX-License-Identifier: Apache-2.0 */
#include "outbox.h"

#include <errno.h>
#include <sys/socket.h>

void outbox_init(struct outbox *o, int fd)
{
    *o = (struct outbox){.fd = fd, .is_held = true};
    buf_init(&o->waiting, 2 * OUTBOX_OCTETS);
}

void outbox_release(struct outbox *o)
{
    buf_release(&o->waiting);
}

size_t outbox_unsent(const struct outbox *o)
{
    return o->waiting.size;
}

/* How many octets the kernel took at once. */
static size_t send_now(struct outbox *o, struct octets octets)
{
    ssize_t n = -1;
    if (o->is_held || !octets.size)
        return 0;
    do {
        n = send(o->fd, octets.at, octets.size, MSG_NOSIGNAL);
    } while (n < 0 && errno == EINTR);
    if (n < 0 && errno != EAGAIN) {
        o->error = errno;
        buf_release(&o->waiting);
    }
    if (n <= 0)
        return 0;
    o->sent += (size_t)n;
    return (size_t)n;
}

enum err outbox_push(struct outbox *o, struct octets octets)
{
    if (o->error || octets.size == 0)
        return ERR_OK;
    if (octets.size > 2 * OUTBOX_OCTETS - outbox_unsent(o))
        return ERR_LIMIT;
    if (outbox_unsent(o) == 0)
        octets = octets_sub(octets, send_now(o, octets), octets.size);
    if (o->error || octets.size == 0)
        return ERR_OK;
    buf_append(&o->waiting, octets);
    return buf_error(&o->waiting);
}

void outbox_flush(struct outbox *o)
{
    if (!o->waiting.size)
        return;
    size_t n = send_now(o, buf_octets(&o->waiting));
    if (!o->error)
        buf_drop_front(&o->waiting, n);
    if (!o->waiting.size)
        buf_release(&o->waiting);
}
