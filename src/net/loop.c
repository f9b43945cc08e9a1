/* SPDX-License-Identifier: Apache-2.0 */
#include "loop.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "../tls/session.h"

/* Sockets that are served at a time, and how often before timers and all else have their turn: who is
 * there comes before new connections, or these would flood whoever cannot accept as fast. */
#define EVENTS_MAX  512
#define BATCHES_MAX 64

/* Of so many sockets events come one by one all the time: to be woken for each costs more than to serve
 * it.  When few were ready the last time, the first one waits for company. */
#define CROWD      256
#define COMPANY    32
#define COMPANY_NS 500000

/*
 * With thousands of connections under way, what belongs to one is no longer in the caches when its turn
 * comes.  So it is fetched while others are served, some turns ahead: at 10,000, 1 us a session less.
 */
#define AHEAD         8
#define SOCKET_OCTETS 256  /* of a socket and what embeds it */
#define WORK_OCTETS   1152 /* of what it works on */
#define OWNER_OCTETS  576  /* of a timer's owner */
#define LINE_OCTETS   64

/* Else gcc takes these for functions without effect, and drops what calls them. */
#define INLINED __attribute__((always_inline)) static inline

INLINED void fetch(const void *memory, size_t octets)
{
    for (size_t i = 0; i < octets; i += LINE_OCTETS)
        __builtin_prefetch((const uint8_t *)memory + i);
}

/* ---- sockets ---- */

INLINED void fetch_ahead(const struct epoll_event *ready, int i, int count)
{
    if (i + AHEAD < count)
        fetch(ready[i + AHEAD].data.ptr, SOCKET_OCTETS);
    if (i + AHEAD / 2 < count) {
        const struct net_socket *s = ready[i + AHEAD / 2].data.ptr;
        fetch(s->works_on, s->works_on ? WORK_OCTETS : 0);
    }
}

/* How many were ready. */
static int serve(struct net_loop *l)
{
    struct epoll_event ready[EVENTS_MAX];
    int all = 0;
    for (int n = 0, count = EVENTS_MAX; n < BATCHES_MAX && count == EVENTS_MAX; n++) {
        count = epoll_wait(l->sockets, ready, EVENTS_MAX, 0);
        uv_update_time(&l->uv);
        all += count > 0 ? count : 0;
        for (int i = 0; i < count; i++) {
            struct net_socket *s = ready[i].data.ptr;
            fetch_ahead(ready, i, count);
            if (s->fd >= 0)
                s->ready(s, ready[i].events);
        }
    }
    return all;
}

static void on_sockets(uv_poll_t *poll, int status, int events)
{
    static const struct timespec company = {.tv_nsec = COMPANY_NS};
    struct net_loop *l = poll->data;
    (void)status;
    (void)events;
    if (l->socket_count >= CROWD && l->served < COMPANY)
        (void)nanosleep(&company, NULL);
    l->served = serve(l);
}

static bool control(const struct net_loop *l, struct net_socket *s, int how)
{
    struct epoll_event e = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = s};
    return epoll_ctl(l->sockets, how, s->fd, &e) == 0;
}

enum err net_socket_watch(struct net_loop *l, struct net_socket *s)
{
    if (!control(l, s, EPOLL_CTL_ADD))
        return ERR_SYS;
    if (!l->socket_count++)
        uv_ref((uv_handle_t *)&l->sockets_ready);
    return ERR_OK;
}

void net_socket_again(struct net_loop *l, struct net_socket *s)
{
    (void)control(l, s, EPOLL_CTL_MOD); /* it is watched, and needs no memory: nothing can fail */
}

/* The kernel forgets a descriptor that is closed; an event that was told already is dropped. */
void net_socket_forget(struct net_loop *l, struct net_socket *s)
{
    s->fd = -1;
    if (!--l->socket_count)
        uv_unref((uv_handle_t *)&l->sockets_ready);
}

/* ---- timers ---- */

/* A wait of so long may begin with its batch, some milliseconds before: to ask for the time is not
 * free. */
#define LONG_MS 10000

/* Turns of a round between two looks at the time. */
#define TURNS 64

static struct net_timer *timer_of(struct wheel_item *item)
{
    return (struct net_timer *)(void *)item;
}

static void unlink_timer(struct net_timer *t)
{
    if (t->item.next)
        wheel_list_remove(&t->item);
    t->is_soon = false;
}

static void on_turn(uv_timer_t *turn);

/* Sees to it that the wheel is turned by then. */
static void look_at(struct net_loop *l, uint64_t at_ms)
{
    uint64_t now = uv_now(&l->uv);
    if (at_ms >= l->look_ms)
        return;
    l->look_ms = at_ms;
    (void)uv_timer_start(&l->turn, on_turn, at_ms > now ? at_ms - now : 0, 0);
}

static void on_turn(uv_timer_t *turn)
{
    struct net_loop *l = turn->data;
    uint64_t now = uv_now(&l->uv);
    for (struct wheel_item *item; (item = wheel_take(&l->wheel, now));) {
        struct net_timer *t = timer_of(item);
        if (t->due_ms > now) {
            (void)wheel_add(&l->wheel, item, t->due_ms);
        } else if (t->due_ms) {
            t->due_ms = 0;
            l->timer_count--;
            t->fire(t->owner);
        }
    }
    l->look_ms = UINT64_MAX;
    if (l->timer_count)
        look_at(l, wheel_next_ms(&l->wheel));
}

/* The second of the list, whose owner has its turn next, and the place of the third. */
INLINED void fetch_next(const struct wheel_item *list)
{
    const struct wheel_item *next = list->next->next;
    if (next == list)
        return;
    fetch(((const struct net_timer *)(const void *)next)->owner, OWNER_OCTETS);
    fetch(next->next, sizeof(struct net_timer));
}

/* Those that were there when the round began; what they add waits for the next one. */
static void on_round(uv_idle_t *round)
{
    struct net_loop *l = round->data;
    struct wheel_item now;
    if (wheel_list_is_empty(&l->soon)) {
        (void)uv_idle_stop(round);
        return;
    }
    now = l->soon;
    now.next->previous = now.previous->next = &now;
    wheel_list_init(&l->soon);
    for (size_t n = 1; !wheel_list_is_empty(&now); n++) {
        struct net_timer *t = timer_of(now.next);
        if (n % TURNS == 0)
            uv_update_time(&l->uv);
        fetch_next(&now);
        unlink_timer(t);
        if (t->is_closed)
            t->closed(t->owner);
        else
            t->fire(t->owner);
    }
}

static void have_turn_soon(struct net_timer *t)
{
    wheel_list_append(&t->loop->soon, &t->item);
    t->is_soon = true;
    (void)uv_idle_start(&t->loop->round, on_round);
}

void net_timer_init(struct net_loop *l, struct net_timer *t, void (*fire)(void *owner), void *owner)
{
    *t = (struct net_timer){.loop = l, .fire = fire, .owner = owner};
}

/* It stays in the wheel: who stops a deadline mostly sets another one, which is later. */
void net_timer_stop(struct net_timer *t)
{
    struct net_loop *l = t->loop;
    if (t->is_soon)
        unlink_timer(t);
    if (t->due_ms && !--l->timer_count) {
        l->look_ms = UINT64_MAX; /* the loop may end */
        (void)uv_timer_stop(&l->turn);
    }
    t->due_ms = 0;
}

void net_timer_start(struct net_timer *t, uint64_t ms)
{
    struct net_loop *l = t->loop;
    net_timer_stop(t);
    if (!ms) {
        unlink_timer(t);
        have_turn_soon(t);
        return;
    }
    /* The loop's time stands still while it serves a batch, or before it runs: a short wait begins now. */
    if (ms < LONG_MS)
        uv_update_time(&l->uv);
    l->timer_count++;
    t->due_ms = uv_now(&l->uv) + ms;
    if (t->item.next && t->item.due_ms <= t->due_ms) {
        look_at(l, t->item.due_ms); /* then it is seen that it is not due yet */
        return;
    }
    unlink_timer(t);
    look_at(l, wheel_add(&l->wheel, &t->item, t->due_ms));
}

void net_timer_close(struct net_timer *t, void (*closed)(void *owner))
{
    net_timer_stop(t);
    unlink_timer(t);
    t->is_closed = true;
    t->closed = closed;
    if (closed)
        have_turn_soon(t);
}

/* ---- the loop ---- */

static enum err make_shared(struct net_loop *l)
{
    l->read_buffer = malloc(NET_READ_OCTETS);
    if (!l->read_buffer)
        return ERR_NOMEM;
    enum err e = tls_context_new(&l->tls);
    if (e)
        free(l->read_buffer);
    return e;
}

static enum err make_sockets(struct net_loop *l)
{
    l->sockets = epoll_create1(EPOLL_CLOEXEC);
    if (l->sockets < 0)
        return ERR_SYS;
    if (uv_poll_init(&l->uv, &l->sockets_ready, l->sockets)) {
        close(l->sockets);
        return ERR_SYS;
    }
    l->sockets_ready.data = l;
    uv_unref((uv_handle_t *)&l->sockets_ready);
    (void)uv_poll_start(&l->sockets_ready, UV_READABLE, on_sockets);
    return ERR_OK;
}

static enum err make_parts(struct net_loop *l)
{
    enum err e = make_shared(l);
    if (e)
        return e;
    e = make_sockets(l);
    if (e) {
        tls_context_free(l->tls);
        free(l->read_buffer);
        return e;
    }
    wheel_init(&l->wheel, uv_now(&l->uv));
    wheel_list_init(&l->soon);
    l->look_ms = UINT64_MAX;
    (void)uv_timer_init(&l->uv, &l->turn); /* these always succeed */
    (void)uv_idle_init(&l->uv, &l->round);
    l->turn.data = l->round.data = l;
    return ERR_OK;
}

enum err net_loop_init(struct net_loop *l)
{
    *l = (struct net_loop){0};
    int result = uv_loop_init(&l->uv);
    if (result)
        return result == UV_ENOMEM ? ERR_NOMEM : ERR_SYS;
    enum err e = make_parts(l);
    if (e) {
        (void)uv_loop_close(&l->uv);
        return e;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    return ERR_OK;
}

void net_loop_release(struct net_loop *l)
{
    while (!wheel_list_is_empty(&l->soon)) /* what was closed last still has its callback to come */
        on_round(&l->round);
    uv_close((uv_handle_t *)&l->sockets_ready, NULL);
    uv_close((uv_handle_t *)&l->turn, NULL);
    uv_close((uv_handle_t *)&l->round, NULL);
    (void)uv_run(&l->uv, UV_RUN_NOWAIT);
    int result = uv_loop_close(&l->uv);
    assert(result == 0);
    (void)result;
    close(l->sockets);
    tls_context_free(l->tls);
    pool_release(&l->visits);
    pool_release(&l->transports);
    free(l->read_buffer);
}

void net_loop_run(struct net_loop *l)
{
    (void)uv_run(&l->uv, UV_RUN_DEFAULT);
}

void net_loop_stop(struct net_loop *l)
{
    uv_stop(&l->uv);
}

uint64_t net_loop_now_ms(struct net_loop *l)
{
    return uv_now(&l->uv);
}
