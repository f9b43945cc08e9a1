/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/address.h"
#include "../base/pool.h"
#include "../base/random.h"

#include <uv.h>

#include "wheel.h"

/*
 * The event loop of the process: one libuv loop and what all connections share.  Single-threaded.
 * Init ignores SIGPIPE for the process: libuv writes to sockets without MSG_NOSIGNAL.
 *
 * Connections and timers come by the ten thousand and live for a few events.  They are no handles of
 * libuv's: sockets are watched edge-triggered in an epoll set that libuv watches as one descriptor, a
 * single system call for each; timers stand in a wheel that one timer of libuv's turns.
 */
struct net_loop {
    uv_loop_t uv;
    struct random_pool random;      /* for tags */
    struct pool visits, transports; /* their memory */
    struct tls_context *tls;        /* the lenient profile, made at init */
    uint8_t *read_buffer; /* shared: what is read into it is consumed before the handler returns */

    int sockets; /* the epoll set */
    size_t socket_count;
    uv_poll_t sockets_ready;
    int served; /* of them, the last time */

    struct wheel wheel;
    size_t timer_count; /* in the wheel */
    uint64_t look_ms;   /* when it is turned next; UINT64_MAX: not at all */
    uv_timer_t turn;
    struct wheel_item soon; /* a list: what has its turn in the next round */
    uv_idle_t round;
};

#define NET_READ_OCTETS ((size_t)64 * 1024)

MUST_CHECK enum err net_loop_init(struct net_loop *l);
void net_loop_release(struct net_loop *l); /* all transports and resolvers must have ended */
/* Runs until nothing is under way or net_loop_stop was called. */
void net_loop_run(struct net_loop *l);
void net_loop_stop(struct net_loop *l);
uint64_t net_loop_now_ms(struct net_loop *l); /* monotonic, cached by the loop */

/*
 * A socket that its owner embeds.  `ready` is told EPOLLIN, EPOLLOUT, EPOLLRDHUP, EPOLLERR and
 * EPOLLHUP, each once when it comes to be, and may do as it likes; but the memory of *s must live
 * until the next round of the loop, whatever was closed within.
 */
struct net_socket {
    int fd; /* -1: none, or not watched any more */
    void (*ready)(struct net_socket *s, uint32_t events);
    const void *works_on; /* whose beginning is fetched ahead, as is that of *s; NULL: nothing */
};

/* Takes nothing over: the descriptor is the owner's to close, behind net_socket_forget. */
MUST_CHECK enum err net_socket_watch(struct net_loop *l, struct net_socket *s);
/* Tells again what is ready. */
void net_socket_again(struct net_loop *l, struct net_socket *s);
void net_socket_forget(struct net_loop *l, struct net_socket *s);

/* A one-shot timer that its owner embeds. The callback may re-arm or close it. */
struct net_timer {
    struct wheel_item item; /* the first member */
    struct net_loop *loop;
    void (*fire)(void *owner);
    void *owner;
    void (*closed)(void *owner);
    uint64_t due_ms; /* 0: stopped, though it may stand in the wheel still */
    bool is_soon, is_closed;
};

void net_timer_init(struct net_loop *l, struct net_timer *t, void (*fire)(void *owner),
                    void *owner);
/* 0: in the next round of the loop. */
void net_timer_start(struct net_timer *t, uint64_t ms);
void net_timer_stop(struct net_timer *t);
/* The memory of t must live until `closed(owner)` was called, in the next round of the loop (NULL:
 * nobody is told, and the memory is free at once). */
void net_timer_close(struct net_timer *t, void (*closed)(void *owner));
