/* SPDX-License-Identifier: Apache-2.0 */
#include "test_world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "sockaddr.h"

struct address loopback(void)
{
    return (struct address){.family = 4, .octets = {127, 0, 0, 1}};
}

static void listen_on_loopback(struct world *w)
{
    struct address a = loopback();
    struct sockaddr_storage ss;
    socklen_t size = sizeof ss;
    sockaddr_make(&a, 0, &ss);
    w->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(w->listener >= 0);
    assert_int_equal(bind(w->listener, (struct sockaddr *)&ss, sizeof(struct sockaddr_in)), 0);
    assert_int_equal(listen(w->listener, 8), 0);
    assert_int_equal(getsockname(w->listener, (struct sockaddr *)&ss, &size), 0);
    w->port = sockaddr_port(&ss);
}

int world_setup(void **state)
{
    struct world *w = calloc(1, sizeof *w);
    assert_non_null(w);
    assert_int_equal(net_loop_init(&w->loop), ERR_OK);
    w->peer = -1;
    buf_init(&w->data, (size_t)4 * 1024 * 1024);
    listen_on_loopback(w);
    *state = w;
    return 0;
}

int world_teardown(void **state)
{
    struct world *w = *state;
    if (w->t) { /* the test has failed: clear up, or its words are lost in an abort */
        memset(w->acts, 0, sizeof w->acts);
        w->hook = NULL;
        transport_reset(w->t);
        net_loop_run(&w->loop);
    }
    net_loop_release(&w->loop);
    buf_release(&w->data);
    if (w->listener >= 0)
        close(w->listener);
    if (w->peer >= 0)
        close(w->peer);
    free(w);
    return 0;
}

static void act(struct world *w, enum act what)
{
    switch (what) {
    case ACT_NOTHING:
        break;
    case ACT_CLOSE:
        transport_close(w->t);
        break;
    case ACT_RESET:
        transport_reset(w->t);
        break;
    case ACT_WRITE:
        assert_int_equal(transport_write(w->t, w->to_write), ERR_OK);
        break;
    case ACT_START_TLS:
        assert_int_equal(transport_start_tls(w->t, w->tls_name), ERR_OK);
        break;
    }
}

static void on_event(void *owner, struct transport *t, const struct transport_report *report)
{
    struct world *w = owner;
    assert_false(w->is_opening);
    assert_ptr_equal(t, w->t); /* also: nothing comes after CLOSED */
    assert_true(w->count < LOG_EVENTS);
    w->log[w->count++] = report->event;
    if (report->event == TRANSPORT_CONNECTED) {
        w->peer = accept(w->listener, NULL, NULL);
        assert_true(w->peer >= 0);
    }
    if (report->event == TRANSPORT_DATA)
        buf_append(&w->data, report->data);
    if (report->event == TRANSPORT_TLS_FAILED)
        snprintf(w->text, sizeof w->text, "%s", report->text);
    if (report->event == TRANSPORT_CLOSED)
        w->error = report->error;
    if (w->hook)
        w->hook(w, report);
    act(w, w->acts[report->event]);
    if (report->event == TRANSPORT_CLOSED)
        w->t = NULL;
}

void world_open(struct world *w, const struct transport_target *target)
{
    w->is_opening = true;
    assert_int_equal(transport_open(&w->loop, target, on_event, w, &w->t), ERR_OK);
    w->is_opening = false;
}

void world_play(struct world *w)
{
    struct transport_target target = {.address = loopback(), .port = w->port};
    world_open(w, &target);
    net_loop_run(&w->loop);
    assert_null(w->t);
}

void world_assert_log(const struct world *w, const enum transport_event *want, size_t count)
{
    for (size_t i = 0; i < w->count && i < count; i++)
        assert_int_equal(w->log[i], want[i]);
    assert_int_equal(w->count, count);
}

void world_assert_data(const struct world *w, const char *text)
{
    kit_assert_text(buf_octets(&w->data), text);
}

void peer_send(struct world *w, const char *text)
{
    assert_int_equal(send(w->peer, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

ssize_t peer_receive(struct world *w, char *ret, size_t size)
{
    ssize_t n = recv(w->peer, ret, size, 0);
    return n < 0 ? -errno : n;
}

void peer_close(struct world *w)
{
    close(w->peer);
    w->peer = -1;
}

void peer_reset(struct world *w)
{
    struct linger hard = {.l_onoff = 1};
    assert_int_equal(setsockopt(w->peer, SOL_SOCKET, SO_LINGER, &hard, sizeof hard), 0);
    peer_close(w);
}

/* A reset comes as an error of the poll, while there may still be octets to read. */
static void on_peer_readable(uv_poll_t *poll, int status, int events)
{
    struct world *w = poll->data;
    char octets[65536];
    ssize_t n;
    (void)events;
    do {
        n = recv(w->peer, octets, sizeof octets, MSG_DONTWAIT);
        w->peer_read += n > 0 ? (size_t)n : 0;
    } while (n > 0 && status < 0);
    if (n > 0)
        return;
    w->peer_saw_end = n == 0;
    uv_close((uv_handle_t *)poll, NULL);
}

void peer_watch(struct world *w)
{
    assert_int_equal(uv_poll_init(&w->loop.uv, &w->poll, w->peer), 0);
    w->poll.data = w;
    assert_int_equal(uv_poll_start(&w->poll, UV_READABLE, on_peer_readable), 0);
}
