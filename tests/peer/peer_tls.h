/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <openssl/ssl.h>

#include "../../src/base/err.h"
#include "../../src/base/octets.h"

/*
 * The certificates of the peer, made at start and kept in memory.  A throw-away authority signs all
 * but `self-signed`; all name localhost, *.example.org, 127.0.0.1 and ::1 but `wrong-name`, which
 * names wrong.example.net.
 */
#define PEER_TLS_MAP(X) \
    X(GOOD, "good") \
    X(EXPIRED, "expired") \
    X(NOT_YET, "not-yet") \
    X(WRONG_NAME, "wrong-name") \
    X(SELF_SIGNED, "self-signed") \
    X(GARBAGE, "garbage") /* no handshake: octets that are no TLS */ \
    X(ALERT, "alert")     /* no handshake: a fatal handshake_failure */ \
    X(CLOSE, "close")     /* no handshake: an orderly end of the connection */

#define X(id, name) PEER_TLS_##id,
enum peer_tls { PEER_TLS_MAP(X) PEER_TLS__COUNT };
#undef X

#define PEER_TLS_CERTIFICATES PEER_TLS_GARBAGE /* the kinds before it have a certificate */

struct peer_tls_contexts {
    SSL_CTX *of[PEER_TLS_CERTIFICATES];
};

enum peer_tls peer_tls_of(struct octets name); /* __COUNT when there is no such kind */

/*
 * Makes the authority and all certificates, and writes the authority's as PEM to ca_path, unless it
 * is NULL.  The contexts live as long as the process.  ERR_TLS when OpenSSL fails, ERR_SYS when the
 * file cannot be written.
 */
MUST_CHECK enum err peer_tls_make(const char *ca_path, struct peer_tls_contexts *ret);
