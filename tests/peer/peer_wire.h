/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <openssl/ssl.h>

#include "../../src/base/buf.h"
#include "peer_log.h"

/*
 * One connection of the peer: blocking, in clear or under TLS.  Each octet that comes is logged
 * when it is read, and how the client ended it is logged once.  After that all functions return
 * false.
 */
struct peer_wire {
    int fd;
    SSL *tls; /* NULL in clear */
    unsigned connection;
    const struct peer_log *log;
    struct buf input; /* read and not yet taken */
    size_t logged;    /* octets of it */
    size_t split;     /* octets of one segment; 0: as they come */
    uint32_t split_ms;
    bool was_reset, is_over;
};

/* Takes the socket, which peer_wire_finish or peer_wire_reset will close. */
void peer_wire_init(struct peer_wire *w, int fd, unsigned connection, const struct peer_log *log);

/* Waits for a line and takes it, its end included, into *line (cleared first). */
bool peer_wire_take_line(struct peer_wire *w, struct buf *line);
bool peer_wire_send(struct peer_wire *w, struct octets o);
/* `count` octets, `pattern` again and again. */
bool peer_wire_flood(struct peer_wire *w, struct octets pattern, uint64_t count);
/* Does nothing for that long.  False as soon as the client has ended the connection. */
bool peer_wire_pause(struct peer_wire *w, uint32_t ms);

/* Whether something has come that was not taken yet. */
bool peer_wire_has_input(const struct peer_wire *w);
/* Waits for octets, which are left to be read. */
bool peer_wire_await(struct peer_wire *w);
/* The server's handshake. */
bool peer_wire_start_tls(struct peer_wire *w, SSL_CTX *context);

/* Ends our side in order: close_notify under TLS, FIN.  What the client sends yet is logged. */
void peer_wire_shut_down(struct peer_wire *w);
/* Waits for the client's end, and frees all. */
void peer_wire_finish(struct peer_wire *w);
/* Ends it by a reset, and frees all. */
void peer_wire_reset(struct peer_wire *w);
