/* SPDX-License-Identifier: Apache-2.0 */
#include "transport.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../tls/session.h"

#include "outbox.h"
#include "sockaddr.h"

/* How long a peer that does not read may hold a connection that its owner has closed. */
#define FLUSH_MS 2000

/* Reads of one connection before the others have their turn. */
#define READS_MAX 32

/* What one read can decrypt to: itself, and the record that was incomplete before it. */
#define PLAIN_OCTETS (2 * NET_READ_OCTETS)

enum stage {
    CONNECTING,
    OPEN,
    CLOSING, /* the owner has closed; what is queued goes out */
    ENDED,   /* the socket is closed; CLOSED is to be told */
};

struct transport {
    struct net_socket socket; /* the first member */
    enum stage stage;
    int error;
    struct net_loop *loop;
    transport_handler *handler;
    void *owner;
    struct tls_session *tls;
    bool tls_is_up, tls_has_failed;
    bool is_prompt;  /* what is written goes out at once, whatever is under way */
    bool is_waiting; /* something was written behind the last that was read */
    uint64_t octets_in, octets_max;
    struct net_timer timer; /* the owner's deadline; while CLOSING the bound on that */
    struct outbox outbox;
    struct address source;
    uint64_t tls_start_ns;
    uint32_t tls_handshake_ms;
};

/* Handlers may close the transport: whoever goes on after this looks at the stage again. */
static void tell(struct transport *t, struct transport_report report)
{
    if (t->stage <= OPEN || report.event == TRANSPORT_CLOSED)
        t->handler(t->owner, t, &report);
}

static void on_closed(void *owner)
{
    struct transport *t = owner;
    tell(t, (struct transport_report){.event = TRANSPORT_CLOSED, .error = t->error});
    tls_session_free(t->tls);
    outbox_release(&t->outbox);
    pool_give(&t->loop->transports, t);
}

static void close_socket(struct transport *t, bool with_reset)
{
    static const struct linger at_once = {.l_onoff = 1};
    int fd = t->outbox.fd;
    if (fd < 0)
        return;
    if (with_reset)
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    if (t->socket.fd >= 0)
        net_socket_forget(t->loop, &t->socket);
    close(fd);
}

/*
 * The one way out.  A later round of the loop tells CLOSED: no function of this module ever calls
 * the handler on behalf of its caller.
 */
static void end(struct transport *t, int error, bool with_reset)
{
    if (t->stage == ENDED)
        return;
    t->stage = ENDED;
    t->error = error;
    close_socket(t, with_reset);
    net_timer_close(&t->timer, on_closed);
}

static void on_timer(void *owner)
{
    struct transport *t = owner;
    if (t->stage == CLOSING)
        end(t, 0, true);
    else
        tell(t, (struct transport_report){.event = TRANSPORT_TIMEOUT});
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

/* Octets under TLS, or of its handshake.  Each event may have closed the transport before the next.
 */
static void take_records(struct transport *t, struct octets wire)
{
    enum tls_state state = tls_session_feed(t->tls, wire);
    if (state == TLS_UP && !t->tls_is_up) {
        tell_tls_up(t); /* what the owner says now goes out with the last of the handshake */
        state = tls_session_feed(t->tls, OCTETS_NONE); /* an end that came with it */
    }
    enum err e = t->stage == ENDED ? ERR_OK : send_records(t);
    if (!e)
        e = tell_plain(t);
    if (e)
        end(t, e == ERR_NOMEM ? UV_ENOMEM : UV_ENOBUFS, true);
    else if (state == TLS_FAILED)
        tell_tls_failed(t);
    else if (state == TLS_CLOSED)
        transport_close(t);
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

static void take(struct transport *t, struct octets wire)
{
    t->octets_in += wire.size;
    t->is_waiting = false;
    if (t->stage != OPEN || t->tls_has_failed)
        return;
    if (t->octets_max && t->octets_in > t->octets_max) {
        end(t, UV_E2BIG, true);
        return;
    }
    if (t->tls)
        take_records(t, wire);
    else
        tell(t, (struct transport_report){.event = TRANSPORT_DATA, .data = wire});
}

/*
 * Until there is nothing left: what is ready is told once.  A read that fills less than its buffer
 * took all that there was, and what comes behind it is told anew; but not an end that was told
 * already.
 */
static void read_all(struct transport *t, uint32_t events)
{
    bool may_end = events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR);
    for (unsigned i = 0; i < READS_MAX; i++) {
        ssize_t n = recv(t->socket.fd, t->loop->read_buffer, NET_READ_OCTETS, 0);
        if (n < 0 && errno == EAGAIN)
            return;
        if (n > 0)
            take(t, (struct octets){t->loop->read_buffer, (size_t)n});
        else if (n == 0 || errno != EINTR)
            end_of_stream(t, n ? uv_translate_sys_error(errno) : UV_EOF);
        if (t->stage == ENDED || n == 0 || (n > 0 && (size_t)n < NET_READ_OCTETS && !may_end))
            return;
    }
    net_socket_again(t->loop, &t->socket); /* others have their turn before a flood goes on */
}

static void take_connection(struct transport *t, uint32_t events)
{
    int error = 0;
    socklen_t size = sizeof error;
    if (!(events & (EPOLLOUT | EPOLLERR | EPOLLHUP)))
        return;
    if (events & (EPOLLERR | EPOLLHUP) &&
        getsockopt(t->socket.fd, SOL_SOCKET, SO_ERROR, &error, &size))
        error = errno;
    if (error) {
        end(t, uv_translate_sys_error(error), false);
        return;
    }
    t->stage = OPEN;
    t->outbox.is_held = false;
    tell(t, (struct transport_report){.event = TRANSPORT_CONNECTED});
}

static void on_ready(struct net_socket *socket, uint32_t events)
{
    struct transport *t = (struct transport *)(void *)socket;
    if (t->stage == CONNECTING)
        take_connection(t, events);
    if (t->stage == CONNECTING || t->stage == ENDED)
        return;
    if (events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
        outbox_flush(&t->outbox);
    if (t->stage == CLOSING && !outbox_unsent(&t->outbox))
        end(t, 0, false);
    else if (events & ~(uint32_t)EPOLLOUT)
        read_all(t, events);
}

/* Without IP_BIND_ADDRESS_NO_PORT a bound source has one port for all destinations, and soon none.
 */
static bool bind_source(int fd, const struct address *source)
{
    static const int on = 1;
    struct sockaddr_storage from;
    (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
    sockaddr_make(source, 0, &from);
    return bind(fd, (const struct sockaddr *)&from, sockaddr_size(&from)) == 0;
}

/* False with errno, or the connection is under way. */
static bool start(struct transport *t, const struct transport_target *target)
{
    struct sockaddr_storage to;
    int domain = target->address.family == 4 ? AF_INET : AF_INET6;
    int fd = socket(domain, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    outbox_init(&t->outbox, fd);
    if (fd < 0 || (target->source.family && !bind_source(fd, &target->source)))
        return false;
    sockaddr_make(&target->address, target->port, &to);
    if (connect(fd, (const struct sockaddr *)&to, sockaddr_size(&to)) && errno != EINPROGRESS &&
        errno != EINTR)
        return false;
    t->socket.fd = fd;
    if (net_socket_watch(t->loop, &t->socket) == ERR_OK)
        return true;
    t->socket.fd = -1;
    return false;
}

enum err transport_open(struct net_loop *l, const struct transport_target *target,
                        transport_handler *handler, void *owner, struct transport **ret)
{
    assert(target->address.family);
    struct transport *t = pool_take(&l->transports, sizeof *t);
    if (!t)
        return ERR_NOMEM;
    *t = (struct transport){.socket = {.fd = -1, .ready = on_ready, .works_on = owner},
                            .loop = l,
                            .handler = handler,
                            .owner = owner,
                            .octets_max = target->octets_max,
                            .source = target->source};
    net_timer_init(l, &t->timer, on_timer, t);
    if (!start(t, target))
        end(t, uv_translate_sys_error(errno), false);
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

/*
 * A second write without anything read between would wait until the peer has confirmed the first
 * (RFC 896).  In lock-step that hardly happens, and most connections need not be told.
 */
static void be_prompt(struct transport *t)
{
    static const int on = 1;
    if (t->is_waiting && !t->is_prompt && t->outbox.fd >= 0) {
        (void)setsockopt(t->outbox.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        t->is_prompt = true;
    }
    t->is_waiting = true;
}

enum err transport_write(struct transport *t, struct octets o)
{
    bool is_shaking = t->tls && !t->tls_is_up; /* in clear it would be a leak, and break TLS */
    if (t->stage > OPEN || is_shaking || t->tls_has_failed)
        return ERR_CLOSED;
    if (o.size > OUTBOX_OCTETS || outbox_unsent(&t->outbox) > OUTBOX_OCTETS - o.size)
        return ERR_LIMIT;
    be_prompt(t);
    if (!t->tls)
        return outbox_push(&t->outbox, o);
    enum err e = tls_session_write(t->tls, o);
    return e ? e : send_records(t);
}

enum err transport_start_tls(struct transport *t, struct octets name)
{
    if (t->stage != OPEN || t->tls)
        return ERR_CLOSED;
    enum err e = tls_session_new(t->loop->tls, name, &t->tls);
    if (e)
        return e;
    t->tls_start_ns = uv_hrtime();
    be_prompt(t);
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
    struct sockaddr_storage local;
    socklen_t size = sizeof local;
    if (t->stage != OPEN && t->stage != CLOSING)
        return (struct address){0};
    if (t->source.family)
        return t->source;
    if (getsockname(t->outbox.fd, (struct sockaddr *)&local, &size))
        return (struct address){0};
    return sockaddr_to_address(&local);
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
