/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <openssl/ssl.h>

#include "../../src/base/err.h"
#include "../../src/base/octets.h"

/*
 * TLS over memory: octets in, octets out.  One certificate, signed by itself, for the whole fleet.
 */
MUST_CHECK enum err crypt_context_new(SSL_CTX **ret);

struct crypt {
    SSL *ssl;
    BIO *in, *out; /* owned by ssl */
    bool is_up;
};
MUST_CHECK enum err crypt_start(struct crypt *c, SSL_CTX *context);
void crypt_release(struct crypt *c);

/* Takes what came from the wire, and goes on with the handshake.  False: it has failed. */
bool crypt_feed(struct crypt *c, struct octets wire);
/* Reads what was decrypted; 0 when there is no more. */
size_t crypt_read(struct crypt *c, uint8_t *out, size_t room);
void crypt_write(struct crypt *c, struct octets plain);
void crypt_end(struct crypt *c); /* says so to the peer */
/* What is to go on the wire; 0 when there is no more. */
size_t crypt_take(struct crypt *c, uint8_t *out, size_t room);
