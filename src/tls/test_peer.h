/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <openssl/ssl.h>

#include "../../tests/kit/kit.h"

#include "session.h"

/*
 * For tests: certificates made at run time, and a TLS server over memory.  Everything that goes
 * wrong here fails the test.
 */
struct test_identity {
    X509 *cert;
    EVP_PKEY *key;
};

/* What a certificate shall say; days count from now. */
struct test_certificate {
    struct octets common_name; /* any octets */
    const struct octets *dns;  /* alternative names, any octets */
    size_t dns_count;
    struct octets ip;       /* an address in binary, of any size; none: no such name */
    int from_days, to_days; /* both 0: valid now */
    bool is_rsa;            /* else EC on P-256 */
    bool is_authority;
};

/* issuer NULL: signed by itself. */
struct test_identity test_identity_make(const struct test_certificate *want,
                                        const struct test_identity *issuer);
void test_identity_release(struct test_identity *i);

/* A client context for which the authority alone is the system's store. */
struct tls_context *test_context_trusting(const struct test_identity *authority);

/* A server context of that one protocol version, such as TLS1_3_VERSION. */
SSL_CTX *test_server_context(const struct test_identity *i, int version);

/* tls_certificate_facts, which must succeed. */
void test_certificate_facts(X509 *x, struct arena *a, struct facts_certificate *ret);

/* A server over two memory BIOs. */
SSL *test_server(SSL_CTX *ctx);
/* Feeds the server, lets it shake hands, and appends what it sends to out.  False once it has
 * failed. */
bool test_server_turn(SSL *server, struct octets in, struct buf *out);
