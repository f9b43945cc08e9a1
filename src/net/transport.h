/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../facts/facts.h"
#include "loop.h"

/*
 * One TCP connection, in clear or under TLS, driven by the loop.  Octets in, octets out, one
 * deadline; it knows nothing of SMTP.  The owner acts from within the handler, and **the transport
 * alone frees itself**: after transport_close or transport_reset the handler is called once more,
 * with CLOSED if that was not reported yet, and the pointer is dead when that call returns.
 */
struct transport;

enum transport_event {
    TRANSPORT_CONNECTED,  /* the TCP connection stands */
    TRANSPORT_DATA,       /* data: plaintext octets, valid during the call */
    TRANSPORT_TLS_UP,     /* the handshake asked for is complete */
    TRANSPORT_TLS_FAILED, /* text: why; the connection is of no more use but to be closed.  May
                             follow TLS_UP */
    TRANSPORT_TIMEOUT,    /* the deadline passed; the connection stands until it is closed */
    TRANSPORT_CLOSED,     /* the last event: error is 0 for an orderly end, else a uv error; the
                             transport is freed after it */
};

struct transport_report {
    enum transport_event event;
    struct octets data;
    int error; /* CLOSED: UV_ECONNREFUSED, UV_ETIMEDOUT, UV_ECONNRESET...; 0 at end of stream or
                  after our close */
    const char *text; /* TLS_FAILED */
};

typedef void transport_handler(void *owner, struct transport *t,
                               const struct transport_report *report);

struct transport_target {
    struct address address;
    uint16_t port;
    /* Family 0: the kernel chooses; else bound with IP_BIND_ADDRESS_NO_PORT. */
    struct address source;
    /* From the peer, those of TLS included; more ends it with UV_E2BIG.  0: any. */
    uint64_t octets_max;
};

/*
 * Starts to connect.  The handler is never called from within this function; failures of the system
 * come as CLOSED. No deadline is set: call transport_deadline.
 */
MUST_CHECK enum err transport_open(struct net_loop *l, const struct transport_target *target,
                                   transport_handler *handler, void *owner, struct transport **ret);

/* Arms the one deadline, in milliseconds from now; 0 disarms it. */
void transport_deadline(struct transport *t, uint64_t ms);

/*
 * Queues octets, encrypted once TLS is up.  ERR_CLOSED when the connection has gone, while a
 * handshake is under way and after TLS_FAILED; ERR_LIMIT past 256 KiB unsent.  A write that the
 * peer's reset meets is no error here: what the peer said before is still delivered, then CLOSED.
 */
MUST_CHECK enum err transport_write(struct transport *t, struct octets o);

/*
 * Begins a TLS handshake as client (TLS first, or after STARTTLS).  Octets that have arrived but
 * were not consumed never reach it: every octet is delivered as DATA when it comes, so what came
 * before this call was the owner's. Once per transport, after CONNECTED.  ERR_CLOSED when the
 * connection has gone.
 */
MUST_CHECK enum err transport_start_tls(struct transport *t, struct octets name);

/* What is queued goes out, close_notify under TLS, then FIN; within two seconds, else RST. */
void transport_close(struct transport *t);
void transport_reset(struct transport *t); /* RST at once; nothing queued goes out */

bool transport_is_tls(const struct transport *t);
struct address transport_local_address(const struct transport *t); /* family 0 before CONNECTED */
/* As tls_session_facts, with handshake_ms.  ERR_NOT_FOUND before TLS_UP; valid up to and within
 * CLOSED. */
MUST_CHECK enum err transport_tls_facts(const struct transport *t, struct arena *a,
                                        struct facts_tls *ret);
/* Octets on the wire so far, TLS records included. */
uint64_t transport_octets_in(const struct transport *t);
uint64_t transport_octets_out(const struct transport *t);
