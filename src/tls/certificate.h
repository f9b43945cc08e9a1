/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <openssl/x509.h>

#include "../facts/facts.h"

/*
 * An X.509 certificate (RFC 5280) as facts.  Certificates come from anyone: every text is taken
 * with its length, NULs and control characters included; lists and texts are cut at the caps below.
 */
#define TLS_CERTIFICATE_NAMES       100
#define TLS_CERTIFICATE_NAME_OCTETS 1024 /* a DNS name has 255 */
#define TLS_CERTIFICATE_DN_OCTETS   4096 /* of a subject or issuer, escapes included */

/* What digests are made with.  Looking a hash function up takes OpenSSL longer than to use it. */
struct tls_hashes {
    EVP_MD *sha256, *sha512;
    EVP_MD_CTX *context;
};

MUST_CHECK enum err tls_hashes_init(struct tls_hashes *h);
void tls_hashes_release(struct tls_hashes *h);

/* Copies what is reported of x into *ret, all in the arena.  ERR_NOMEM leaves *ret untouched. */
MUST_CHECK enum err tls_certificate_facts(const struct tls_hashes *h, X509 *x, struct arena *a,
                                          struct facts_certificate *ret);

/* The name of the curve or the key's own name: "P-256", "X25519", "ffdhe2048", "DH 1024".  Cut to
 * size. */
void tls_key_group(EVP_PKEY *key, char *ret_text, size_t size);
