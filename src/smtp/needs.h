/* SPDX-License-Identifier: Apache-2.0 */
#pragma once
#include "../base/octets.h"

/*
 * What a dialogue needs to be of any use at an endpoint: the header `needs`, parted by commas.
 *
 *   domain       the domain under test is known
 *   starttls     STARTTLS is offered
 *   cleartext    no TLS on this connection
 *   mx           port 25
 *   submission   another port than 25
 *   origin       the user named it as the host behind the domain's exchanges
 *   null-mx      the host of a domain whose null MX says that it takes no mail
 *   auth NAME    the reply to EHLO lists this mechanism
 */
#define SMTP_NEEDS_ACCEPTS \
    "needs takes domain, starttls, cleartext, mx, submission, origin, null-mx and auth NAME, not"

/* What is known of an endpoint, as far as needs go.  Borrowed. */
struct smtp_offer {
    uint16_t port;
    bool has_domain, is_origin, is_null_mx, starttls, is_tls;
    const struct octets *ehlo; /* the lines of the reply to EHLO that counts, codes included */
    size_t ehlo_count;
};

/* The first of the needs that is not met, as written; none when all are. */
struct octets smtp_needs_unmet(struct octets needs, const struct smtp_offer *o);
/* The first that has no meaning; none when all have. */
struct octets smtp_needs_unknown(struct octets needs);
