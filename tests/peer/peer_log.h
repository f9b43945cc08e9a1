/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../../src/base/octets.h"

/*
 * What the peer saw, for tests to prove things by.  One line an event, written by one call, so that
 * a reader never sees half of one and connections do not mix:
 *
 *   CONNECTION open ADDRESS PORT    a client connected; connections count from 1
 *   CONNECTION line "octets"        a line came, its line end included
 *   CONNECTION UNEXPECTED "octets"  the same line fits nothing in the script: 500 was answered
 *   CONNECTION EARLY                before the reply that is sent now the client had spoken on
 *   CONNECTION rest "octets"        the last octets, which no line end followed
 *   CONNECTION tls up VERSION       or: tls failed WORDS
 *   CONNECTION close-notify         the client ended TLS in order
 *   CONNECTION FIN|RST              how the client ended the connection
 *   CONNECTION reset|timeout        or else the peer did: by the word `reset`, or tired of waiting
 *
 * Octets are quoted as in the dialogue language, and so that Python reads them as a bytes literal.
 */
struct peer_log {
    int fd;
};

void peer_log_event(const struct peer_log *l, unsigned connection, const char *event);
void peer_log_octets(const struct peer_log *l, unsigned connection, const char *event,
                     struct octets octets);
