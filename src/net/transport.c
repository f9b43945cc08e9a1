/* SPDX-License-Identifier: Apache-2.0 */
#include "transport.h"

#include <assert.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "../tls/session.h"

#include "outbox.h"
#include "sockaddr.h"

/* How long a peer that does not read may hold a connection that its owner has closed. */
#define FLUSH_MS 2000

/* What one read can decrypt to: itself, and the record that was incomplete before it. */
#define PLAIN_OCTETS (2 * NET_READ_OCTETS)

enum stage {
    CONNECTING,
    OPEN,
    CLOSING, /* the owner has closed; what is queued goes out */
    ENDED,   /* the handles are being closed; CLOSED is to be told */
};

struct transport {
    struct net_loop *loop;
    transport_handler *handler;
    void *owner;
    enum stage stage;
    unsigned handles; /* not closed yet: nothing is freed before */
    int error;
    uv_tcp_t tcp;
    uv_connect_t connect;
    struct net_timer timer; /* the owner's deadline; while CLOSING the bound on that */
    struct outbox outbox;
    uint64_t octets_in;
    struct address local;
    struct tls_session *tls;
    bool tls_is_up, tls_has_failed;
    uint64_t tls_start_ns;
    uint32_t tls_handshake_ms;
};

/* Handlers may close the transport: whoever goes on after this looks at the stage again. */
static void tell(struct transport *t, struct transport_report report)
{
    if (t->stage <= OPEN || report.event == TRANSPORT_CLOSED)
        t->handler(t->owner, t, &report);
}

static void finish(struct transport *t)
{
    if (--t->handles)
        return;
    tell(t, (struct transport_report){.event = TRANSPORT_CLOSED, .error = t->error});
    tls_session_free(t->tls);
    outbox_release(&t->outbox);
    free(t);
}

static void on_tcp_closed(uv_handle_t *handle)
{
    finish(handle->data);
}

static void on_timer_closed(void *owner)
{
    finish(owner);
}

/*
 * The one way out.  The handles close in a later round of the loop, which then tells CLOSED: no
 * function of this module ever calls the handler on behalf of its caller.
 */
static void end(struct transport *t, int error, bool with_reset)
{
    if (t->stage == ENDED)
        return;
    t->stage = ENDED;
    t->error = error;
    net_timer_close(&t->timer, on_timer_closed);
    if (t->handles == 1)
        return; /* there never was a socket */
    if (!with_reset || uv_tcp_close_reset(&t->tcp, on_tcp_closed) != 0)
        uv_close((uv_handle_t *)&t->tcp, on_tcp_closed);
}

static void on_timer(void *owner)
{
    struct transport *t = owner;
    if (t->stage == CLOSING)
        end(t, 0, true);
    else
        tell(t, (struct transport_report){.event = TRANSPORT_TIMEOUT});
}

static void on_settled(void *owner)
{
    struct transport *t = owner;
    if (t->stage == CLOSING)
        end(t, 0, false);
}

/* Moves what TLS has to say to the wire. */
static enum err send_records(struct transport *t)
{
    struct buf records;
    buf_init(&records, 2 * OUTBOX_OCTETS);
    enum err e = tls_session_output(t->tls, &records);
    if (!e)
        e = outbox_push(&t->outbox, buf_octets(&records));
    buf_release(&records);
    return e;
}

static void tell_tls_up(struct transport *t)
{
    t->tls_is_up = true;
    t->tls_handshake_ms = (uint32_t)((uv_hrtime() - t->tls_start_ns) / 1000000);
    tell(t, (struct transport_report){.event = TRANSPORT_TLS_UP});
}

static enum err tell_plain(struct transport *t)
{
    struct buf plain;
    buf_init(&plain, PLAIN_OCTETS);
    enum err e = tls_session_input(t->tls, &plain);
    if (!e && plain.size)
        tell(t, (struct transport_report){.event = TRANSPORT_DATA, .data = buf_octets(&plain)});
    buf_release(&plain);
    return e;
}

static void tell_tls_failed(struct transport *t)
{
    t->tls_has_failed = true;
    tell(t, (struct transport_report){
                .event = TRANSPORT_TLS_FAILED,
                .text = tls_session_failure(t->tls),
            });
}

static enum err feed_tls(struct transport *t, struct octets wire, enum tls_state *ret)
{
    *ret = tls_session_feed(t->tls, wire);
    return send_records(t);
}

/* Octets under TLS, or of its handshake.  Each event may have closed the transport before the next.
 */
static void take_records(struct transport *t, struct octets wire)
{
    enum tls_state state;
    enum err e = feed_tls(t, wire, &state);
    if (!e && state == TLS_UP && !t->tls_is_up) {
        tell_tls_up(t);
        e = feed_tls(t, OCTETS_NONE, &state); /* an end that came with the last of the handshake */
    }
    if (!e)
        e = tell_plain(t);
    if (e)
        end(t, e == ERR_NOMEM ? UV_ENOMEM : UV_ENOBUFS, true);
    else if (state == TLS_FAILED)
        tell_tls_failed(t);
    else if (state == TLS_CLOSED)
        transport_close(t);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
    struct transport *t = handle->data;
    (void)suggested;
    *ret = uv_buf_init((char *)t->loop->read_buffer, (unsigned)NET_READ_OCTETS);
}

/* An end of stream after a failed write is what is left of a reset that the write has met. */
static void end_of_stream(struct transport *t, int error)
{
    bool is_cut = error == UV_EOF && t->outbox.error;
    if (t->stage == CLOSING && error == UV_EOF)
        return; /* the peer has done writing, and may still read what is queued */
    if (t->stage == CLOSING)
        end(t, 0, false);
    else
        end(t, is_cut ? UV_ECONNRESET : error == UV_EOF ? 0 : error, false);
}

static void on_read(uv_stream_t *stream, ssize_t size, const uv_buf_t *data)
{
    struct transport *t = stream->data;
    if (size < 0)
        end_of_stream(t, (int)size);
    if (size <= 0)
        return;
    t->octets_in += (uint64_t)size;
    struct octets wire = {(const uint8_t *)data->base, (size_t)size};
    if (t->stage != OPEN || t->tls_has_failed)
        return;
    if (t->tls)
        take_records(t, wire);
    else
        tell(t, (struct transport_report){.event = TRANSPORT_DATA, .data = wire});
}

static void on_connect(uv_connect_t *request, int status)
{
    struct transport *t = request->data;
    struct sockaddr_storage local = {0};
    int size = sizeof local;
    if (t->stage != CONNECTING)
        return;
    if (status == 0)
        status = uv_read_start((uv_stream_t *)&t->tcp, on_alloc, on_read);
    if (status) {
        end(t, status, false);
        return;
    }
    t->stage = OPEN;
    if (uv_tcp_getsockname(&t->tcp, (struct sockaddr *)&local, &size) == 0)
        t->local = sockaddr_to_address(&local);
    tell(t, (struct transport_report){.event = TRANSPORT_CONNECTED});
}

/* Without IP_BIND_ADDRESS_NO_PORT a bound source has one port for all destinations, and soon none.
 */
static int bind_source(struct transport *t, const struct address *source)
{
    struct sockaddr_storage from;
#ifdef IP_BIND_ADDRESS_NO_PORT
    uv_os_fd_t fd;
    int on = 1;
    if (uv_fileno((uv_handle_t *)&t->tcp, &fd) == 0)
        (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
#endif
    sockaddr_make(source, 0, &from);
    return uv_tcp_bind(&t->tcp, (const struct sockaddr *)&from, 0);
}

/* A uv error, or 0 when the connection is under way. */
static int start(struct transport *t, const struct transport_target *target)
{
    struct sockaddr_storage to;
    unsigned domain = target->address.family == 4 ? AF_INET : AF_INET6;
    int result = uv_tcp_init_ex(&t->loop->uv, &t->tcp, domain); /* the socket exists from here on */
    if (result)
        return result;
    t->handles++;
    t->tcp.data = t;
    t->connect.data = t;
    outbox_init(&t->outbox, (uv_stream_t *)&t->tcp, on_settled, t);
    (void)uv_tcp_nodelay(&t->tcp, 1);
    if (target->source.family)
        result = bind_source(t, &target->source);
    if (result)
        return result;
    sockaddr_make(&target->address, target->port, &to);
    return uv_tcp_connect(&t->connect, &t->tcp, (const struct sockaddr *)&to, on_connect);
}

enum err transport_open(struct net_loop *l, const struct transport_target *target,
                        transport_handler *handler, void *owner, struct transport **ret)
{
    assert(target->address.family);
    struct transport *t = calloc(1, sizeof *t);
    if (!t)
        return ERR_NOMEM;
    t->loop = l;
    t->handler = handler;
    t->owner = owner;
    t->handles = 1;
    net_timer_init(l, &t->timer, on_timer, t);
    int result = start(t, target);
    if (result)
        end(t, result, false);
    *ret = t;
    return ERR_OK;
}

void transport_deadline(struct transport *t, uint64_t ms)
{
    if (t->stage > OPEN)
        return;
    if (ms)
        net_timer_start(&t->timer, ms);
    else
        net_timer_stop(&t->timer);
}

enum err transport_write(struct transport *t, struct octets o)
{
    bool is_shaking = t->tls && !t->tls_is_up; /* in clear it would be a leak, and break TLS */
    if (t->stage > OPEN || is_shaking || t->tls_has_failed)
        return ERR_CLOSED;
    if (o.size > OUTBOX_OCTETS || outbox_unsent(&t->outbox) > OUTBOX_OCTETS - o.size)
        return ERR_LIMIT;
    if (!t->tls)
        return outbox_push(&t->outbox, o);
    enum err e = tls_session_write(t->tls, o);
    return e ? e : send_records(t);
}

enum err transport_start_tls(struct transport *t, struct octets name)
{
    assert(!t->tls);
    if (t->stage != OPEN)
        return ERR_CLOSED;
    enum err e = tls_session_new(t->loop->tls, name, &t->tls);
    if (e)
        return e;
    t->tls_start_ns = uv_hrtime();
    if (tls_session_feed(t->tls, OCTETS_NONE) == TLS_FAILED)
        return ERR_TLS;
    return send_records(t);
}

void transport_close(struct transport *t)
{
    if (t->stage >= CLOSING)
        return;
    if (t->stage == CONNECTING) {
        end(t, 0, false);
        return;
    }
    t->stage = CLOSING;
    if (t->tls_is_up) {
        tls_session_shut_down(t->tls);
        (void)send_records(t); /* a close_notify that finds no room is only a courtesy missed */
    }
    if (outbox_unsent(&t->outbox) == 0)
        end(t, 0, false);
    else
        net_timer_start(&t->timer, FLUSH_MS);
}

void transport_reset(struct transport *t)
{
    end(t, 0, true);
}

bool transport_is_tls(const struct transport *t)
{
    return t->tls_is_up;
}

struct address transport_local_address(const struct transport *t)
{
    return t->local;
}

enum err transport_tls_facts(const struct transport *t, struct arena *a, struct facts_tls *ret)
{
    if (!t->tls_is_up)
        return ERR_NOT_FOUND;
    enum err e = tls_session_facts(t->tls, a, ret);
    if (!e)
        ret->handshake_ms = t->tls_handshake_ms;
    return e;
}

uint64_t transport_octets_in(const struct transport *t)
{
    return t->octets_in;
}

uint64_t transport_octets_out(const struct transport *t)
{
    return t->outbox.sent;
}
