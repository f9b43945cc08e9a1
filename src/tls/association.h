/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <openssl/x509.h>

#include "../base/arena.h"

/*
 * What TLSA records may say of a certificate (RFC 6698 s2.1): by selector the whole of it or its
 * SubjectPublicKeyInfo, by matching type as it is, its SHA-256, its SHA-512.  dns/tlsa.h compares.
 */
#define TLS_ASSOCIATION_SELECTORS 2
#define TLS_ASSOCIATION_MATCHINGS 3

/* All six, in the arena.  ERR_NOMEM past its cap, ERR_TLS when OpenSSL cannot encode it; ret may be
 * half set then. */
MUST_CHECK enum err
tls_association(X509 *x, struct arena *a,
                struct octets ret[TLS_ASSOCIATION_SELECTORS][TLS_ASSOCIATION_MATCHINGS]);
