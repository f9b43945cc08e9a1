/* SPDX-License-Identifier: Apache-2.0 */
#include "channel.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <ares_nameser.h>

#include "../base/random.h"

#define FLAGS_AT 3    /* the second octet of flags (RFC 1035 s4.1.1) */
#define FLAG_AD  0x20 /* RFC 4035 s3.2.3 */

#define EDNS_OCTETS 1232 /* no fragments on any path: DNS Flag Day 2020 */

/* Thousands of answers can stand in one socket between two rounds of the loop. */
#define RECEIVE_OCTETS (1024 * 1024)

/* A socket of c-ares, on the loop. */
struct channel_watch {
    uv_poll_t poll;
    ares_socket_t fd;
    int events;
    struct channel *channel;
    struct channel_watch *next;
};

/*
 * ares_timeout walks all questions under way: it is asked when the timer has fired, never per
 * question. A timer that is early only asks again, and no question is due before the first try of
 * an earlier one. With nothing under way the timer stops, so that the loop can end.
 */
static void update_timer(struct channel *c)
{
    struct timeval left;
    if (!c->under_way) {
        net_timer_stop(&c->timer);
        c->is_timing = false;
    } else if (!c->is_timing && ares_timeout(c->ares, NULL, &left)) {
        c->is_timing = true;
        net_timer_start(&c->timer,
                        (uint64_t)left.tv_sec * 1000 + (uint64_t)left.tv_usec / 1000 + 1);
    }
}

static void on_timer(void *owner)
{
    struct channel *c = owner;
    c->is_timing = false;
    ares_process_fd(c->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    update_timer(c);
}

/* libuv stops a poll that meets an error; c-ares may well go on with the socket. */
static void on_ready(uv_poll_t *poll, int status, int events)
{
    struct channel_watch *w = poll->data;
    struct channel *c = w->channel;
    bool is_readable = status < 0 || events & UV_READABLE;
    bool is_writable = status < 0 || events & UV_WRITABLE;
    ares_process_fd(c->ares, is_readable ? w->fd : ARES_SOCKET_BAD,
                    is_writable ? w->fd : ARES_SOCKET_BAD);
    if (status < 0 && !uv_is_closing((uv_handle_t *)poll))
        (void)uv_poll_start(poll, w->events, on_ready);
    update_timer(c);
}

static void on_watch_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static struct channel_watch *watch_socket(struct channel *c, ares_socket_t fd)
{
    struct channel_watch *w = calloc(1, sizeof *w);
    if (!w || uv_poll_init_socket(&c->loop->uv, &w->poll, fd) != 0) {
        free(w); /* unwatched, its questions time out */
        return NULL;
    }
    /* c-ares may keep an idle socket open.  What holds the loop is the timer of questions under
     * way. */
    uv_unref((uv_handle_t *)&w->poll);
    w->poll.data = w;
    w->fd = fd;
    w->channel = c;
    w->next = c->watches;
    c->watches = w;
    return w;
}

/* c-ares tells what it waits for on a socket; nothing at all means that it closes the socket next.
 */
static void on_socket_state(void *owner, ares_socket_t fd, int is_reading, int is_writing)
{
    struct channel *c = owner;
    struct channel_watch **place = &c->watches;
    while (*place && (*place)->fd != fd)
        place = &(*place)->next;
    struct channel_watch *w = *place;

    if (is_reading || is_writing) {
        if (!w)
            w = watch_socket(c, fd);
        if (!w)
            return;
        w->events = (is_reading ? UV_READABLE : 0) | (is_writing ? UV_WRITABLE : 0);
        (void)uv_poll_start(&w->poll, w->events, on_ready);
    } else if (w) {
        *place = w->next;
        uv_close((uv_handle_t *)&w->poll, on_watch_closed);
    }
}

/* "ADDRESS", "ADDRESS:PORT" or "[V6]:PORT". */
static bool parse_server(struct octets text, struct address *ret_address, uint64_t *ret_port)
{
    bool has_bracket = octets_has_prefix(text, OCTETS("["));
    *ret_port = NAMESERVER_PORT;
    if (address_parse(text, ret_address))
        return true;

    size_t end = octets_find_octet(text, has_bracket ? ']' : ':', 0);
    struct octets host = octets_sub(text, has_bracket, end);
    struct octets rest = octets_sub(text, end + has_bracket, text.size);
    if (end == text.size || !address_parse(host, ret_address))
        return false;
    if (has_bracket && rest.size == 0)
        return true;
    return octets_has_prefix(rest, OCTETS(":")) &&
           octets_to_number(octets_sub(rest, 1, rest.size), UINT16_MAX, ret_port) && *ret_port;
}

/* c-ares takes a port after an IPv6 address only with brackets. */
static enum err server_text(const char *server, struct buf *out)
{
    struct address a;
    uint64_t port;
    if (!parse_server(octets_of(server), &a, &port))
        return ERR_SYNTAX;
    buf_append_text(out, a.family == 6 ? "[" : "");
    address_append(out, &a);
    buf_append_text(out, a.family == 6 ? "]:" : ":");
    buf_append_number(out, port);
    buf_append_octet(out, 0);
    return buf_error(out);
}

static enum err set_server(struct channel *c, const char *server)
{
    struct buf text;
    buf_init(&text, 128);
    enum err e = server_text(server, &text);
    if (!e && ares_set_servers_ports_csv(c->ares, (const char *)text.data) != ARES_SUCCESS)
        e = ERR_SYNTAX;
    buf_release(&text);
    return e;
}

static int open_channel(struct channel *c, uint32_t timeout_ms, unsigned tries)
{
    struct ares_options o = {
        .flags = ARES_FLAG_EDNS,
        .timeout = timeout_ms > INT32_MAX ? INT32_MAX : (int)timeout_ms,
        .tries = tries > INT32_MAX ? INT32_MAX : (int)tries,
        .ednspsz = EDNS_OCTETS,
        .socket_receive_buffer_size = RECEIVE_OCTETS,
        .sock_state_cb = on_socket_state,
        .sock_state_cb_data = c,
    };
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ |
               ARES_OPT_SOCK_RCVBUF | ARES_OPT_SOCK_STATE_CB;
#ifdef ARES_OPT_MAXTIMEOUTMS /* 1.20: else each round over the servers waits twice as long as the \
                                last */
    o.maxtimeout = o.timeout;
    mask |= ARES_OPT_MAXTIMEOUTMS;
#endif
#ifdef ARES_OPT_QUERY_CACHE /* 1.23: every question is a measurement */
    o.qcache_max_ttl = 0;
    mask |= ARES_OPT_QUERY_CACHE;
#endif
    return ares_init_options(&c->ares, &o, mask);
}

static enum err err_of_ares(int status)
{
    return status == ARES_SUCCESS ? ERR_OK : status == ARES_ENOMEM ? ERR_NOMEM : ERR_SYS;
}

enum err channel_init(struct channel *c, struct net_loop *l, const char *server,
                      uint32_t timeout_ms, unsigned tries)
{
    *c = (struct channel){.loop = l};
    enum err e = err_of_ares(ares_library_init(ARES_LIB_INIT_ALL));
    if (e)
        return e;
    e = err_of_ares(open_channel(c, timeout_ms, tries));
    if (!e && server) {
        e = set_server(c, server);
        if (e)
            ares_destroy(c->ares);
    }
    if (e)
        ares_library_cleanup();
    else
        net_timer_init(l, &c->timer, on_timer, c);
    return e;
}

static void on_timer_closed(void *owner)
{
    struct channel *c = owner;
    c->closed(c->owner);
}

void channel_close(struct channel *c, void (*closed)(void *owner), void *owner)
{
    c->closed = closed;
    c->owner = owner;
    ares_destroy(c->ares); /* closes the sockets, and so the watches */
    ares_library_cleanup();
    net_timer_close(&c->timer, on_timer_closed);
}

/* ares_query cannot set AD, by which a resolver is asked to say whether it validated (RFC 6840
 * s5.7). */
static int build_query(const char *name, enum dns_type type, unsigned char **ret, int *ret_size)
{
    uint16_t id;
    if (random_fill(&id, sizeof id))
        return ARES_ENOMEM;
    int status = ares_create_query(name, ns_c_in, (int)type, id, 1, ret, ret_size, EDNS_OCTETS);
    if (status == ARES_SUCCESS && *ret_size > FLAGS_AT)
        (*ret)[FLAGS_AT] |= FLAG_AD;
    return status;
}

void channel_ask(struct channel *c, const char *name, enum dns_type type, ares_callback callback,
                 void *owner)
{
    unsigned char *query = NULL;
    int size = 0;
    c->under_way++;
    int status = build_query(name, type, &query, &size);
    if (status == ARES_SUCCESS)
        ares_send(c->ares, query, size, callback, owner);
    else
        callback(owner, status, 0, NULL, 0);
    ares_free_string(query);
    update_timer(c);
}

static struct address address_of(const struct ares_addr_port_node *s)
{
    struct address a = {.family = s->family == AF_INET6 ? 6 : 4};
    memcpy(a.octets, &s->addr, a.family == 6 ? 16 : 4);
    return a;
}

void channel_append_servers(const struct channel *c, struct buf *out)
{
    struct ares_addr_port_node *servers = NULL;
    if (ares_get_servers_ports(c->ares, &servers) != ARES_SUCCESS)
        return;
    for (const struct ares_addr_port_node *s = servers; s; s = s->next) {
        struct address a = address_of(s);
        buf_append_text(out, s == servers ? "" : ",");
        buf_append_text(out, a.family == 6 ? "[" : "");
        address_append(out, &a);
        buf_append_format(out, "%s:%d", a.family == 6 ? "]" : "", s->udp_port ? s->udp_port : 53);
    }
    ares_free_data(servers);
}

bool channel_is_local(const struct channel *c)
{
    struct ares_addr_port_node *servers = NULL;
    bool is_local = ares_get_servers_ports(c->ares, &servers) == ARES_SUCCESS && servers;
    for (const struct ares_addr_port_node *s = servers; s && is_local; s = s->next) {
        struct address a = address_of(s);
        const char *use = address_special_use(&a);
        is_local = use && strcmp(use, "loopback") == 0;
    }
    ares_free_data(servers);
    return is_local;
}
