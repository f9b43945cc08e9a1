/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <stdio.h>

#include "crypt.h"
#include "talk.h"
#include "wheel.h"

/*
 * One worker: listeners on the wildcard address, and the connections that they give.  Level-triggered
 * epoll; a connection is known by its descriptor.
 */
#define SERVE_PORTS_MAX    16
#define SERVE_LISTENER_MAX (2 * SERVE_PORTS_MAX)
#define SERVE_OCTETS       ((size_t)128 * 1024) /* of one read, and of one reply */

/* Counters that outlive the worker: in memory shared with its parent. */
#define SERVE_COUNT_MAP(X) \
    X(sessions, "connections accepted") \
    X(commands, "lines heard") \
    X(handshakes, "TLS handshakes") \
    X(refusals, "421 said") \
    X(peak, "open at once, at most") \
    X(left, "ended by the client") \
    X(cut, "replies that did not fit the socket's buffer") \
    X(starved, "times without a free descriptor") \
    X(failed, "other failures")
struct serve_counts {
#define X(name, about) uint64_t name;
    SERVE_COUNT_MAP(X)
#undef X
    double user_s, system_s;
};

struct conn {
    uint32_t generation; /* tells a descriptor from its predecessor */
    bool is_open, is_pending;
    struct talk talk;
    struct crypt crypt; /* ssl NULL: in clear */
    struct talk_act act;
    struct wheel_hook hook; /* while an act is pending */
    uint8_t *rest;          /* what was read and not yet heard; mostly NULL */
    size_t rest_size;
    struct address local, peer;
    char host[DRAW_HOST_OCTETS], client[48], target[48];
    uint8_t host_size, client_size, target_size;
};

struct serve {
    const struct cast *cast;
    const struct draw_rules *rules;
    struct serve_counts *counts;
    SSL_CTX *tls;
    int epoll;
    int listeners[SERVE_LISTENER_MAX];
    size_t listener_count;
    bool stays_awake; /* while a connection is open: then no client pays for waking it */
    bool is_starved;  /* listeners are left alone until a connection ends */
    struct conn *conns;
    size_t room, open;
    struct wheel wheel;
    FILE *log; /* NULL: none.  Line by line, for workers share it */
    struct script_clock clock;
    uint64_t now_ms;
    uint8_t in[SERVE_OCTETS], out[SERVE_OCTETS];
};

/* Runs until *stop is set by a signal.  The listeners were opened by the parent. */
MUST_CHECK enum err serve_run(struct serve *s, volatile int *stop);

/* Connections: used by serve.c alone. */
void conn_open(struct serve *s, int fd, const struct address *local, const struct address *peer);
void conn_read(struct serve *s, int fd);
void conn_due(struct serve *s, struct wheel_hook *hook);
void conn_close(struct serve *s, int fd, bool resets);
