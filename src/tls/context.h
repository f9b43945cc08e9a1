/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <openssl/ssl.h>

#include "certificate.h"
#include "session.h"
#include "wire.h"

/* What the context's callbacks note about one connection; it hangs on the SSL as app data. */
struct tls_notes {
    bool client_cert_asked;
    bool has_alert;
    int alert; /* the fatal alert that the peer sent (RFC 8446 s6) */
};

/* A fresh client SSL of the profile, at both ends of the wire, notes attached; NULL when out of memory.
 */
MUST_CHECK SSL *tls_context_new_ssl(struct tls_context *c, struct tls_notes *notes,
                                    struct tls_wire *wire);
const struct tls_hashes *tls_context_hashes(const struct tls_context *c);
