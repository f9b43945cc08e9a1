/* SPDX-License-Identifier: Apache-2.0 */
#include "link.h"

#include <stdlib.h>
#include <unistd.h>

#include "../base/cursor.h"

/* What waits at most, either way: more than all that thousands of visits have to say. */
#define QUEUE_OCTETS_MAX ((size_t)1024 * 1024 * 1024)
#define LENGTH_OCTETS    4

struct net_link {
    struct net_loop *loop;
    struct net_link_listener listener;
    uv_pipe_t pipe;
    uv_prepare_t turn; /* before the loop waits: what was queued goes out */
    uv_timer_t gone;   /* tells the loss from the loop */
    unsigned handles;
    struct buf in, out, flight;
    uv_write_t write;
    bool is_lost, is_closed;
};

static void on_closed(uv_handle_t *handle)
{
    struct net_link *k = handle->data;
    if (--k->handles)
        return;
    buf_release(&k->in);
    buf_release(&k->out);
    buf_release(&k->flight);
    free(k);
}

void net_link_close(struct net_link *k)
{
    if (!k || k->is_closed)
        return;
    k->is_closed = true;
    uv_close((uv_handle_t *)&k->pipe, on_closed);
    uv_close((uv_handle_t *)&k->turn, on_closed);
    uv_close((uv_handle_t *)&k->gone, on_closed);
}

static void on_gone(uv_timer_t *timer)
{
    struct net_link *k = timer->data;
    k->listener.lost(k->listener.owner);
}

void net_link_lose(struct net_link *k)
{
    if (k->is_lost || k->is_closed)
        return;
    k->is_lost = true;
    (void)uv_read_stop((uv_stream_t *)&k->pipe);
    (void)uv_timer_start(&k->gone, on_gone, 0, 0);
}

static void on_written(uv_write_t *request, int status)
{
    struct net_link *k = request->data;
    buf_clear(&k->flight);
    if (status)
        net_link_lose(k);
}

static void on_turn(uv_prepare_t *turn)
{
    struct net_link *k = turn->data;
    if (k->is_lost || k->flight.size || !k->out.size)
        return;
    struct buf spare = k->flight;
    k->flight = k->out;
    k->out = spare;
    uv_buf_t data = uv_buf_init((char *)k->flight.data, (unsigned)k->flight.size);
    k->write.data = k;
    if (uv_write(&k->write, (uv_stream_t *)&k->pipe, &data, 1, on_written))
        net_link_lose(k);
}

void net_link_send(struct net_link *k, struct octets message)
{
    uint8_t length[LENGTH_OCTETS];
    for (size_t i = 0; i < LENGTH_OCTETS; i++)
        length[i] = (uint8_t)(message.size >> (8 * (LENGTH_OCTETS - 1 - i)));
    if (k->is_lost || k->is_closed)
        return;
    buf_append(&k->out, (struct octets){length, sizeof length});
    buf_append(&k->out, message);
    if (message.size > NET_LINK_MESSAGE_MAX || buf_error(&k->out))
        net_link_lose(k);
}

/* Takes the whole messages at the front; how many octets they were. */
static size_t take_messages(struct net_link *k)
{
    struct cursor c;
    size_t taken = 0;
    cursor_init(&c, buf_octets(&k->in));
    while (!k->is_closed && !k->is_lost) {
        size_t size = cursor_u32(&c);
        struct octets message = cursor_take(&c, size);
        if (size > NET_LINK_MESSAGE_MAX)
            net_link_lose(k);
        if (c.has_failed || k->is_lost)
            break;
        taken = c.at;
        k->listener.message(k->listener.owner, message);
    }
    return taken;
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct net_link *k = handle->data;
    (void)suggested;
    *ret = uv_buf_init((char *)k->loop->read_buffer, (unsigned)NET_READ_OCTETS);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *data)
{
    struct net_link *k = stream->data;
    if (size > 0)
        buf_append(&k->in, (struct octets){(const uint8_t *)data->base, (size_t)size});
    if (size > 0 && !buf_error(&k->in))
        buf_drop_front(&k->in, take_messages(k));
    if (size < 0 || buf_error(&k->in))
        net_link_lose(k);
}

enum err net_link_new(struct net_loop *l, int fd, struct net_link_listener listener,
                      struct net_link **ret)
{
    struct net_link *k = calloc(1, sizeof *k);
    if (!k || uv_pipe_init(&l->uv, &k->pipe, 0)) {
        free(k);
        (void)close(fd);
        return ERR_NOMEM;
    }
    k->loop = l;
    k->listener = listener;
    buf_init(&k->in, QUEUE_OCTETS_MAX);
    buf_init(&k->out, QUEUE_OCTETS_MAX);
    buf_init(&k->flight, QUEUE_OCTETS_MAX);
    k->pipe.data = k->turn.data = k->gone.data = k;
    k->handles = 3;
    (void)uv_prepare_init(&l->uv, &k->turn); /* these always succeed */
    (void)uv_timer_init(&l->uv, &k->gone);
    (void)uv_prepare_start(&k->turn, on_turn);
    uv_unref((uv_handle_t *)&k->turn);
    if (uv_pipe_open(&k->pipe, fd)) {
        (void)close(fd);
        net_link_close(k);
        return ERR_SYS;
    }
    if (uv_read_start((uv_stream_t *)&k->pipe, on_alloc, on_read))
        net_link_lose(k);
    *ret = k;
    return ERR_OK;
}
