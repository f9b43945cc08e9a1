/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../../tests/kit/kit.h"

#include "transport.h"

/*
 * The peer is a plain socket on loopback that the test acts on from within the handler, or after
 * the loop has gone round: what the kernel did with our calls is there to see at once, nothing
 * waits.
 */

#define LOG_EVENTS 64

/* What a handler shall do when an event comes. */
enum act { ACT_NOTHING, ACT_CLOSE, ACT_RESET, ACT_WRITE, ACT_START_TLS };

struct world {
    struct net_loop loop;
    struct transport *t; /* NULL once CLOSED was told */
    int listener, peer;  /* -1: none */
    uint16_t port;

    enum transport_event log[LOG_EVENTS];
    size_t count;
    int error;
    struct buf data;
    char text[128];

    /* The script: on an event `hook`, if any; then its act. */
    enum act acts[TRANSPORT_CLOSED + 1];
    struct octets to_write;
    struct octets tls_name;
    void (*hook)(struct world *w, const struct transport_report *report);
    bool is_opening; /* no event may come from within transport_open */

    void *user; /* the test's own */
    uv_poll_t poll;
    size_t peer_read;
    bool peer_saw_end;
};

struct address loopback(void);
int world_setup(void **state);
int world_teardown(void **state);
void world_open(struct world *w, const struct transport_target *target);
/* Opens to the listener and runs until all is over. */
void world_play(struct world *w);
void world_assert_log(const struct world *w, const enum transport_event *want, size_t count);
void world_assert_data(const struct world *w, const char *text);

void peer_send(struct world *w, const char *text);
/* What the peer finds: the octets that have come, then 0 at the end of stream or -errno. */
ssize_t peer_receive(struct world *w, char *ret, size_t size);
void peer_close(struct world *w);
void peer_reset(struct world *w);
/* The peer reads what comes, while the loop runs, and counts it. */
void peer_watch(struct world *w);

#define ASSERT_LOG(w, ...) \
    do { \
        const enum transport_event want_[] = {__VA_ARGS__}; \
        world_assert_log(w, want_, sizeof want_ / sizeof *want_); \
    } while (0)
