/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/address.h"
#include "loop.h"

/*
 * One document by HTTPS through libcurl on the loop, as MTA-STS wants it (RFC 8461 s3.3): from an
 * address that is given, the certificate verified for the name, no redirects followed, no proxy, no
 * more octets than the cap.
 */
struct https;

enum https_end {
    HTTPS_DONE,        /* a status came; the body is whole */
    HTTPS_UNREACHABLE, /* no connection, or it was lost */
    HTTPS_CERTIFICATE, /* not valid for the name, or its chain is not trusted */
    HTTPS_TLS,         /* the handshake failed otherwise */
    HTTPS_TIMEOUT,
    HTTPS_TOO_LARGE,
    HTTPS_FAILED, /* our own: no memory, no route */
};

struct https_answer {
    enum https_end end;
    unsigned status;    /* of HTTP; 0: none came */
    struct octets body; /* of DONE; borrowed during the call */
    const char *error;  /* for people; "" for DONE */
};

typedef void https_answered(void *owner, const struct https_answer *a);

struct https_request {
    struct octets host, path; /* the name, for SNI and certificate; "/..." */
    const struct address *addresses;
    size_t address_count;
    uint16_t port;
    uint32_t timeout_ms;
    size_t octets_max;
};

MUST_CHECK enum err https_new(struct net_loop *l, struct https **ret);
/* The answer never comes from within this call, and comes once after ERR_OK. */
MUST_CHECK enum err https_get(struct https *h, const struct https_request *r,
                              https_answered *answered, void *owner);
/* Takes NULL; not from within an answer.  What is under way is not answered any more; memory goes when the loop has closed the
 * handles. */
void https_free(struct https *h);
