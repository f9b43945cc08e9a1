/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../facts/facts.h"

/*
 * A TLS client over memory: octets from the wire in, octets for the wire out.  No sockets, no
 * clock. The same path serves implicit TLS and STARTTLS.  A bad certificate never ends a handshake:
 * the verify result is a fact.  (RFC 3207, RFC 8314, RFC 8446.)
 */
struct tls_context; /* a profile: versions, suites, trust store; one per process */
struct tls_session; /* one connection */

/*
 * The lenient profile: TLS 1.0 up, security level 0, legacy renegotiation tolerated, verification
 * against the system's store computed but never enforced.  The caller owns *ret.
 */
MUST_CHECK enum err tls_context_new(struct tls_context **ret);
void tls_context_free(struct tls_context *c);

/*
 * A client handshake that is about to begin.  `name`: sent as SNI when it is a DNS name, and
 * matched against the certificate (RFC 6125); none for an address without a name.  The caller owns
 * *ret.
 */
MUST_CHECK enum err tls_session_new(struct tls_context *c, struct octets name,
                                    struct tls_session **ret);
void tls_session_free(struct tls_session *s);

enum tls_state { TLS_HANDSHAKE, TLS_UP, TLS_FAILED, TLS_CLOSED /* the peer sent close_notify */ };

/*
 * Feed what the wire gave (none starts the handshake).  Afterwards take what is to be written with
 * tls_session_output and what was decrypted with tls_session_input.  The end of the handshake is
 * always told by one UP, even if the same octets hold more: call once more with none to learn of an
 * end among them. FAILED may follow UP (TLS 1.3: the server sees a missing client certificate only
 * then).
 */
MUST_CHECK enum tls_state tls_session_feed(struct tls_session *s, struct octets wire);
/* Encrypt.  ERR_CLOSED unless UP. */
MUST_CHECK enum err tls_session_write(struct tls_session *s, struct octets plain);
/* Queue a close_notify, if the session is up. */
void tls_session_shut_down(struct tls_session *s);

/* Moves pending octets to out (appended).  Returns out's error. */
MUST_CHECK enum err tls_session_output(struct tls_session *s, struct buf *out);
MUST_CHECK enum err tls_session_input(struct tls_session *s, struct buf *out);

/*
 * Why it failed: the alert that the peer sent ("alert: handshake failure"), else OpenSSL's words
 * ("wrong version number": no TLS at all).  Empty unless FAILED.  A string of the session's, valid
 * until it is freed.
 */
const char *tls_session_failure(const struct tls_session *s);

/*
 * Copies version, suite, group, chain and verification into *ret, all in the arena.  Only once it
 * was UP, then until it is freed.  implicit and handshake_ms are the driver's to set.  ERR_NOMEM
 * leaves *ret untouched.
 */
MUST_CHECK enum err tls_session_facts(const struct tls_session *s, struct arena *a,
                                      struct facts_tls *ret);
