/* SPDX-License-Identifier: Apache-2.0 */
#include "loop.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>

#include "../tls/session.h"

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

enum err net_loop_init(struct net_loop *l)
{
    *l = (struct net_loop){0};
    int result = uv_loop_init(&l->uv);
    if (result)
        return result == UV_ENOMEM ? ERR_NOMEM : ERR_SYS;
    enum err e = make_shared(l);
    if (e) {
        (void)uv_loop_close(&l->uv);
        return e;
    }
    (void)signal(SIGPIPE, SIG_IGN);
    return ERR_OK;
}

void net_loop_release(struct net_loop *l)
{
    (void)uv_run(&l->uv, UV_RUN_NOWAIT); /* what was closed last still has its callback to come */
    int result = uv_loop_close(&l->uv);
    assert(result == 0);
    (void)result;
    tls_context_free(l->tls);
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

static void on_fire(uv_timer_t *uv)
{
    struct net_timer *t = uv->data;
    t->fire(t->owner);
}

void net_timer_init(struct net_loop *l, struct net_timer *t, void (*fire)(void *owner), void *owner)
{
    *t = (struct net_timer){.fire = fire, .owner = owner};
    (void)uv_timer_init(&l->uv, &t->uv); /* always succeeds */
    t->uv.data = t;
}

void net_timer_start(struct net_timer *t, uint64_t ms)
{
    /* The loop's time stands still while it computes, or before it runs: the wait begins now. */
    uv_update_time(t->uv.loop);
    (void)uv_timer_start(&t->uv, on_fire, ms, 0);
}

void net_timer_stop(struct net_timer *t)
{
    (void)uv_timer_stop(&t->uv);
}

static void on_closed(uv_handle_t *uv)
{
    struct net_timer *t = uv->data;
    if (t->closed)
        t->closed(t->owner);
}

void net_timer_close(struct net_timer *t, void (*closed)(void *owner))
{
    t->closed = closed;
    uv_close((uv_handle_t *)&t->uv, on_closed);
}
