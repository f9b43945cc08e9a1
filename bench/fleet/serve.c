/* SPDX-License-Identifier: Apache-2.0 */
#include "serve.h"

#include <errno.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../src/base/clock.h"

#define EVENTS_MAX 512
#define ACCEPT_MAX 256 /* connections taken from one listener before the others are heard */

static bool watch(const struct serve *s, int fd, int how, uint32_t events, uint32_t generation)
{
    struct epoll_event e = {.events = events,
                            .data.u64 = (uint64_t)generation << 32 | (unsigned)fd};
    return epoll_ctl(s->epoll, how, fd, &e) == 0;
}

static void watch_listeners(struct serve *s, bool starved)
{
    s->is_starved = starved;
    for (size_t i = 0; i < s->listener_count; i++)
        (void)watch(s, s->listeners[i], EPOLL_CTL_MOD, starved ? 0 : EPOLLIN, 0);
}

static void take_address(const struct sockaddr_storage *from, struct address *ret)
{
    *ret = (struct address){0};
    if (from->ss_family == AF_INET) {
        ret->family = 4;
        memcpy(ret->octets, &((const struct sockaddr_in *)(const void *)from)->sin_addr, 4);
    } else {
        ret->family = 6;
        memcpy(ret->octets, &((const struct sockaddr_in6 *)(const void *)from)->sin6_addr, 16);
    }
}

static uint16_t port_of(const struct sockaddr_storage *a)
{
    return ntohs(a->ss_family == AF_INET
                     ? ((const struct sockaddr_in *)(const void *)a)->sin_port
                     : ((const struct sockaddr_in6 *)(const void *)a)->sin6_port);
}

static void log_one(struct serve *s, const struct address *local, uint16_t port)
{
    struct buf text;
    buf_init(&text, 128);
    buf_append_number(&text, clock_wall_ms());
    buf_append_octet(&text, '\t');
    address_append(&text, local);
    buf_append_format(&text, "\t%u\n", port);
    (void)fwrite(text.data, 1, text.size, s->log);
    buf_release(&text);
}

static void take_one(struct serve *s, int fd, const struct sockaddr_storage *from)
{
    struct sockaddr_storage to;
    socklen_t size = sizeof to;
    struct address local, peer;
    if ((size_t)fd >= s->room || getsockname(fd, (struct sockaddr *)(void *)&to, &size)) {
        s->counts->failed++;
        close(fd);
        return;
    }
    take_address(&to, &local);
    take_address(from, &peer);
    if (s->log)
        log_one(s, &local, port_of(&to));
    conn_open(s, fd, &local, &peer);
    struct conn *c = &s->conns[fd];
    if (c->is_open && !watch(s, fd, EPOLL_CTL_ADD, EPOLLIN, c->generation)) {
        s->counts->failed++;
        conn_close(s, fd, true);
    }
}

static void accept_some(struct serve *s, int listener)
{
    for (unsigned i = 0; i < ACCEPT_MAX; i++) {
        struct sockaddr_storage from;
        socklen_t size = sizeof from;
        int fd = accept4(listener, (struct sockaddr *)(void *)&from, &size,
                         SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            take_one(s, fd, &from);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            s->counts->starved++;
            watch_listeners(s, true);
        }
        if (errno != ECONNABORTED && errno != EINTR)
            return;
    }
}

static void on_event(struct serve *s, const struct epoll_event *e)
{
    int fd = (int)(e->data.u64 & UINT32_MAX);
    for (size_t i = 0; i < s->listener_count; i++)
        if (fd == s->listeners[i]) {
            accept_some(s, fd);
            return;
        }
    if (s->conns[fd].is_open && s->conns[fd].generation == e->data.u64 >> 32)
        conn_read(s, fd);
}

static bool prepare(struct serve *s)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit))
        return false;
    s->room = limit.rlim_cur;
    /* Pages that no connection uses cost nothing. */
    void *conns = mmap(NULL, s->room * sizeof *s->conns, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    s->conns = conns == MAP_FAILED ? NULL : conns;
    s->epoll = epoll_create1(EPOLL_CLOEXEC);
    bool is_ready = s->conns && s->epoll >= 0;
    for (size_t i = 0; i < s->listener_count && is_ready; i++)
        is_ready = watch(s, s->listeners[i], EPOLL_CTL_ADD, EPOLLIN, 0);
    return is_ready;
}

/* Since the last call. */
static void note_cpu(struct serve *s)
{
    struct rusage used;
    if (getrusage(RUSAGE_SELF, &used))
        return;
    s->counts->user_s =
        (double)used.ru_utime.tv_sec + (double)used.ru_utime.tv_usec / 1e6 - s->counts->user_s;
    s->counts->system_s =
        (double)used.ru_stime.tv_sec + (double)used.ru_stime.tv_usec / 1e6 - s->counts->system_s;
}

enum err serve_run(struct serve *s, volatile int *stop)
{
    struct epoll_event events[EVENTS_MAX];
    if (!prepare(s))
        return ERR_SYS;
    note_cpu(s); /* what came before is no session's */
    s->wheel.at_ms = clock_now_ms();
    while (!*stop) {
        int patience = s->stays_awake && s->open ? 0 : s->wheel.count ? 1 : 1000;
        int n = epoll_wait(s->epoll, events, EVENTS_MAX, patience);
        s->now_ms = clock_now_ms();
        for (int i = 0; i < n; i++)
            on_event(s, &events[i]);
        for (struct wheel_hook *h; (h = wheel_take(&s->wheel, s->now_ms)) != NULL;)
            conn_due(s, h);
        if (s->is_starved && s->open + 100 < s->room)
            watch_listeners(s, false);
    }
    note_cpu(s);
    for (size_t fd = 0; fd < s->room && s->open; fd++)
        if (s->conns[fd].is_open)
            conn_close(s, (int)fd, true);
    (void)munmap(s->conns, s->room * sizeof *s->conns);
    close(s->epoll);
    return ERR_OK;
}
