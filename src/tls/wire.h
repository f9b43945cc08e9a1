/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include <openssl/bio.h>

#include "../base/buf.h"

/*
 * The two ends of a connection as OpenSSL sees it: it reads octets that the driver borrows it, and
 * what it writes is collected.  A memory BIO does the same with copies and buffers of its own.
 */
struct tls_wire {
    struct octets in; /* what is left to be read */
    struct buf out;
};

/* One for all; NULL when out of memory.  BIO_meth_free. */
BIO_METHOD *tls_wire_method(void);
/* A BIO for SSL_set_bio as both ends, which the SSL owns then; w must outlive it.  NULL when out of
 * memory. */
BIO *tls_wire_bio(const BIO_METHOD *method, struct tls_wire *w);
