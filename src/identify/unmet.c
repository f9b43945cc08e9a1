/* SPDX-License-Identifier: Apache-2.0 */
#include "unmet.h"

#define PORT_SMTP 25

struct octets identify_unmet(const struct facts_visit *v, struct octets needs, bool is_tls)
{
    const struct facts_reply *ehlo = is_tls && v->ehlo_tls.line_count ? &v->ehlo_tls : &v->ehlo;
    const struct smtp_offer offer = {.port = v->port,
                                     .has_domain = v->domain.size > 0,
                                     .is_origin = v->is_origin,
                                     .is_null_mx = v->is_null_mx,
                                     .starttls = v->starttls_offered,
                                     .is_tls = is_tls,
                                     .ehlo = ehlo->lines,
                                     .ehlo_count = ehlo->line_count};
    return smtp_needs_unmet(needs, &offer);
}

struct octets identify_unmet_anew(const struct facts_visit *v, struct octets needs)
{
    bool is_tls_first = v->tls.is_up && v->tls.implicit;
    /* A submission port is asked under TLS each time (RFC 8314 s3.3). */
    bool is_tls_later = v->port != PORT_SMTP && v->starttls == FACTS_STARTTLS_OK;
    struct octets unmet = identify_unmet(v, needs, is_tls_first);
    return unmet.size && is_tls_later && !identify_unmet(v, needs, true).size ? OCTETS_NONE : unmet;
}
