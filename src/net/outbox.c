/* SPDX-License-Identifier: Apache-2.0 */
#include "outbox.h"

void outbox_init(struct outbox *o, uv_stream_t *stream, void (*settled)(void *owner), void *owner)
{
    *o = (struct outbox){.stream = stream, .settled = settled, .owner = owner};
    buf_init(&o->waiting, 2 * OUTBOX_OCTETS);
    buf_init(&o->flight, 2 * OUTBOX_OCTETS);
}

void outbox_release(struct outbox *o)
{
    buf_release(&o->waiting);
    buf_release(&o->flight);
}

size_t outbox_unsent(const struct outbox *o)
{
    return o->waiting.size + o->flight.size;
}

static void fail(struct outbox *o, int error)
{
    if (!o->error)
        o->error = error;
    buf_release(&o->waiting);
}

/* How many octets the kernel took at once.  Before the connection stands it takes none. */
static size_t send_now(struct outbox *o, struct octets octets)
{
    uv_buf_t data = uv_buf_init((char *)octets.at, (unsigned)octets.size);
    int result = uv_try_write(o->stream, &data, 1);
    if (result < 0 && result != UV_EAGAIN)
        fail(o, result);
    if (result <= 0)
        return 0;
    o->sent += (size_t)result;
    return (size_t)result;
}

static void send_waiting(struct outbox *o);

static void on_written(uv_write_t *request, int status)
{
    struct outbox *o = request->data;
    if (status == 0)
        o->sent += o->flight.size;
    else
        fail(o, status);
    buf_release(&o->flight);
    if (o->waiting.size)
        send_waiting(o);
    if (outbox_unsent(o) == 0)
        o->settled(o->owner);
}

/* Makes what waits the one request under way. */
static void send_waiting(struct outbox *o)
{
    struct buf spare = o->flight;
    o->flight = o->waiting;
    o->waiting = spare;
    uv_buf_t data = uv_buf_init((char *)o->flight.data, (unsigned)o->flight.size);
    o->request.data = o;
    int result = uv_write(&o->request, o->stream, &data, 1, on_written);
    if (result) {
        fail(o, result);
        buf_release(&o->flight);
    }
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
    enum err e = buf_error(&o->waiting);
    if (e)
        return e;
    if (o->flight.size == 0)
        send_waiting(o);
    return ERR_OK;
}
