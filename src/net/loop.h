/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/address.h"

#include <uv.h>

/*
 * The event loop of the process: one libuv loop and what all connections share.  Single-threaded.
 * Init ignores SIGPIPE for the process: libuv writes to sockets without MSG_NOSIGNAL.
 */
struct net_loop {
    uv_loop_t uv;
    struct tls_context *tls; /* the lenient profile, made at init */
    uint8_t *read_buffer; /* shared: libuv reads into it, the handler consumes before returning */
};

#define NET_READ_OCTETS ((size_t)64 * 1024)

MUST_CHECK enum err net_loop_init(struct net_loop *l);
void net_loop_release(struct net_loop *l); /* all transports and resolvers must have ended */
/* Runs until nothing is under way or net_loop_stop was called. */
void net_loop_run(struct net_loop *l);
void net_loop_stop(struct net_loop *l);
uint64_t net_loop_now_ms(struct net_loop *l); /* monotonic, cached by the loop */

/* A one-shot timer that its owner embeds. The callback may re-arm or close it. */
struct net_timer {
    uv_timer_t uv;
    void (*fire)(void *owner);
    void *owner;
    void (*closed)(void *owner);
};

void net_timer_init(struct net_loop *l, struct net_timer *t, void (*fire)(void *owner),
                    void *owner);
void net_timer_start(struct net_timer *t, uint64_t ms);
void net_timer_stop(struct net_timer *t);
/* The memory of t must live until `closed(owner)` was called (NULL: nobody is told). */
void net_timer_close(struct net_timer *t, void (*closed)(void *owner));
